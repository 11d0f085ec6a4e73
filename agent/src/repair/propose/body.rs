//! The words of a proposal, for a reviewer with a minute. Everything that goes into the template is
//! quoted already.

mod place;
mod proof;

use anyhow::{Context as _, Result};
use bugstack_patch::Outcome;
use jiff::Timestamp;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, value::Serde};
use serde::Serialize;

use super::{Draft, replay};
use crate::intake::parameterise;
use crate::markdown::{block, code, line, prose};
use crate::model::{Details, Verdict};
use crate::repair::Context;

const TEMPLATE: &str = include_str!("body.md.j2");
/// Characters of an error message that are quoted.
const MAX_MESSAGE: usize = 300;

/// What the template may ask for: Markdown, all of it.
#[derive(Serialize)]
struct Words {
    /// A code block: the error and its frames.
    happened: String,
    /// How often and when, where that is for everybody, and what it meant.
    seen: String,
    cause: String,
    summary: String,
    sites: Vec<String>,
    left_alone: Vec<String>,
    risk: String,
    proof: Vec<(&'static str, String)>,
    replay: String,
    orders: String,
}

/// Writes the body, without its marker.
pub(super) fn write(context: &Context<'_>, draft: &Draft<'_>, branch: &str) -> Result<String> {
    let verdict = draft.verdict;
    let told = context.workshop.details == Details::Always || !draft.facts.public;
    let words = Words {
        happened: happened(context, verdict, told)?,
        seen: [told.then(|| seen(context)), lost(verdict)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
        cause: prose(&verdict.diagnosis.found.cause),
        summary: prose(&verdict.patch.summary),
        sites: place::changed(verdict),
        left_alone: place::left_alone(verdict),
        risk: risk(verdict),
        proof: proof::rows(&verdict.proof, told),
        replay: block(&replay::commands(context, verdict, branch)?, "sh"),
        orders: orders(context),
    };
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    environment.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
    let template = environment.template_from_str(TEMPLATE).context("the body's template")?;
    template.render(Serde(&words)).context("writing the proposal's body")
}

/// The error as production told it, and the frames that a reader of the repository can follow.
fn happened(context: &Context<'_>, verdict: &Verdict, told: bool) -> Result<String> {
    let message = line(&verdict.diagnosis.site.evidence.message, MAX_MESSAGE);
    let message = if told { message } else { parameterise(&message) };
    let kind = context.event.thrown().map_or("Error", |thrown| thrown.kind.as_str());
    let mut lines = vec![format!("{kind}: {message}")];
    lines.extend(place::frames(context, &verdict.diagnosis.site.base, told)?);
    Ok(block(&lines, "text"))
}

fn seen(context: &Context<'_>) -> String {
    let event = context.event;
    let mut told = match context.issue {
        Some(issue) if issue.events > 1 => format!(
            "Seen {} times, first {}, last {}",
            issue.events,
            minute(issue.first_seen),
            minute(issue.last_seen)
        ),
        _ => format!("Seen once, {}", minute(event.timestamp)),
    };
    if let Some(release) = event.release.as_ref().or(event.commit.as_ref()) {
        told.push_str(&format!(", last in release {}", code(release)));
    }
    if let Some(environment) = &event.environment {
        told.push_str(&format!(", environment {}", code(environment)));
    }
    told + "."
}

/// A drop is no crash, and nobody was told of it.
fn lost(verdict: &Verdict) -> Option<String> {
    let dropped = verdict.diagnosis.site.evidence.outcome == Some(Outcome::Dropped);
    dropped.then(|| "Nothing was thrown: messages were lost.".to_owned())
}

fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn risk(verdict: &Verdict) -> String {
    let told = prose(&verdict.patch.risk);
    let tests = match verdict.proof.tests_edited.len() {
        0 => "No existing test was edited.".to_owned(),
        1 => "One existing test was edited.".to_owned(),
        many => format!("{many} existing tests were edited."),
    };
    if told.is_empty() { tests } else { format!("{told} {tests}") }
}

/// What a person can do. Below a local proposal nobody writes: its page has buttons.
fn orders(context: &Context<'_>) -> String {
    if context.project.is_local() {
        return "Merge or close it on its page, or with git. Once closed it stays closed until a \
                person asks again, or the error is seen in a newer release."
            .to_owned();
    }
    "`/bugstack retry` makes it anew on the present base, `/bugstack ignore [reason]` closes it and \
     forgets the error, `/bugstack explain` tells how it was found. Commits of yours on this branch \
     are never overwritten. Once closed it stays closed until a person asks again, or the error is \
     seen in a newer release."
        .to_owned()
}
