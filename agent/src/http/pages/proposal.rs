//! A proposal as its page shows it.

use serde::Serialize;

use super::diff::{self, FileDiff};
use crate::model::{
    Baseline, Checks, MutantEnd, Outcome, Project, Proof, Proposal, ProposalId, Review,
};
use crate::store::KeptProposal;

#[derive(Serialize)]
pub(super) struct ProposalView<'a> {
    id: ProposalId,
    project: &'a Project,
    proposal: &'a Proposal,
    merge_commit: Option<&'a str>,
    /// Without the marker that only the forge needs.
    body: &'a str,
    files: Vec<FileDiff>,
    proof: Vec<Row>,
    /// How it stands at the forge.
    standing: Vec<(&'static str, String)>,
    /// Where people see it at the forge; only addresses of the web are links.
    url: Option<&'a str>,
    /// What is waited for, or what production says.
    note: &'a str,
    /// Why the last look at it failed.
    error: Option<&'a str>,
}

/// One line of the proof.
#[derive(Serialize)]
struct Row {
    /// `good`, `open` (worth a look) or `fact`.
    kind: &'static str,
    name: &'static str,
    text: String,
    /// The runner's own words.
    quote: Option<String>,
}

impl<'a> ProposalView<'a> {
    pub(super) fn new(kept: &'a KeptProposal) -> Self {
        Self {
            id: kept.id,
            project: &kept.project,
            proposal: &kept.proposal,
            merge_commit: kept.merge_commit.as_deref(),
            body: visible(&kept.proposal.body),
            files: diff::read(&kept.proposal.diff),
            proof: rows(&kept.proposal.proof),
            standing: standing(kept),
            url: kept.proposal.url.as_deref().filter(|url| is_web(url)),
            note: &kept.shown.note,
            error: kept.error.as_deref(),
        }
    }
}

fn standing(kept: &KeptProposal) -> Vec<(&'static str, String)> {
    let shown = &kept.shown;
    let mut facts = Vec::new();
    facts.extend(shown.checks.as_ref().map(|found| ("Checks", checks(found))));
    facts.extend(shown.review.map(|found| ("Review", review(found, shown.draft))));
    facts.extend(kept.outcome.as_ref().map(|found| ("Outcome", outcome(found))));
    if !shown.guards.is_empty() {
        facts.push(("Not merged by itself", shown.guards.join(", ")));
    }
    facts
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn checks(checks: &Checks) -> String {
    match checks {
        Checks::None => "none".to_owned(),
        Checks::Pending => "running".to_owned(),
        Checks::Green => "green".to_owned(),
        Checks::Red(failed) => {
            let names: Vec<&str> = failed.iter().map(|check| check.name.as_str()).collect();
            format!("failed: {}", names.join(", "))
        }
    }
}

fn review(review: Review, draft: bool) -> String {
    let said = match review {
        Review::Awaited if draft => "not asked for yet: a draft",
        Review::Awaited => "awaited",
        Review::Approved => "approved",
        Review::ChangesRequested => "changes requested",
    };
    said.to_owned()
}

fn outcome(outcome: &Outcome) -> String {
    match outcome.why() {
        Some(why) => format!("{}: {why}", outcome.as_str()),
        None => outcome.as_str().to_owned(),
    }
}

fn visible(body: &str) -> &str {
    let end = body.rfind("<!--").filter(|at| body.trim_end().get(*at..).is_some_and(marks_only));
    body.get(..end.unwrap_or(body.len())).unwrap_or(body).trim_end()
}

fn marks_only(tail: &str) -> bool {
    tail.ends_with("-->") && !tail.contains('\n')
}

fn rows(proof: &Proof) -> Vec<Row> {
    let mut rows = vec![
        Row::new("fact", "Before", suite(&proof.baseline)),
        Row {
            quote: Some(proof.red.message.clone()),
            ..Row::new("good", "Red", format!("`{}`: {}", proof.red.test, proof.red.reason))
        },
        Row::new("good", "Green", format!("`{}` passes with the patch", proof.green.test)),
        Row::new("good", "After", suite(&proof.green.suite)),
    ];
    if let Some(types) = &proof.types {
        let text = match types.new.len() {
            0 => format!("`{}`: no new error", types.command),
            new => format!("`{}`: {new} new", types.command),
        };
        rows.push(Row::new(if types.new.is_empty() { "good" } else { "open" }, "Types", text));
    }
    rows.extend(proof.sites.iter().map(|site| {
        let (first, last) = site.lines;
        let lines = if first == last {
            format!("line {first}")
        } else {
            format!("lines {first} to {last}")
        };
        let place = format!("`{}`, {lines}", site.file);
        match &site.red_without {
            Some(test) => Row::new("good", "Needed", format!("{place}: without it `{test}` fails")),
            None => Row::new("open", "Place", format!("{place}: no test fails without it")),
        }
    }));
    rows.extend(proof.mutants.iter().map(|mutant| match &mutant.end {
        MutantEnd::KilledBy(test) => {
            Row::new("good", "Mutant", format!("{}: noticed by `{test}`", mutant.change))
        }
        MutantEnd::Survived(why) => {
            Row::new("open", "Mutant", format!("{}: not noticed, {why}", mutant.change))
        }
        MutantEnd::NotRun(why) => {
            Row::new("open", "Mutant", format!("{}: not tried, {why}", mutant.change))
        }
    }));
    let unaffected = format!("{} tests pass before and after", proof.unaffected.len());
    rows.push(Row::new("good", "Unaffected", unaffected));
    rows.push(edited(&proof.tests_edited));
    let tried = proof.tried.iter().map(|tried| format!("`{}` {}", tried.template, tried.verdict));
    rows.push(Row::new("fact", "Tried", tried.collect::<Vec<_>>().join(", ")));
    rows.push(Row::new("fact", "Ran on", environment(proof)));
    rows
}

fn edited(tests: &[String]) -> Row {
    match tests {
        [] => Row::new("good", "Tests", "no existing test was edited"),
        tests => Row::new("open", "Tests", format!("edited: {}", tests.join(", "))),
    }
}

fn suite(count: &Baseline) -> String {
    let Baseline { passed, failed, flaky } = count;
    format!("{passed} passed, {failed} failed, {flaky} flaky")
}

fn environment(proof: &Proof) -> String {
    let set = &proof.environment;
    let known = [("node", &set.node), ("ws", &set.ws)];
    let known = known.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let more = set.more.iter().map(|(name, value)| (name.as_str(), value));
    let words: Vec<_> = known.chain(more).map(|(name, value)| format!("{name} {value}")).collect();
    if words.is_empty() { "unknown".to_owned() } else { words.join(", ") }
}

impl Row {
    fn new(kind: &'static str, name: &'static str, text: impl Into<String>) -> Self {
        Self { kind, name, text: text.into(), quote: None }
    }
}
