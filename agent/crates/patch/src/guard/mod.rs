//! Whether the way to a call already proves that its socket is open.
//!
//! Walks from the call outwards and backwards. A check counts only when nothing is awaited between
//! it and the call: the socket may close meanwhile.

mod callers;
mod condition;
mod filtered;

use crate::syntax::{
    Node, arguments, awaits, bare, call_given, field_text, is, is_any, is_function, line_of,
    method_call, promise_of_executor, same, text,
};
use condition::{Socket, implies_open, is_state};

/// The line of the check that guards the call, from 1.
pub(crate) fn guard_of(call: &Node<'_>, receiver: &Node<'_>) -> Option<u32> {
    if arguments(call).iter().any(awaits) {
        return None;
    }
    let socket = Socket::of(receiver);
    on_the_way(call, &socket)
        .or_else(|| filtered::only_open(call, receiver))
        .or_else(|| callers::every_caller_checks(call, receiver))
}

/// Guards between the call and the function that runs it.
fn on_the_way(call: &Node<'_>, socket: &Socket) -> Option<u32> {
    let mut node = call.clone();
    while let Some(parent) = node.parent() {
        if let Some(line) = guarded_by(&parent, &node, socket) {
            return Some(line);
        }
        if is_function(&parent) && !runs_at_once(&parent) {
            return None;
        }
        if goes_stale(&parent, &node) {
            return None;
        }
        if is_any(&parent, &["statement_block", "program", "switch_case", "switch_default"]) {
            match earlier_exit(&node, socket) {
                Before::Guard(line) => return Some(line),
                Before::Await => return None,
                Before::Nothing => {}
            }
        }
        node = parent;
    }
    None
}

fn guarded_by(parent: &Node<'_>, node: &Node<'_>, socket: &Socket) -> Option<u32> {
    let (condition, holds) = match parent.kind().as_ref() {
        "if_statement" | "ternary_expression" => {
            let otherwise = parent.field("alternative").is_some_and(|other| same(&other, node));
            (parent.field("condition")?, !otherwise)
        }
        "while_statement" | "for_statement" => (parent.field("condition")?, true),
        "binary_expression" => match field_text(parent, "operator").as_deref() {
            Some("&&") => (parent.field("left")?, true),
            Some("||") => (parent.field("left")?, false),
            _ => return None,
        },
        "switch_case" => return case_of(parent, node, socket),
        _ => return None,
    };
    if same(&condition, node) {
        return None;
    }
    implies_open(&condition, holds, socket).then(|| line_of(&condition))
}

/// `switch (socket.readyState) { case WebSocket.OPEN: HERE`
fn case_of(case: &Node<'_>, node: &Node<'_>, socket: &Socket) -> Option<u32> {
    let value = case.field("value").filter(|value| !same(value, node))?;
    let whole = case.ancestors().find(|above| is(above, "switch_statement"))?;
    let asked = bare(whole.field("value")?);
    // A case that the one before falls into may be another state's too.
    let first = case.prev().is_none_or(|before| {
        !is(&before, "switch_case") || before.named_children().any(|it| leaves(&it))
    });
    let open = socket.state_is(&asked) && is_state(&value) == Some(true) && first;
    open.then(|| line_of(&value))
}

enum Before {
    Guard(u32),
    Await,
    Nothing,
}

fn earlier_exit(node: &Node<'_>, socket: &Socket) -> Before {
    let mut earlier = node.prev();
    while let Some(statement) = earlier {
        if let Some(condition) = exit_condition(&statement)
            && implies_open(&condition, false, socket)
        {
            return Before::Guard(line_of(&condition));
        }
        if condition::asserts_open(&statement, socket) {
            return Before::Guard(line_of(&statement));
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
    leaves(&last).then(|| statement.field("condition")).flatten()
}

/// Whether what follows this statement does not run after it.
fn leaves(statement: &Node<'_>) -> bool {
    const LEAVING: &[&str] =
        &["return_statement", "continue_statement", "break_statement", "throw_statement"];
    is_any(statement, LEAVING)
}

/// Whether a function given to a call is over when that call is.
fn runs_at_once(function: &Node<'_>) -> bool {
    if promise_of_executor(function).is_some() {
        return true;
    }
    call_given(function)
        .and_then(|(call, _)| method_call(&call))
        .is_some_and(|(_, method)| AT_ONCE.contains(&method.as_str()))
}

/// Methods that call what they are given for each element before they return.
const AT_ONCE: &[&str] = &["forEach", "map", "filter", "flatMap", "some", "every", "reduce"];

/// A loop that awaits anywhere returns to the call after the wait.
fn goes_stale(parent: &Node<'_>, node: &Node<'_>) -> bool {
    let repeats =
        is_any(parent, &["for_statement", "for_in_statement", "while_statement", "do_statement"]);
    repeats && parent.field("body").is_some_and(|body| same(&body, node)) && awaits(parent)
}

/// A receiver's text without what does not change its value.
pub(crate) fn spelling(node: &Node<'_>) -> String {
    let node = bare(node.clone());
    let below = |field: &str| node.field(field).map(|it| spelling(&it));
    match node.kind().as_ref() {
        "member_expression" => {
            format!(
                "{}.{}",
                below("object").unwrap_or_default(),
                below("property").unwrap_or_default()
            )
        }
        "subscript_expression" => {
            format!(
                "{}[{}]",
                below("object").unwrap_or_default(),
                below("index").unwrap_or_default()
            )
        }
        _ => text(&node).replace("?.", ".").split_whitespace().collect(),
    }
}
