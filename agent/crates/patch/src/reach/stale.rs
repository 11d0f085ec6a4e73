//! Why a socket may have closed between the moment somebody got hold of it and a send to it. A
//! socket in the hands of its own event handler is open; everybody else's may not be.

use super::origin::holder_of;
use crate::site::{File, Site, name_of_function};
use crate::syntax::{
    Node, arguments, bare, call_given, encloses, field_text, is, is_any, is_function, method_call,
    promise_of_executor, text, within_function,
};
use crate::types::parameters;

/// Events that a socket emits while it is open.
const WHILE_OPEN: &[&str] = &["open", "message", "ping", "pong"];
/// Callbacks that run before the call returns.
const AT_ONCE: &[&str] =
    &["forEach", "map", "filter", "flatMap", "some", "every", "find", "reduce", "sort"];

/// Functions that hand a socket on to one another, in one file.
const CALLERS: usize = 4;

/// In words that follow "may have closed by then: ".
pub(crate) fn why_stale<'t>(file: &File<'t>, site: &Site<'t>) -> Option<String> {
    stale_at(file, &site.receiver, &site.call, CALLERS)
}

/// Why `socket`, an expression, may be stale where `at` runs.
fn stale_at<'t>(
    file: &File<'t>,
    socket: &Node<'t>,
    at: &Node<'t>,
    callers: usize,
) -> Option<String> {
    if let Some(collection) = holder_of(socket) {
        return Some(format!("`{}` holds it until somebody takes it out", text(&collection)));
    }
    let socket = bare(socket.clone());
    let name = text(&socket);
    let functions: Vec<Node<'t>> = at.ancestors().filter(is_function).collect();
    if is(&socket, "member_expression") {
        let own = functions.iter().any(|it| hears(it, &name));
        return (!own).then(|| format!("`{name}` keeps it"));
    }
    if !is(&socket, "identifier") {
        return None;
    }
    for function in functions {
        if awaits_before(&function, at) {
            return Some("the function waits for something else before it sends".to_owned());
        }
        if hears(&function, &name) {
            return None;
        }
        if binds(&function, &name) {
            return handed_on(file, &function, &name, callers);
        }
        if !is_at_once(&function) {
            return Some("the function runs later than the one that got the socket".to_owned());
        }
    }
    None
}

/// Whether the function itself awaits something that ends before `at` begins.
fn awaits_before(function: &Node<'_>, at: &Node<'_>) -> bool {
    let Some(body) = function.field("body") else { return false };
    within_function(&body, "await_expression")
        .iter()
        .any(|wait| wait.range().end <= at.range().start && !encloses(wait, at))
}

/// Why a parameter may be stale: one of the calls in the same file passes such a socket.
fn handed_on<'t>(
    file: &File<'t>,
    function: &Node<'t>,
    parameter: &str,
    callers: usize,
) -> Option<String> {
    let callers = callers.checked_sub(1)?;
    let index = parameters(function).iter().position(|it| it.name == parameter)?;
    let name = name_of_function(function)?;
    let root = file.tree.root();
    let calls = root.dfs().filter(|node| is(node, "call_expression"));
    calls.filter(|call| calls_by_name(call, &name)).find_map(|call| {
        let argument = arguments(&call).into_iter().nth(index)?;
        stale_at(file, &argument, &call, callers)
    })
}

/// `name(…)` or `this.name(…)`.
fn calls_by_name(call: &Node<'_>, name: &str) -> bool {
    match method_call(call) {
        Some((object, method)) => is(&object, "this") && method == name,
        None => field_text(call, "function").as_deref() == Some(name),
    }
}

/// Whether the function is a listener of the socket's own events: `ws.on('message', …)`.
fn hears(function: &Node<'_>, socket: &str) -> bool {
    let Some((call, _)) = call_given(function) else { return false };
    let Some((object, method)) = method_call(&call) else { return false };
    let listens = ["on", "once", "addListener", "addEventListener"].contains(&method.as_str());
    let event = arguments(&call).first().map(text).unwrap_or_default();
    let event = event.trim_matches(['\'', '"', '`']);
    listens && text(&bare(object)) == socket && WHILE_OPEN.contains(&event)
}

fn is_at_once(function: &Node<'_>) -> bool {
    if promise_of_executor(function).is_some() {
        return true;
    }
    let called = call_given(function).and_then(|(call, _)| method_call(&call));
    called.is_some_and(|(_, method)| AT_ONCE.contains(&method.as_str()))
}

/// Whether the function itself brings the name in: as a parameter, or by a declaration in it.
fn binds(function: &Node<'_>, name: &str) -> bool {
    if parameters(function).iter().any(|parameter| parameter.name == name) {
        return true;
    }
    let Some(body) = function.field("body") else { return false };
    body.dfs()
        .filter(|node| is_any(node, &["variable_declarator", "for_in_statement"]))
        .filter(|node| encloses(function, node))
        .any(|node| {
            let declared = field_text(&node, "name").or_else(|| field_text(&node, "left"));
            declared.as_deref() == Some(name)
        })
}
