//! Which places a patch repairs: the proved one, and what is typed and stands beside it.

use crate::reach::surroundings;
use crate::site::{File, Site, check, is_repeatable, sites_below};
use crate::slot::SlotKind;
use crate::syntax::{awaits, line_of, same, text};
use crate::template::{Scope, Template};
use crate::{LeftAlone, Refusal, SiteEvidence};

/// Calls that share one guard, the first leading.
pub(crate) struct Group<'t> {
    pub(crate) sites: Vec<Site<'t>>,
    pub(crate) evidence: SiteEvidence,
}

/// The proved site and its typed siblings, grouped; what else has the shape is left alone.
pub(crate) fn gather<'t>(
    template: &Template,
    file: &File<'t>,
    lead: &Site<'t>,
) -> (Vec<Group<'t>>, Vec<LeftAlone>) {
    let mut groups = vec![Group { sites: vec![lead.clone()], evidence: SiteEvidence::Proved }];
    let mut left_alone = Vec::new();
    if template.recipe.scope == Scope::Site {
        return (groups, left_alone);
    }
    let all = sites_below(template, file, &surroundings(file, lead));
    for site in all.into_iter().filter(|site| !same(&site.call, &lead.call)) {
        match sibling(template, file, &site) {
            Sibling::Repair => match groups.iter_mut().find(|group| adjoins(group, &site)) {
                Some(group) => group.sites.push(site),
                None => groups.push(Group { sites: vec![site], evidence: SiteEvidence::Typed }),
            },
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

/// Whether a site stands right beside a group and sends to the same socket at the same time.
fn adjoins<'t>(group: &Group<'t>, site: &Site<'t>) -> bool {
    let Ok(slot) = site.slot() else { return false };
    group.sites.iter().any(|member| {
        let Ok(other) = member.slot() else { return false };
        let statements = slot.kind == SlotKind::Statement && other.kind == SlotKind::Statement;
        let beside = [(&slot, &other), (&other, &slot)]
            .iter()
            .any(|(first, second)| first.node.next().is_some_and(|next| same(&next, &second.node)));
        statements
            && beside
            && text(&member.receiver) == text(&site.receiver)
            && is_repeatable(&site.receiver)
            && !awaits(&slot.node)
            && !awaits(&other.node)
    })
}
