//! A timer that goes on sending after its socket, or its owner, is gone.

use std::collections::BTreeMap;

use super::insertion::{after_method, after_statement, close_listener, into_body};
use super::{Beside, Finding, candidate, lack, places};
use crate::TextEdit;
use crate::lists::{implement, imported};
use crate::reach::method_of;
use crate::rendering::substitute;
use crate::syntax::{
    Node, arguments, bare, class_around, encloses, field_text, function_around, is, line_of, text,
};
use crate::template::{Edit, PlaceName, Template};
use crate::types::binding_of;
use crate::wrap::insert;

/// A timer whose callback holds the lead.
struct Timer<'t> {
    statement: Node<'t>,
    /// What it is kept in: `timer`, `this.timer`.
    name: Option<String>,
    function: Node<'t>,
}

pub(super) fn find(template: &Template, beside: &Beside<'_, '_>) -> Option<Finding> {
    let around = places(template, beside);
    let place = around.iter().find(|place| encloses(&place.node, &beside.lead.call))?;
    let timer = timer(&place.node)?;
    let class = class_around(&place.node);
    let peer = text(&bare(beside.lead.receiver.clone()));
    // A listener needs the very socket; a timer over many sockets is its owner's.
    let own = binding_of(&beside.lead.receiver).is_some()
        && !bound_inside(&beside.lead.receiver, &place.node);
    let listens = template.recipe.candidates.iter().any(|it| it.listener.is_some());
    if listens != own || is_stopped(beside, timer.name.as_deref()) {
        return None;
    }
    let listener = close_listener(&timer.function, &peer);
    let chosen = candidate(template, class.as_ref(), listener.is_some())?;
    let edits = edits(template, &chosen.edits, beside, &timer, class.as_ref(), &peer)?;
    let source = timer.name.clone().unwrap_or_else(|| "the interval".into());
    let reason = beside.file.refusal_at(
        line_of(&timer.statement),
        "never-stopped",
        "nothing stops this timer when what it sends to is gone",
    );
    Some(Finding {
        edits,
        lines: (line_of(&timer.statement), line_of(&timer.statement)),
        scenarios: Vec::new(),
        source,
        lack: lack(beside.file, &timer.statement, reason),
    })
}

fn timer<'t>(call: &Node<'t>) -> Option<Timer<'t>> {
    let function = function_around(call)?;
    let holder = call.parent()?;
    let (name, statement) = match holder.kind().as_ref() {
        "expression_statement" => (None, holder),
        "variable_declarator" => (field_text(&holder, "name"), holder.parent()?),
        "assignment_expression" => (field_text(&holder, "left"), holder.parent()?),
        _ => return None,
    };
    Some(Timer { statement, name, function })
}

/// Whether the receiver is declared in the timer's own callback.
fn bound_inside(receiver: &Node<'_>, timer: &Node<'_>) -> bool {
    let name = text(&bare(receiver.clone()));
    let callback = arguments(timer).into_iter().next();
    callback.is_some_and(|callback| {
        callback.dfs().any(|node| {
            let parameter =
                crate::types::parameters(&node).iter().any(|parameter| parameter.name == name);
            let left = is(&node, "for_in_statement").then(|| field_text(&node, "left")).flatten();
            let declared =
                is(&node, "variable_declarator").then(|| field_text(&node, "name")).flatten();
            parameter || left.as_deref() == Some(&name) || declared.as_deref() == Some(&name)
        })
    })
}

/// Whether anything in the file stops it, or stops some timer whose name is not known.
fn is_stopped(beside: &Beside<'_, '_>, name: Option<&str>) -> bool {
    let Some(name) = name else { return false };
    beside.file.tree.root().dfs().filter(|node| is(node, "call_expression")).any(|call| {
        field_text(&call, "function").as_deref() == Some("clearInterval")
            && arguments(&call).first().is_some_and(|it| text(&bare(it.clone())) == name)
    })
}

fn edits<'t>(
    template: &Template,
    wanted: &[Edit],
    beside: &Beside<'_, 't>,
    timer: &Timer<'t>,
    class: Option<&Node<'t>>,
    peer: &str,
) -> Option<Vec<TextEdit>> {
    let file = beside.file;
    let typed = file.tree.language.has_types();
    let mut edits = Vec::new();
    let mut name = timer.name.clone();
    for edit in wanted {
        if let Edit::Hoist { name: wanted, .. } = edit
            && name.is_none()
        {
            edits.push(insert(timer.statement.range().start, format!("const {wanted} = ")));
            name = Some(wanted.clone());
        }
        let values = BTreeMap::from([
            ("TIMER".to_owned(), name.clone().unwrap_or_default()),
            ("PEER".to_owned(), peer.to_owned()),
            ("VOID".to_owned(), if typed { ": void".into() } else { String::new() }),
        ]);
        let said = |text: &str| substitute(&file.style().quoted(text), &values);
        match edit {
            Edit::Hoist { .. } => {}
            Edit::InsertAfter { insert: text, after: PlaceName::Statement } => {
                edits.push(after_statement(file, &timer.statement, &said(text))?);
            }
            Edit::InsertAfter { insert: text, after: PlaceName::Method } => {
                let method = std::iter::once(timer.function.clone())
                    .chain(timer.function.ancestors())
                    .find(|it| is(it, "method_definition"))?;
                edits.push(after_method(file, &method, &said(text)));
            }
            Edit::InsertInto { insert: text, into } => {
                let handler = if into == "LISTENER" {
                    close_listener(&timer.function, peer)
                } else {
                    class.and_then(|class| method_of(class, into))
                };
                edits.push(into_body(file, &handler?, &said(text))?);
            }
            Edit::AddItem { item, .. } if typed => edits.extend(implement(class?, item)),
            Edit::Import { import, from } if typed => edits.extend(imported(file, import, from)),
            Edit::AddItem { .. } | Edit::Import { .. } => {}
            Edit::Wrap { .. } | Edit::Replace { .. } => return None,
        }
    }
    if name.is_none() || template.recipe.candidates.is_empty() {
        return None;
    }
    edits.sort();
    Some(edits)
}
