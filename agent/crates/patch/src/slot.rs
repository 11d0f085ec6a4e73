//! Where a statement may stand around a call: the unit that a guard has to skip as a whole.

use crate::Refusal;
use crate::syntax::{
    Node, arguments, call_given, encloses, field_text, function_around, is, is_any, is_function,
    method_call, promise_of_executor, same, text,
};
use crate::types::parameters;

/// The smallest piece around a call that can be left out without leaving anything waiting.
#[derive(Clone)]
pub(crate) struct Slot<'t> {
    /// A statement, or the body of an expression arrow.
    pub(crate) node: Node<'t>,
    pub(crate) kind: SlotKind,
    pub(crate) owes: Owes,
}

/// What must still happen when the slot is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owes {
    Nothing,
    /// The caller gets a promise for nothing, and must get one.
    Promise,
    /// `return client.send(x)`: the function ends here.
    Return,
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
    /// `a && HERE`, `a ? HERE : b`: a condition, not a statement, can stand before it.
    Operand,
    /// `a || HERE`, where a condition needs parentheses.
    LooseOperand,
}

/// Climbs from a call to its slot, or says why its value cannot be left out.
pub(crate) fn slot_of<'t>(call: &Node<'t>) -> Result<Slot<'t>, Refusal> {
    let mut node = call.clone();
    let mut pending = if is_promisified(call) { Promise::Open } else { Promise::None };
    for _ in 0..64 {
        let Some(parent) = node.parent() else { break };
        match parent.kind().as_ref() {
            "expression_statement" => match executor_around(&parent)? {
                Some(promise) => (node, pending) = (promise, Promise::Open),
                None => return Ok(statement(parent)),
            },
            "await_expression" => {
                if pending == Promise::Open && !settles_for_nothing(&node) {
                    pending = Promise::Awaited;
                } else {
                    pending = Promise::None;
                }
                node = parent;
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
                None if pending != Promise::None => break,
                None => {
                    if executor_around(&parent)?.is_some() {
                        return Err(value_used(Promise::Open));
                    }
                    return Ok(slot(node, SlotKind::ArrowBody));
                }
            },
            "return_statement" if pending == Promise::None => match executor_around(&parent)? {
                Some(promise) => (node, pending) = (promise, Promise::Open),
                None => return Ok(returned(parent)),
            },
            "arguments" if pending == Promise::Open => return collected(&node, &parent),
            "binary_expression" | "ternary_expression" if pending == Promise::None => {
                return operand(node, &parent);
            }
            _ => break,
        }
    }
    if pending == Promise::Open
        && settles_for_nothing(&node)
        && let Some(parent) = node.parent()
        && executor_around(&parent)?.is_none()
    {
        let owed = |slot: Slot<'t>| Ok(Slot { owes: Owes::Promise, ..slot });
        match parent.kind().as_ref() {
            "return_statement" => return owed(statement(parent)),
            "arrow_function" => return owed(slot(node, SlotKind::ArrowBody)),
            _ => {}
        }
    }
    Err(value_used(pending))
}

fn slot(node: Node<'_>, kind: SlotKind) -> Slot<'_> {
    Slot { node, kind, owes: Owes::Nothing }
}

/// `return client.send(x)`: a send returns nothing, so that only the return has to stay.
fn returned(node: Node<'_>) -> Slot<'_> {
    let owes = if ends_its_function(&node) { Owes::Nothing } else { Owes::Return };
    Slot { owes, ..statement(node) }
}

/// Whether nothing of the function comes after this statement.
fn ends_its_function(statement: &Node<'_>) -> bool {
    let Some(block) = statement.parent().filter(|it| is(it, "statement_block")) else {
        return false;
    };
    let last = block.named_children().filter(|it| !is(it, "comment")).last();
    last.is_some_and(|last| same(&last, statement))
        && block.parent().is_some_and(|owner| is_function(&owner))
}

/// `waiting.push(new Promise<void>(…))`: one promise less is waited for.
fn collected<'t>(promise: &Node<'t>, list: &Node<'t>) -> Result<Slot<'t>, Refusal> {
    let push = list.parent().filter(|call| {
        arguments(call).len() == 1 && method_call(call).is_some_and(|(_, name)| name == "push")
    });
    let statement_around = push.and_then(|call| call.parent());
    match statement_around.filter(|it| is(it, "expression_statement")) {
        Some(around) if settles_for_nothing(promise) && executor_around(&around)?.is_none() => {
            Ok(statement(around))
        }
        _ => Err(value_used(Promise::Open)),
    }
}

/// A call that runs only under a condition of its own expression, whose value nobody uses.
fn operand<'t>(node: Node<'t>, parent: &Node<'t>) -> Result<Slot<'t>, Refusal> {
    let operator = field_text(parent, "operator");
    let kind = match (parent.kind().as_ref(), operator.as_deref()) {
        ("ternary_expression", _) => SlotKind::Operand,
        (_, Some("&&")) => SlotKind::Operand,
        (_, Some("||" | "??")) => SlotKind::LooseOperand,
        _ => return Err(value_used(Promise::None)),
    };
    let first = parent.field("left").or_else(|| parent.field("condition"));
    if first.is_some_and(|first| same(&first, &node)) {
        return Err(value_used(Promise::None));
    }
    let mut whole = parent.clone();
    while let Some(above) = whole.parent() {
        match above.kind().as_ref() {
            "parenthesized_expression" => whole = above,
            "binary_expression" | "ternary_expression" => {
                let decides = above.field("left").or_else(|| above.field("condition"));
                if decides.is_some_and(|decides| same(&decides, &whole)) {
                    return Err(value_used(Promise::None));
                }
                whole = above;
            }
            "expression_statement" | "arrow_function" => {
                return match executor_around(&whole)? {
                    Some(_) => Err(value_used(Promise::Open)),
                    None => Ok(slot(node, kind)),
                };
            }
            _ => break,
        }
    }
    Err(value_used(Promise::None))
}

/// `promisify(client.send.bind(client))(…)` answers with a promise for nothing.
fn is_promisified(call: &Node<'_>) -> bool {
    call.field("function").is_some_and(|callee| {
        is(&callee, "call_expression")
            || method_call(call).is_some_and(|(object, _)| is(&object, "call_expression"))
                && callee.text().contains("promisify")
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Promise {
    None,
    /// A promise that somebody outside may be waiting for.
    Open,
    /// What an awaited promise was settled with, where that may be something.
    Awaited,
}

/// Whether this is `new Promise<void>(…)`, by its own words or by those of the function around it.
fn settles_for_nothing(node: &Node<'_>) -> bool {
    if is(node, "call_expression") && is_promisified(node) {
        return true;
    }
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
    slot(node, kind)
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
    let what = match pending {
        Promise::Open => "the promise around the send is handed on, and somebody may wait for it",
        Promise::Awaited => "what the promise around the send is settled with is used",
        Promise::None => "the value of the send is used",
    };
    Refusal::new("value-used", format!("{what}, so that the send cannot simply be left out"))
}
