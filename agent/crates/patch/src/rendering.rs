//! One site's edits: a candidate's text with the values of this place, in this file's style.

use std::collections::BTreeMap;

use crate::constant::class_value;
use crate::siblings::Group;
use crate::site::{File, Site, is_repeatable};
use crate::syntax::{Node, bare, encloses, is, is_any, line_of, text};
use crate::template::{Candidate, Constant, Edit, Let, Template};
use crate::wrap::wrap;
use crate::{PatchedSite, ProjectFacts, Refusal, TextEdit};

/// A group's place, changed as the candidate says.
pub(crate) fn patched<'t>(
    template: &Template,
    candidate: &Candidate,
    file: &File<'t>,
    groups: &[Group<'t>],
    index: usize,
    project: &ProjectFacts,
) -> Result<PatchedSite, Refusal> {
    let group = &groups[index];
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
                let name = fresh(file, first, name, hoists_before(groups, index));
                hoisted = format!("const {name} = {};\n", text(&first.receiver));
                edits.push(renamed(first, &name));
                if first.is_optional() {
                    values.insert("PRESENT".into(), format!("{name} && "));
                }
                values.insert("RECV".into(), name);
            }
            Edit::Hoist { .. } => edits.extend(group.sites.iter().filter_map(unquestioned)),
            Edit::Wrap { with, .. } => {
                let mut with =
                    format!("{hoisted}{}", substitute(&file.style().quoted(with), &values));
                if !hoisted.is_empty() && slot.node.parent().is_some_and(|it| is_case(&it)) {
                    // A declaration of one case is seen by the others.
                    with = format!("{{\n\t{}\n}}", with.replace('\n', "\n\t"));
                }
                edits.extend(wrap(file.tree, file.style(), &slot, &last, &with)?);
            }
            Edit::Replace { with, .. } => edits.push(TextEdit {
                start: first.receiver.range().start,
                end: first.receiver.range().end,
                text: substitute(&file.style().quoted(with), &values),
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
    let receiver = plain(&site.receiver);
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
    if let Some(own) = file.usage().own_form(&wanted.constant) {
        return own;
    }
    match class_value(file, &wanted.of, &site.call, project) {
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

/// A receiver without parentheses and `!`; a cast is what makes it a socket for the compiler.
fn plain(receiver: &Node<'_>) -> String {
    let bare = bare(receiver.clone());
    let cast = receiver.dfs().any(|node| {
        is_any(&node, &["as_expression", "satisfies_expression"]) && encloses(&node, &bare)
    });
    text(if cast { receiver } else { &bare })
}

fn is_case(node: &Node<'_>) -> bool {
    is_any(node, &["switch_case", "switch_default"])
}

/// How many earlier groups give a receiver a name in the same block. A case gets a block of its own.
fn hoists_before(groups: &[Group<'_>], index: usize) -> usize {
    let block = |group: &Group<'_>| {
        let slot = group.sites.first()?.slot().ok()?;
        slot.node.parent().filter(|it| !is_case(it)).map(|it| it.range())
    };
    let Some(own) = block(&groups[index]) else { return 0 };
    groups[..index]
        .iter()
        .filter(|group| block(group).as_ref() == Some(&own))
        .filter(|group| group.sites.first().is_some_and(|it| !is_repeatable(&it.receiver)))
        .count()
}

/// A name that the function around a site does not use; the `skip` first ones are given already.
fn fresh<'t>(file: &File<'t>, site: &Site<'t>, wanted: &str, skip: usize) -> String {
    let scope = site.function().unwrap_or_else(|| file.tree.root());
    let taken = |name: &str| scope.dfs().any(|node| is(&node, "identifier") && node.text() == name);
    let numbered = (2..100).map(|number| format!("{wanted}{number}"));
    std::iter::once(wanted.to_owned())
        .chain(numbered)
        .filter(|name| !taken(name))
        .nth(skip)
        .unwrap_or_else(|| wanted.to_owned())
}
