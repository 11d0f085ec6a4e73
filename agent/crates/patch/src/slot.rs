//! Where a statement may stand around a call: the unit that a guard has to skip as a whole.

use crate::Refusal;
use crate::syntax::{
    Node, call_given, field_text, is, is_any, is_function, promise_of_executor, text,
};

/// The smallest piece around a call that can be left out without leaving anything waiting.
#[derive(Clone)]
pub(crate) struct Slot<'t> {
    /// A statement, or the body of an expression arrow.
    pub(crate) node: Node<'t>,
    pub(crate) kind: SlotKind,
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
                    executor_around(&parent)?;
                    return Ok(Slot { node, kind: SlotKind::ArrowBody });
                }
            },
            _ => break,
        }
    }
    Err(value_used(&node, pending))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Promise {
    None,
    /// A promise that somebody outside may be waiting for.
    Open,
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
    Slot { node, kind }
}

/// The promise whose executor runs this node directly. A callback inside an executor is refused:
/// what it skips may be what settles the promise.
fn executor_around<'t>(node: &Node<'t>) -> Result<Option<Node<'t>>, Refusal> {
    for (depth, function) in node.ancestors().filter(is_function).enumerate() {
        match promise_of_executor(&function) {
            Some(promise) if depth == 0 => return Ok(Some(promise)),
            Some(promise) => return Err(value_used(&promise, Promise::Open)),
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

fn value_used(node: &Node<'_>, pending: Promise) -> Refusal {
    let line = node.start_pos().line() + 1;
    let what = if pending == Promise::Open {
        "the promise around the send is handed on, and somebody may wait for it"
    } else {
        "the value of the send is used"
    };
    Refusal::new(
        "value-used",
        format!("line {line}: {what}, so that the send cannot simply be left out"),
    )
}
