//! Which places a patch repairs: the proved one, and what is typed and stands beside it.

use std::ops::Range;

use crate::reach::surroundings;
use crate::site::{File, Site, check, is_repeatable, sites_below};
use crate::slot::SlotKind;
use crate::syntax::{awaits, is, line_of, same, text};
use crate::template::{Scope, Template};
use crate::{LeftAlone, Refusal, SiteEvidence};

/// Calls that share one guard, the first leading.
pub(crate) struct Group<'t> {
    pub(crate) sites: Vec<Site<'t>>,
    pub(crate) evidence: SiteEvidence,
    /// The bytes of the statements under the guard, where another one may join.
    span: Option<Range<usize>>,
}

impl<'t> Group<'t> {
    fn of(site: Site<'t>, evidence: SiteEvidence) -> Self {
        Self { span: sharable(&site), sites: vec![site], evidence }
    }
}

/// With more calls than this a file is generated, and its siblings are nobody's work.
pub(crate) const MOST_SIBLINGS: usize = 64;

/// The proved site and its typed siblings, grouped; what else has the shape is left alone.
pub(crate) fn gather<'t>(
    template: &Template,
    file: &File<'t>,
    lead: &Site<'t>,
) -> (Vec<Group<'t>>, Vec<LeftAlone>) {
    let mut groups = vec![Group::of(lead.clone(), SiteEvidence::Proved)];
    let mut left_alone = Vec::new();
    if template.recipe.scope == Scope::Site {
        return (groups, left_alone);
    }
    let all = sites_below(template, file, &surroundings(file, lead));
    if all.len() > MOST_SIBLINGS {
        let why = format!(
            "{} calls of this kind are around it; only the proved one is changed",
            all.len()
        );
        let reason = file.refusal_at(line_of(&lead.name()), "too-many-siblings", &why);
        left_alone.push(leave(file, lead, reason));
        return (groups, left_alone);
    }
    for site in all.into_iter().filter(|site| !same(&site.call, &lead.call)) {
        match sibling(template, file, &site) {
            Sibling::Repair if join(file, &mut groups, &site) => {}
            Sibling::Repair => groups.push(Group::of(site, SiteEvidence::Typed)),
            Sibling::Leave(reason) => left_alone.push(leave(file, &site, reason)),
            Sibling::Another => {}
        }
    }
    for group in &mut groups {
        group.sites.sort_by_key(|site| site.call.range().start);
    }
    (groups, left_alone)
}

enum Sibling {
    Repair,
    Leave(Refusal),
    /// Of another type: not the same shape at all.
    Another,
}

fn sibling<'t>(template: &Template, file: &File<'t>, site: &Site<'t>) -> Sibling {
    let found = file.types.of_expression(&site.receiver);
    let wanted = template.recipe.of.as_ref();
    if found.is_known() && wanted.is_some_and(|wanted| !found.is(&wanted.is)) {
        return Sibling::Another;
    }
    if let Err(refusal) = check(template, file, site) {
        return Sibling::Leave(refusal);
    }
    if found.is_known() {
        return Sibling::Repair;
    }
    let why = format!(
        "nothing in this file says what `{}` is, and no trace went through it",
        text(&site.receiver)
    );
    Sibling::Leave(file.refusal_at(line_of(&site.name()), "untyped", &why))
}

pub(crate) fn leave(file: &File<'_>, site: &Site<'_>, reason: Refusal) -> LeftAlone {
    LeftAlone { path: file.tree.path.clone(), line: line_of(&site.name()), reason }
}

/// The bytes of a site's statement, where another one may share its guard: a plain statement that
/// waits for nothing and whose receiver can be said twice.
fn sharable(site: &Site<'_>) -> Option<Range<usize>> {
    let slot = site.slot().ok()?;
    let plain = slot.kind == SlotKind::Statement
        && is(&slot.node, "expression_statement")
        && !awaits(&slot.node);
    (plain && is_repeatable(&site.receiver)).then(|| slot.node.range())
}

/// Takes a site into a group that it stands right beside, with the same receiver.
fn join<'t>(file: &File<'t>, groups: &mut [Group<'t>], site: &Site<'t>) -> bool {
    let Some(span) = sharable(site) else { return false };
    let receiver = text(&site.receiver);
    let beside = |one: &Range<usize>, other: &Range<usize>| {
        file.tree.text().get(one.end..other.start).is_some_and(|gap| gap.trim().is_empty())
    };
    for group in groups {
        let Some(held) = &mut group.span else { continue };
        let adjoins = beside(held, &span) || beside(&span, held);
        if adjoins && group.sites.first().is_some_and(|it| text(&it.receiver) == receiver) {
            *held = held.start.min(span.start)..held.end.max(span.end);
            group.sites.push(site.clone());
            return true;
        }
    }
    false
}
