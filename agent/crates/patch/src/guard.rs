//! Whether the way to a call already proves that its socket is open.
//!
//! Walks from the call outwards and backwards. A check counts only when nothing is awaited between
//! it and the call: the socket may close meanwhile.

use crate::syntax::{
    Node, arguments, awaits, bare, call_given, field_text, is, is_any, is_function, method_call,
    promise_of_executor, same, text,
};

/// The line of the check that guards the call, from 1.
pub(crate) fn guard_of(call: &Node<'_>, receiver: &Node<'_>) -> Option<usize> {
    let socket = spelling(receiver);
    let mut node = call.clone();
    if arguments(call).iter().any(awaits) {
        return None;
    }
    while let Some(parent) = node.parent() {
        if let Some(line) = guarded_by(&parent, &node, &socket) {
            return Some(line);
        }
        if is_function(&parent) && !runs_at_once(&parent) {
            return None;
        }
        if goes_stale(&parent, &node) {
            return None;
        }
        if is_any(&parent, &["statement_block", "program", "switch_case"]) {
            match earlier_exit(&node, &socket) {
                Before::Guard(line) => return Some(line),
                Before::Await => return None,
                Before::Nothing => {}
            }
        }
        node = parent;
    }
    None
}

fn guarded_by(parent: &Node<'_>, node: &Node<'_>, socket: &str) -> Option<usize> {
    let condition = match parent.kind().as_ref() {
        "if_statement" | "ternary_expression" => parent.field("condition")?,
        "binary_expression" if field_text(parent, "operator").as_deref() == Some("&&") => {
            parent.field("left")?
        }
        _ => return None,
    };
    if same(&condition, node) {
        return None;
    }
    let holds = !parent.field("alternative").is_some_and(|other| same(&other, node));
    implies_open(&condition, holds, socket).then(|| condition.start_pos().line() + 1)
}

enum Before {
    Guard(usize),
    Await,
    Nothing,
}

fn earlier_exit(node: &Node<'_>, socket: &str) -> Before {
    let mut earlier = node.prev();
    while let Some(statement) = earlier {
        if let Some(condition) = exit_condition(&statement)
            && implies_open(&condition, false, socket)
        {
            return Before::Guard(condition.start_pos().line() + 1);
        }
        if awaits(&statement) {
            return Before::Await;
        }
        earlier = statement.prev();
    }
    Before::Nothing
}

/// `if (condition) return;` and its kin.
fn exit_condition<'t>(statement: &Node<'t>) -> Option<Node<'t>> {
    if !is(statement, "if_statement") || statement.field("alternative").is_some() {
        return None;
    }
    let consequence = statement.field("consequence")?;
    let last = if is(&consequence, "statement_block") {
        consequence.named_children().filter(|child| !is(child, "comment")).last()?
    } else {
        consequence
    };
    is_any(&last, &["return_statement", "continue_statement", "break_statement", "throw_statement"])
        .then(|| statement.field("condition"))
        .flatten()
}

/// Whether a function given to a call is over when that call is.
fn runs_at_once(function: &Node<'_>) -> bool {
    const AT_ONCE: &[&str] = &["forEach", "map", "filter", "flatMap", "some", "every"];
    if promise_of_executor(function).is_some() {
        return true;
    }
    call_given(function)
        .and_then(|(call, _)| method_call(&call))
        .is_some_and(|(_, method)| AT_ONCE.contains(&method.as_str()))
}

/// A loop that awaits anywhere returns to the call after the wait.
fn goes_stale(parent: &Node<'_>, node: &Node<'_>) -> bool {
    let repeats =
        is_any(parent, &["for_statement", "for_in_statement", "while_statement", "do_statement"]);
    repeats && parent.field("body").is_some_and(|body| same(&body, node)) && awaits(parent)
}

/// Whether the condition's being `holds` proves the socket open.
fn implies_open(condition: &Node<'_>, holds: bool, socket: &str) -> bool {
    let condition = bare(condition.clone());
    match condition.kind().as_ref() {
        "unary_expression" if field_text(&condition, "operator").as_deref() == Some("!") => {
            condition.field("argument").is_some_and(|inner| implies_open(&inner, !holds, socket))
        }
        "binary_expression" => binary_implies(&condition, holds, socket).unwrap_or(false),
        "call_expression" => asks_open(&condition, socket) == Some(holds),
        _ => false,
    }
}

fn binary_implies(condition: &Node<'_>, holds: bool, socket: &str) -> Option<bool> {
    let (left, right) = (condition.field("left")?, condition.field("right")?);
    let operator = field_text(condition, "operator")?;
    let sides = [&left, &right].map(|side| implies_open(side, holds, socket));
    Some(match operator.as_str() {
        "&&" if holds => sides[0] || sides[1],
        "&&" => sides[0] && sides[1],
        "||" if holds => sides[0] && sides[1],
        "||" => sides[0] || sides[1],
        "===" | "==" => compared(&left, &right, socket)? == holds,
        "!==" | "!=" => compared(&left, &right, socket)? != holds,
        ">" | ">=" => compared(&left, &right, socket).is_some_and(|open| !open && !holds),
        _ => false,
    })
}

/// `socket.readyState` against a state: whether that state is OPEN.
fn compared<'t>(left: &Node<'t>, right: &Node<'t>, socket: &str) -> Option<bool> {
    let ours = |side: &Node<'_>| spelling(side) == format!("{socket}.readyState");
    let state = match (ours(left), ours(right)) {
        (true, _) => right,
        (_, true) => left,
        _ => return None,
    };
    let written = text(&bare(state.clone())).to_ascii_uppercase();
    if written == "1" || written.ends_with("OPEN") {
        return Some(true);
    }
    let closed = ["2", "3"].contains(&written.as_str()) || written.contains("CLOS");
    closed.then_some(false)
}

/// `isOpen(socket)`, `this.isClosed(socket)`: a helper's name is taken at its word.
fn asks_open(call: &Node<'_>, socket: &str) -> Option<bool> {
    if !arguments(call).iter().any(|argument| spelling(argument) == socket) {
        return None;
    }
    let callee = text(&call.field("function")?).to_ascii_lowercase();
    let name = callee.rsplit('.').next().unwrap_or_default();
    match () {
        () if name.contains("clos") || name.contains("dead") => Some(false),
        () if name.contains("open") || name.contains("ready") || name.contains("alive") => {
            Some(true)
        }
        () => None,
    }
}

/// A receiver's text without what does not change its value.
pub(crate) fn spelling(node: &Node<'_>) -> String {
    text(&bare(node.clone())).replace("?.", ".").replace('!', "").split_whitespace().collect()
}
