//! Changes to what a patch removes from a collection.

use super::{Change, Page};
use crate::syntax::{Node, arguments, is, method_call, text};

/// The removal left out, and another element removed instead.
pub(super) fn changes(page: &Page<'_>, node: &Node<'_>) -> Vec<Change> {
    let alone = node.parent().is_some_and(|parent| is(&parent, "expression_statement"));
    if !is(node, "call_expression") || !alone {
        return Vec::new();
    }
    let Some((object, method)) = method_call(node) else { return Vec::new() };
    let given: Vec<String> = arguments(node).iter().map(text).collect();
    let nothing = if page.tree.language.has_types() { "undefined as never" } else { "undefined" };
    let other = match (method.as_str(), given.as_slice()) {
        ("delete", [_]) => format!("{}.delete({nothing})", text(&object)),
        ("splice", [index, rest @ ..]) => {
            let rest: String = rest.iter().map(|it| format!(", {it}")).collect();
            format!("{}.splice({index} + 1{rest})", text(&object))
        }
        _ => return Vec::new(),
    };
    vec![Change::to(node, "void 0", "left out"), Change::to(node, other, "removes another one")]
}
