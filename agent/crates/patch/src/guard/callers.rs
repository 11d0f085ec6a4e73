//! A helper that only this file can call, and that every caller calls with an open socket.

use super::condition::Socket;
use super::{on_the_way, spelling};
use crate::syntax::{
    Node, arguments, awaits, class_around, field_text, function_around, is, is_any, root_of, text,
    waits,
};
use crate::types::parameters;

/// The line of the first caller's check.
pub(super) fn every_caller_checks(call: &Node<'_>, receiver: &Node<'_>) -> Option<u32> {
    let function = function_around(call)?;
    let name = field_text(&function, "name")?;
    let socket = spelling(receiver);
    let index = parameters(&function).iter().position(|it| it.name == socket)?;
    let earlier = waits(&function);
    if earlier.iter().any(|wait| wait.range().start < call.range().start) {
        return None;
    }
    let calls = calls_of(&function, &name)?;
    let checks: Option<Vec<u32>> = calls.iter().map(|it| checked(it, index)).collect();
    checks?.into_iter().next()
}

fn checked(call: &Node<'_>, index: usize) -> Option<u32> {
    let given = arguments(call);
    let socket = given.get(index)?;
    if given.iter().any(awaits) {
        return None;
    }
    on_the_way(call, &Socket::of(socket)).or_else(|| super::filtered::only_open(call, socket))
}

/// Every mention of a function that nobody outside this file can call; `None` where one is no call.
fn calls_of<'t>(function: &Node<'t>, name: &str) -> Option<Vec<Node<'t>>> {
    let (place, kinds): (Node<'t>, &[&str]) = match class_around(function) {
        Some(class) if is(function, "method_definition") => {
            let hidden = name.starts_with('#')
                || function
                    .children()
                    .any(|it| is(&it, "accessibility_modifier") && it.text() == "private");
            (hidden.then_some(class)?, &["property_identifier", "private_property_identifier"])
        }
        None if is(function, "function_declaration") => {
            let exported = function.parent().is_some_and(|it| is(&it, "export_statement"));
            let root = root_of(function);
            (
                if exported { None } else { Some(root) }?,
                &["identifier", "shorthand_property_identifier"],
            )
        }
        _ => return None,
    };
    let mut calls = Vec::new();
    for mention in place.dfs().filter(|node| is_any(node, kinds) && text(node) == name) {
        let parent = mention.parent()?;
        if parent.range() == function.range() {
            continue;
        }
        let callee = if is(&parent, "member_expression") { parent } else { mention };
        let call = callee.parent().filter(|it| {
            is(it, "call_expression")
                && it.field("function").is_some_and(|it| it.range() == callee.range())
        })?;
        calls.push(call);
    }
    (!calls.is_empty()).then_some(calls)
}
