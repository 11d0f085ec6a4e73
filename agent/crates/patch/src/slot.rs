//! Where a statement may stand around a call: the unit that a guard has to skip as a whole.

use crate::Refusal;
use crate::syntax::{
    Node, arguments, call_given, encloses, field_text, function_around, is, is_any, is_function,
    promise_of_executor, text,
};
use crate::types::parameters;

/// The smallest piece around a call that can be left out without leaving anything waiting.
#[derive(Clone)]
pub(crate) struct Slot<'t> {
    /// A statement, or the body of an expression arrow.
    pub(crate) node: Node<'t>,
    pub(crate) kind: SlotKind,
    /// The caller gets a promise for nothing, and must get one when the slot is left out.
    pub(crate) owed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SlotKind {
    /// A statement among statements.
    Statement,
    /// The only statement of a block that is written on one line.
    OneLineBlock,
    /// A statement without braces: `if (x) HERE`.
    Braceless,
    /// `() => HERE`
    ArrowBody,
}

/// Climbs from a call to its slot, or says why its value cannot be left out.
pub(crate) fn slot_of<'t>(call: &Node<'t>) -> Result<Slot<'t>, Refusal> {
    let mut node = call.clone();
    let mut pending = Promise::None;
    for _ in 0..64 {
        let Some(parent) = node.parent() else { break };
        match parent.kind().as_ref() {
            "expression_statement" => match executor_around(&parent)? {
                Some(promise) => (node, pending) = (promise, Promise::Open),
                None => return Ok(statement(parent)),
            },
            "await_expression" => {
                node = parent;
                pending = Promise::None;
            }
            "parenthesized_expression" | "non_null_expression" => node = parent,
            "unary_expression" if field_text(&parent, "operator").as_deref() == Some("void") => {
                node = parent;
                pending = Promise::None;
            }
            "member_expression" if pending == Promise::Open => match chained(&parent) {
                Some(call) => node = call,
                None => break,
            },
            "arrow_function" => match promise_of_executor(&parent) {
                Some(promise) => (node, pending) = (promise, Promise::Open),
                None if pending == Promise::Open => break,
                None => {
                    if executor_around(&parent)?.is_some() {
                        return Err(value_used(Promise::Open));
                    }
                    return Ok(Slot { node, kind: SlotKind::ArrowBody, owed: false });
                }
            },
            _ => break,
        }
    }
    if pending == Promise::Open
        && settles_for_nothing(&node)
        && let Some(parent) = node.parent()
        && executor_around(&parent)?.is_none()
    {
        match parent.kind().as_ref() {
            "return_statement" => return Ok(Slot { owed: true, ..statement(parent) }),
            "arrow_function" => return Ok(Slot { node, kind: SlotKind::ArrowBody, owed: true }),
            _ => {}
        }
    }
    Err(value_used(pending))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Promise {
    None,
    /// A promise that somebody outside may be waiting for.
    Open,
}

/// Whether this is `new Promise<void>(…)`, by its own words or by those of the function around it.
fn settles_for_nothing(node: &Node<'_>) -> bool {
    if !is(node, "new_expression") {
        return false;
    }
    if let Some(given) = field_text(node, "type_arguments") {
        return given == "<void>";
    }
    let said = function_around(node).and_then(|function| field_text(&function, "return_type"));
    match said {
        Some(said) => said.trim_start_matches(':').trim() == "Promise<void>",
        None => resolves_with_nothing(node),
    }
}

/// Without types: the executor calls its `resolve`, always without a value.
fn resolves_with_nothing(promise: &Node<'_>) -> bool {
    let executor = arguments(promise).into_iter().next();
    let resolve = executor.as_ref().and_then(|it| parameters(it).into_iter().next());
    let Some(resolve) = resolve.filter(|it| !it.name.is_empty()) else { return false };
    let mut calls = 0;
    for node in promise.dfs().filter(|node| is(node, "identifier") && text(node) == resolve.name) {
        let call = node.parent().filter(|it| is(it, "call_expression"));
        match call {
            Some(call) if arguments(&call).is_empty() => calls += 1,
            _ if encloses(&resolve.node, &node) => {}
            _ => return false,
        }
    }
    calls > 0
}

fn statement(node: Node<'_>) -> Slot<'_> {
    let parent = node.parent();
    let kind = match &parent {
        Some(block) if is(block, "statement_block") => {
            let alone = block.named_children().count() == 1;
            let one_line = !text(block).contains('\n');
            if alone && one_line { SlotKind::OneLineBlock } else { SlotKind::Statement }
        }
        Some(list) if is_any(list, &["program", "switch_case", "switch_default"]) => {
            SlotKind::Statement
        }
        _ => SlotKind::Braceless,
    };
    Slot { node, kind, owed: false }
}

/// The promise whose executor runs this node directly. A callback inside an executor is refused:
/// what it skips may be what settles the promise.
fn executor_around<'t>(node: &Node<'t>) -> Result<Option<Node<'t>>, Refusal> {
    for (depth, function) in node.ancestors().filter(is_function).enumerate() {
        match promise_of_executor(&function) {
            Some(promise) if depth == 0 => return Ok(Some(promise)),
            Some(_) => return Err(value_used(Promise::Open)),
            None if call_given(&function).is_none() => break,
            None => {}
        }
    }
    Ok(None)
}

/// `….catch(…)` and the like: the promise goes on.
fn chained<'t>(member: &Node<'t>) -> Option<Node<'t>> {
    let name = field_text(member, "property")?;
    let call = member.parent().filter(|parent| is(parent, "call_expression"))?;
    ["then", "catch", "finally"].contains(&name.as_str()).then_some(call)
}

fn value_used(pending: Promise) -> Refusal {
    let what = if pending == Promise::Open {
        "the promise around the send is handed on, and somebody may wait for it"
    } else {
        "the value of the send is used"
    };
    Refusal::new("value-used", format!("{what}, so that the send cannot simply be left out"))
}
