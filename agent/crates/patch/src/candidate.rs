//! Rendering a template's candidates: every site's edits, and the patch around them.

use std::collections::BTreeMap;

use crate::companion;
use crate::constant::{class_value, own_form};
use crate::guard::spelling;
use crate::reach::{self, send_scenario, surroundings};
use crate::site::{File, Site, check, is_repeatable, sites_below};
use crate::slot::SlotKind;
use crate::syntax::{Node, awaits, encloses, function_around, is, line_of, same, text};
use crate::template::{Candidate, Constant, Edit, Let, Scope, Template, When};
use crate::wording::Facts;
use crate::wrap::wrap;
use crate::{
    Evidence, LeftAlone, Owner, Patch, PatchedSite, ProjectFacts, Refusal, Scenario, SiteEvidence,
    Subject, TextEdit,
};

/// Calls that share one guard, the first leading.
struct Group<'t> {
    sites: Vec<Site<'t>>,
    evidence: SiteEvidence,
}

/// All candidates for the proved site, best first.
pub(crate) fn render_all<'t>(
    template: &Template,
    companions: &[&Template],
    file: &File<'t>,
    lead: Site<'t>,
    evidence: &Evidence,
    project: &ProjectFacts,
) -> Result<Vec<Patch>, Refusal> {
    let (mut groups, mut left_alone) = gather(template, file, &lead);
    let (scenarios, owner) = scenarios(file, &mut groups, &mut left_alone);
    let mut facts = Facts::of(file, &lead, evidence);
    facts.sites = groups.len();
    let companion = companion::find(companions, file, &lead, groups.len());
    if companion.is_none() {
        left_alone.extend(companion::never_cleaned(file, &lead));
    }
    let mut patches: Vec<Patch> = Vec::new();
    for candidate in template.recipe.candidates.iter().filter(|it| fits(it, &groups)) {
        let mut sites = Vec::new();
        for group in &groups {
            sites.push(patched(template, candidate, file, group, project)?);
        }
        if patches.iter().any(|earlier| earlier.sites[..sites.len()] == sites[..]) {
            continue;
        }
        let mut scenarios = scenarios.clone();
        let mut summary = facts.render(&template.recipe.pr.summary)?;
        if let Some(companion) = &companion {
            sites.push(companion.site.clone());
            scenarios.extend(companion.scenarios.iter().cloned());
            summary = format!("{summary}\n\n{}", companion.summary);
        }
        patches.push(Patch {
            template: template.id.clone(),
            candidate: candidate.id.clone(),
            title: facts.render(&template.recipe.pr.title)?,
            summary,
            sites,
            left_alone: left_alone.clone(),
            subject: Subject { path: file.tree.path.clone(), owner: owner.clone(), scenarios },
        });
    }
    Ok(patches)
}

fn fits(candidate: &Candidate, groups: &[Group<'_>]) -> bool {
    let read = |site: &Site<'_>| {
        let state = format!("{}.readyState", spelling(&site.receiver));
        let start = site.call.range().start;
        site.function().is_some_and(|function| {
            function
                .dfs()
                .take_while(|node| node.range().start < start)
                .filter(|node| is(node, "member_expression") && spelling(node) == state)
                .any(|node| function_around(&node).is_some_and(|it| encloses(&it, &site.call)))
        })
    };
    match candidate.when {
        Some(When::StateUnread) => !groups.iter().flat_map(|group| &group.sites).any(read),
        None => true,
    }
}

/// The proved site and its typed siblings, grouped; what else has the shape is left alone.
fn gather<'t>(
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

fn leave(file: &File<'_>, site: &Site<'_>, reason: Refusal) -> LeftAlone {
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

/// One scenario for each function; siblings in functions that no test can drive are left alone.
fn scenarios<'t>(
    file: &File<'t>,
    groups: &mut Vec<Group<'t>>,
    left_alone: &mut Vec<LeftAlone>,
) -> (Vec<Scenario>, Owner) {
    let lead = groups[0].sites[0].clone();
    let mut owner = reach::owner_of(file, &lead);
    if let Err(why) = send_scenario(file, &lead, vec![0])
        && !matches!(owner, Owner::Unreachable { .. })
    {
        owner = Owner::Unreachable { why };
    }
    if matches!(owner, Owner::Unreachable { .. }) {
        return (Vec::new(), owner);
    }
    groups.retain(|group| {
        let site = &group.sites[0];
        let why = match send_scenario(file, site, Vec::new()) {
            _ if group.evidence == SiteEvidence::Proved => return true,
            Ok(_) => match reach::owner_of(file, site) {
                Owner::Unreachable { why } => why,
                _ => return true,
            },
            Err(why) => why,
        };
        let words = format!("no test can be written for it: {why}");
        let reason = file.refusal_at(line_of(&site.name()), "unreachable", &words);
        left_alone.push(leave(file, site, reason));
        false
    });
    (merged(file, groups), owner)
}

/// Sites that one call reaches through one collection share a scenario.
fn merged<'t>(file: &File<'t>, groups: &[Group<'t>]) -> Vec<Scenario> {
    let mut merged: Vec<Scenario> = Vec::new();
    let each = groups
        .iter()
        .enumerate()
        .filter_map(|(index, group)| send_scenario(file, &group.sites[0], vec![index]).ok());
    for scenario in each {
        if !merged.iter_mut().any(|earlier| joins(earlier, &scenario)) {
            merged.push(scenario);
        }
    }
    merged
}

