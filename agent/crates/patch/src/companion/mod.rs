//! What a patch needs beside it: a collection that nobody cleans, a timer that nobody stops.

mod collection;
mod insertion;
mod timer;

use crate::reach::surroundings;
use crate::site::{File, Site};
use crate::syntax::{Match, Node, class_around, field_text, line_of};
use crate::template::{About, Candidate, Template};
use crate::{LeftAlone, Owner, PatchedSite, Refusal, Scenario, SiteEvidence, TextEdit};

/// A companion's site, ready to stand beside others.
pub(crate) struct Companion {
    pub(crate) site: PatchedSite,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) summary: String,
    pub(crate) risk: String,
}

/// What a companion is looked for beside.
#[derive(Clone, Copy)]
pub(crate) struct Beside<'a, 't> {
    pub(crate) file: &'a File<'t>,
    /// The site that the trace proved.
    pub(crate) lead: &'a Site<'t>,
    pub(crate) owner: &'a Owner,
    /// The companion's place among the patch's sites.
    pub(crate) index: usize,
}

/// What a template finds beside the lead.
struct Finding {
    edits: Vec<TextEdit>,
    lines: (u32, u32),
    scenarios: Vec<Scenario>,
    /// The collection or timer, for the summary.
    source: String,
    /// What the place lacks, should no test reach it.
    lack: LeftAlone,
}

/// The first companion that finds a place, or what is left alone for want of one.
///
/// What no test can reach stands beside a place that no test can reach either; beside a proved one
/// it would be unproved, and is only listed.
pub(crate) fn find(
    companions: &[&Template],
    beside: &Beside<'_, '_>,
) -> (Option<Companion>, Option<LeftAlone>) {
    let unreachable = matches!(beside.owner, Owner::Unreachable { .. });
    let mut lack = None;
    for template in companions {
        let Some(finding) = finding(template, beside) else { continue };
        if finding.scenarios.is_empty() && !unreachable {
            lack = lack.or(Some(finding.lack));
            continue;
        }
        if let Some(companion) = companion(template, beside, finding) {
            return (Some(companion), None);
        }
    }
    (None, lack.or_else(|| collection::never_cleaned(beside.file, beside.lead)))
}

fn finding(template: &Template, beside: &Beside<'_, '_>) -> Option<Finding> {
    let text = beside.file.tree.text();
    if !template.recipe.prefilter.iter().all(|word| text.contains(word.as_str())) {
        return None;
    }
    match template.recipe.about? {
        About::Collection => collection::find(template, beside),
        About::Timer => timer::find(template, beside),
    }
}

fn companion(template: &Template, beside: &Beside<'_, '_>, finding: Finding) -> Option<Companion> {
    let owner = class_around(&beside.lead.call)
        .and_then(|class| field_text(&class, "name"))
        .or_else(|| beside.lead.function_name())
        .unwrap_or_else(|| beside.file.tree.path.clone());
    let facts = minijinja::context! { owner, source => finding.source };
    let words = |words: &str| {
        let told = minijinja::Environment::new().render_str(words, &facts).ok()?;
        Some(told.trim().to_owned())
    };
    Some(Companion {
        site: PatchedSite {
            template: template.id.clone(),
            path: beside.file.tree.path.clone(),
            lines: finding.lines,
            evidence: SiteEvidence::Companion,
            edits: finding.edits,
        },
        scenarios: finding.scenarios,
        summary: words(&template.recipe.pr.summary)?,
        risk: words(&template.recipe.pr.risk)?,
    })
}

/// Matches of a template's site around the lead that none of its named rules excuses.
fn places<'t>(template: &Template, beside: &Beside<'_, 't>) -> Vec<Match<'t>> {
    let tree = beside.file.tree;
    let excused = |place: &Match<'t>| {
        template.recipe.unless.iter().any(|unless| {
            unless.rule.as_ref().is_some_and(|rule| rule.at(tree, place.node.clone()).is_some())
        })
    };
    let around = surroundings(beside.file, beside.lead);
    let found = template.recipe.site.find(tree, &around);
    found.into_iter().filter(|place| !excused(place)).collect()
}

/// The candidate whose conditions hold: a method that the class has or has not, a listener that
/// the function sets or does not set.
fn candidate<'a>(
    template: &'a Template,
    class: Option<&Node<'_>>,
    listens: bool,
) -> Option<&'a Candidate> {
    let has =
        |name: &String| class.is_some_and(|class| crate::reach::method_of(class, name).is_some());
    template.recipe.candidates.iter().find(|it| {
        it.method.as_ref().is_none_or(has)
            && !it.no_method.as_ref().is_some_and(has)
            && it.listener.is_none_or(|wanted| wanted == listens)
    })
}

/// A place and what it lacks.
fn lack(file: &File<'_>, place: &Node<'_>, reason: Refusal) -> LeftAlone {
    LeftAlone { path: file.tree.path.clone(), line: line_of(place), reason }
}
