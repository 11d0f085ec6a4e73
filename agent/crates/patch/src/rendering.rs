//! One site's edits: a candidate's text with the values of this place, in this file's style.

use std::collections::BTreeMap;

use crate::constant::{class_value, own_form};
use crate::siblings::Group;
use crate::site::{File, Site, is_repeatable};
use crate::syntax::{Node, bare, is, line_of, text};
use crate::template::{Candidate, Constant, Edit, Let, Template};
use crate::wrap::wrap;
use crate::{PatchedSite, ProjectFacts, Refusal, TextEdit};

/// A group's place, changed as the candidate says.
pub(crate) fn patched<'t>(
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
    let receiver = text(&bare(site.receiver.clone()));
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
