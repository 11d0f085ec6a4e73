//! A socket that was taken from a collection of open ones only.

use super::condition::tells_open;
use super::{AT_ONCE, runs_at_once};
use crate::syntax::{
    Node, arguments, awaits, bare, call_given, function_around, is, is_any, is_function, line_of,
    method_call, waits,
};
use crate::types::{Binding, binding_of};

/// Chains such as `a.filter().slice().map()` end somewhere.
const STEPS: usize = 8;

/// The line of the filter that lets only open sockets through.
pub(super) fn only_open(call: &Node<'_>, receiver: &Node<'_>) -> Option<u32> {
    let receiver = bare(receiver.clone());
    if !is(&receiver, "identifier") {
        return None;
    }
    let (collection, inside) = match binding_of(&receiver)? {
        Binding::Element(of) => (of.clone(), of.ancestors().find(|it| is(it, "for_in_statement"))?),
        Binding::Argument { function, index: 0 } => {
            let (given, _) = call_given(&function)?;
            let (of, method) = method_call(&given)?;
            (AT_ONCE.contains(&method.as_str()).then_some(of)?, function)
        }
        // `const peer = peers.find(isOpen)`
        Binding::Value(value) => {
            let (_, method) = method_call(&value).filter(|_| is(&value, "call_expression"))?;
            let found = ["find", "findLast"].contains(&method.as_str());
            let predicate = arguments(&value).into_iter().next().filter(|_| found)?;
            let open = tells_open(&predicate) && !waits_between(&value, call);
            return open.then(|| line_of(&value));
        }
        _ => return None,
    };
    // What waits for one socket gives the next ones time to close.
    let body = inside.field("body")?;
    let in_loop = if is(&inside, "for_in_statement") {
        awaits(&body)
    } else {
        waits(&body).iter().any(|wait| wait.range().end <= call.range().start)
    };
    if in_loop || leaves_the_turn(call, &inside) {
        return None;
    }
    let filter = filter_of(&collection, STEPS)?;
    (!waits_between(&filter, call)).then(|| line_of(&filter))
}

/// Whether the call stands in a callback of its own, which may run later.
fn leaves_the_turn(call: &Node<'_>, inside: &Node<'_>) -> bool {
    call.ancestors()
        .take_while(|above| above.range() != inside.range())
        .any(|above| is_function(&above) && !runs_at_once(&above))
}

/// The `.filter(isOpen)` that a collection went through.
fn filter_of<'t>(collection: &Node<'t>, steps: usize) -> Option<Node<'t>> {
    let steps = steps.checked_sub(1)?;
    let collection = bare(collection.clone());
    match collection.kind().as_ref() {
        "call_expression" => {
            let (object, method) = method_call(&collection)?;
            if method == "filter" && arguments(&collection).first().is_some_and(tells_open) {
                return Some(collection);
            }
            let same = ["slice", "concat", "reverse", "filter", "values", "sort"];
            same.contains(&method.as_str()).then(|| filter_of(&object, steps)).flatten()
        }
        "array" => {
            let spread =
                collection.named_children().next().filter(|it| is(it, "spread_element"))?;
            filter_of(&spread.named_children().next()?, steps)
        }
        "identifier" => match binding_of(&collection)? {
            Binding::Value(value) if is_any(&value, &["call_expression", "array"]) => {
                filter_of(&value, steps)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether something is awaited after the filter, and before the call. In another function than
/// the call's the filter may be old.
fn waits_between(filter: &Node<'_>, call: &Node<'_>) -> bool {
    let Some(home) = function_around(filter) else { return true };
    let (from, to) = (filter.range().end, call.range().start);
    let same = home.range().start <= call.range().start && call.range().end <= home.range().end;
    !same || waits(&home).iter().any(|wait| (from..to).contains(&wait.range().start))
}
