//! What a condition says about a socket's state.

use super::spelling;
use crate::syntax::{
    Node, arguments, bare, field_text, function_around, function_named, is, is_any, is_function,
    method_call, text, waits, within_function,
};
use crate::types::{Binding, binding_of, parameters};

/// A receiver, as conditions may name it.
pub(super) struct Socket {
    spelling: String,
}

impl Socket {
    pub(super) fn of(receiver: &Node<'_>) -> Self {
        Self { spelling: spelling(receiver) }
    }

    pub(super) fn named(name: String) -> Self {
        Self { spelling: name }
    }

    pub(super) fn is(&self, node: &Node<'_>) -> bool {
        spelling(node) == self.spelling
    }

    /// Whether this is the socket's `readyState`, or a constant that holds it.
    pub(super) fn state_is(&self, node: &Node<'_>) -> bool {
        let node = bare(node.clone());
        if is(&node, "identifier") {
            return match binding_of(&node) {
                Some(Binding::Value(value)) if still_true(&value, &node) => {
                    is(&value, "member_expression") && self.state_is(&value)
                }
                _ => false,
            };
        }
        spelling(&node) == format!("{}.readyState", self.spelling)
    }
}

/// Whether the condition's being `holds` proves the socket open.
pub(super) fn implies_open(condition: &Node<'_>, holds: bool, socket: &Socket) -> bool {
    implies(condition, holds, socket, 4)
}