fn joins(earlier: &mut Scenario, later: &Scenario) -> bool {
    let (
        Scenario::Send { sites, call, sockets, .. },
        Scenario::Send { sites: more, call: same_call, sockets: same_sockets, .. },
    ) = (earlier, later)
    else {
        return false;
    };
    let same = call == same_call && sockets == same_sockets;
    if same {
        sites.extend(more);
    }
    same
}

fn patched<'t>(
    template: &Template,
    candidate: &Candidate,
    file: &File<'t>,
    group: &Group<'t>,
    project: &ProjectFacts,
) -> Result<PatchedSite, Refusal> {
    let (Some(first), Some(last)) = (group.sites.first(), group.sites.last()) else {
        return Err(Refusal::new("no-such-call", "there is no site to repair"));
    };
    let mut values = values(template, file, first, project);
    let slot = first.slot()?;
    let last = last.slot()?.node;
    let mut edits = Vec::new();
    let mut hoisted = String::new();
    for edit in &candidate.edits {
        match edit {
            Edit::Hoist { name, .. } if !is_repeatable(&first.receiver) => {
                let name = fresh(file, first, name);
                hoisted = format!("const {name} = {};\n", text(&first.receiver));
                edits.push(renamed(first, &name));
                if first.is_optional() {
                    values.insert("PRESENT".into(), format!("{name} && "));
                }
                values.insert("RECV".into(), name);
            }
            Edit::Hoist { .. } => edits.extend(group.sites.iter().filter_map(unquestioned)),
            Edit::Wrap { with, .. } => {
                let with = format!("{hoisted}{}", substitute(with, &values));
                edits.extend(wrap(file.tree, &file.style, &slot, &last, &with));
            }
            Edit::Replace { with, .. } => edits.push(TextEdit {
                start: first.receiver.range().start,
                end: first.receiver.range().end,
                text: substitute(with, &values),
            }),
            _ => {
                return Err(Refusal::new(
                    "template-fault",
                    format!("`{}`: this edit needs a method of a class", template.id),
                ));
            }
        }
    }
    edits.sort();
    Ok(PatchedSite {
        template: template.id.clone(),
        path: file.tree.path.clone(),
        lines: (line_of(&slot.node), last_line(&last)),
        evidence: group.evidence,
        edits,
    })
}

fn last_line(node: &Node<'_>) -> u32 {
    u32::try_from(node.end_pos().line() + 1).unwrap_or(u32::MAX)
}

/// `$RECV`, `$PRESENT` and the template's own values.
fn values<'t>(
    template: &Template,
    file: &File<'t>,
    site: &Site<'t>,
    project: &ProjectFacts,
) -> BTreeMap<String, String> {
    let receiver = text(&crate::syntax::bare(site.receiver.clone()));
    let present = if site.is_optional() { format!("{receiver} && ") } else { String::new() };
    let mut values =
        BTreeMap::from([("RECV".to_owned(), receiver), ("PRESENT".to_owned(), present)]);
    for (name, wanted) in &template.recipe.constants {
        if let Let::Constant(constant) = wanted {
            let written = constant_at(constant, file, site, project);
            values.insert(name.clone(), written);
        }
    }
    values
}

fn constant_at<'t>(
    wanted: &Constant,
    file: &File<'t>,
    site: &Site<'t>,
    project: &ProjectFacts,
) -> String {
    if let Some(own) = own_form(&file.types, &wanted.constant) {
        return own;
    }
    match class_value(&file.types, &wanted.of, &site.call, project) {
        Some(class) => format!("{class}.{}", wanted.constant),
        None => wanted.otherwise.clone(),
    }
}

/// Replaces `$NAME`; values may name others. `$BODY` is the wrapper's own.
pub(crate) fn substitute(template: &str, values: &BTreeMap<String, String>) -> String {
    let mut text = template.to_owned();
    for _ in 0..2 {
        for (name, value) in values.iter().rev() {
            text = text.replace(&format!("${name}"), value);
        }
    }
    text
}

/// The receiver by its new name; an optional call no longer needs to be one.
fn renamed(site: &Site<'_>, name: &str) -> TextEdit {
    let (from, to) = (site.receiver.range().start, site.name().range().start);
    // Of a call without a method's name, `edits-collide` says that it cannot be renamed.
    TextEdit { start: from, end: to, text: format!("{name}.") }
}

/// `peer?.send` behind `peer &&` is `peer.send`.
fn unquestioned(site: &Site<'_>) -> Option<TextEdit> {
    let (start, end) = (site.receiver.range().end, site.name().range().start);
    site.is_optional().then(|| TextEdit { start, end, text: ".".into() })
}

/// A name that the function around a site does not use.
fn fresh<'t>(file: &File<'t>, site: &Site<'t>, wanted: &str) -> String {
    let scope = site.function().unwrap_or_else(|| file.tree.root());
    let taken = |name: &str| scope.dfs().any(|node| is(&node, "identifier") && node.text() == name);
    let mut name = wanted.to_owned();
    for number in 2..100 {
        if !taken(&name) {
            break;
        }
        name = format!("{wanted}{number}");
    }
    name
}