fn implies(condition: &Node<'_>, holds: bool, socket: &Socket, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let condition = bare(condition.clone());
    match condition.kind().as_ref() {
        "unary_expression" if field_text(&condition, "operator").as_deref() == Some("!") => {
            condition
                .field("argument")
                .is_some_and(|inner| implies(&inner, !holds, socket, depth + 1))
        }
        "binary_expression" => binary(&condition, holds, socket, depth).unwrap_or(false),
        "call_expression" => asks_open(&condition, socket, depth) == Some(holds),
        "identifier" => match binding_of(&condition) {
            Some(Binding::Value(value)) if still_true(&value, &condition) => {
                implies(&value, holds, socket, depth)
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether nothing is awaited between a value and its use in the same function.
fn still_true(value: &Node<'_>, used: &Node<'_>) -> bool {
    let (Some(home), Some(place)) = (function_around(value), function_around(used)) else {
        return false;
    };
    let (from, to) = (value.range().end, used.range().start);
    home.range() == place.range()
        && !waits(&home).iter().any(|wait| (from..to).contains(&wait.range().start))
}

fn binary(condition: &Node<'_>, holds: bool, socket: &Socket, depth: usize) -> Option<bool> {
    let (left, right) = (condition.field("left")?, condition.field("right")?);
    let operator = field_text(condition, "operator")?;
    let sides = || [&left, &right].map(|side| implies(side, holds, socket, depth + 1));
    Some(match operator.as_str() {
        "&&" if holds => sides().contains(&true),
        "&&" => !sides().contains(&false),
        "||" if holds => !sides().contains(&false),
        "||" => sides().contains(&true),
        "===" | "==" => compared(&left, &right, socket)? == holds,
        "!==" | "!=" => compared(&left, &right, socket)? != holds,
        ">" | ">=" | "<" | "<=" => ordered(&left, &operator, &right, socket)? == holds,
        _ => false,
    })
}

/// `socket.readyState` against a state: whether that state is OPEN.
fn compared<'t>(left: &Node<'t>, right: &Node<'t>, socket: &Socket) -> Option<bool> {
    match (socket.state_is(left), socket.state_is(right)) {
        (true, _) => is_state(right),
        (_, true) => is_state(left),
        _ => None,
    }
}

/// `socket.readyState <= OPEN`: whether holding means that it is neither closing nor closed.
fn ordered(left: &Node<'_>, operator: &str, right: &Node<'_>, socket: &Socket) -> Option<bool> {
    if !socket.state_is(left) {
        return None;
    }
    let open = is_state(right)?;
    match (operator, open) {
        ("<=", true) | ("<", false) => Some(true),
        (">", true) | (">=", false) => Some(false),
        _ => None,
    }
}

/// Whether an expression is the state OPEN; `None` for what is no state of a socket.
pub(super) fn is_state(node: &Node<'_>) -> Option<bool> {
    let node = bare(node.clone());
    let written = text(&node).to_ascii_uppercase();
    let name = written.rsplit('.').next().unwrap_or_default();
    if written == "1" || (name.contains("OPEN") && !name.contains("NOT")) {
        return Some(true);
    }
    if ["2", "3"].contains(&written.as_str()) || name.contains("CLOS") {
        return Some(false);
    }
    if !is(&node, "identifier") {
        return None;
    }
    match binding_of(&node)? {
        Binding::Value(value) if is_any(&value, &["number", "member_expression"]) => {
            is_state(&value)
        }
        _ => None,
    }
}

/// `isOpen(socket)`, `this.isClosed(socket)`, `[2, 3].includes(socket.readyState)`: whether it says
/// "open" or "closed". A helper of this file is read; another's name is taken at its word.
fn asks_open(call: &Node<'_>, socket: &Socket, depth: usize) -> Option<bool> {
    let given = arguments(call);
    if let Some((list, method)) = method_call(call)
        && method == "includes"
        && is(&list, "array")
        && given.first().is_some_and(|state| socket.state_is(state))
    {
        let states: Vec<Option<bool>> = list.named_children().map(|it| is_state(&it)).collect();
        let all = |open: bool| !states.is_empty() && states.iter().all(|it| *it == Some(open));
        return if all(true) { Some(true) } else { all(false).then_some(false) };
    }
    let index = given.iter().position(|argument| socket.is(argument))?;
    match helper(call) {
        Some(function) => answer_of(&function, index, depth),
        None => said_by(&name_of(call)?),
    }
}

/// What a function of this file answers about the socket that it gets.
fn answer_of(function: &Node<'_>, index: usize, depth: usize) -> Option<bool> {
    let parameter = parameters(function).into_iter().nth(index)?;
    let socket = Socket::named(parameter.name);
    let body = function.field("body")?;
    let answer = if is(&body, "statement_block") {
        let mut returns = within_function(&body, "return_statement");
        let only = returns.pop().filter(|_| returns.is_empty())?;
        only.named_children().find(|it| !is(it, "comment"))?
    } else {
        body
    };
    if implies(&answer, true, &socket, depth) {
        return Some(true);
    }
    implies(&answer, false, &socket, depth).then_some(false)
}

/// A function that tells about one socket: `isOpen`, `(c) => c.readyState === 1`.
pub(super) fn tells_open(predicate: &Node<'_>) -> bool {
    let predicate = bare(predicate.clone());
    if is_function(&predicate) {
        return answer_of(&predicate, 0, 4) == Some(true);
    }
    let name = text(&predicate);
    let name = name.rsplit('.').next().unwrap_or_default().to_owned();
    match function_named(&predicate, &name) {
        Some(function) => answer_of(&function, 0, 4) == Some(true),
        None => said_by(&name) == Some(true),
    }
}

/// `assertOpen(socket);`: it throws where the socket is not.
pub(super) fn asserts_open(statement: &Node<'_>, socket: &Socket) -> bool {
    let call = statement.named_children().next().filter(|it| is(it, "call_expression"));
    let Some(call) = call.filter(|_| is(statement, "expression_statement")) else { return false };
    let Some(name) = name_of(&call) else { return false };
    let name = name.to_ascii_lowercase();
    let asserts = ["assert", "ensure", "require", "must"].iter().any(|it| name.starts_with(it));
    asserts && name.contains("open") && arguments(&call).iter().any(|it| socket.is(it))
}

fn name_of(call: &Node<'_>) -> Option<String> {
    let callee = text(&call.field("function")?);
    callee.rsplit('.').next().map(str::to_owned)
}

fn helper<'t>(call: &Node<'t>) -> Option<Node<'t>> {
    function_named(call, &name_of(call)?)
}

fn said_by(name: &str) -> Option<bool> {
    let name = name.to_ascii_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if any(&["clos", "dead", "gone", "disconnected", "stale"]) {
        return Some(false);
    }
    any(&["open", "ready", "alive", "connected", "cansend", "writable"]).then_some(true)
}
