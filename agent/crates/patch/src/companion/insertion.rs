//! Where a companion's text goes: after a statement or method, into a method or a listener.

use crate::TextEdit;
use crate::site::File;
use crate::syntax::{Node, arguments, indent_at, is, is_function, method_call, text};
use crate::types::parameters;
use crate::wrap::{insert, with_trailing_comment};

/// Puts a block where a name stands, at that line's depth.
pub(super) fn indented(template: &str, name: &str, block: &str) -> String {
    let depth = template
        .split('\n')
        .find(|line| line.contains(name))
        .map_or(0, |line| line.len() - line.trim_start_matches('\t').len());
    let deeper = block.replace('\n', &format!("\n{}", "\t".repeat(depth)));
    template.replace(name, &deeper)
}

pub(super) fn after_method(file: &File<'_>, method: &Node<'_>, text: &str) -> TextEdit {
    let source = file.tree.text();
    let indent = indent_at(source, method.range().start);
    let end = method.range().end;
    let newline = file.style().newline;
    insert(end, format!("{newline}{newline}{indent}{}", file.style().render(text, indent)))
}

/// Another statement behind this one; `None` where there is no room for two.
pub(super) fn after_statement(
    file: &File<'_>,
    statement: &Node<'_>,
    text: &str,
) -> Option<TextEdit> {
    let block = statement.parent().filter(|it| is(it, "statement_block") || is(it, "program"))?;
    let source = file.tree.text();
    let line = source[..statement.range().start].rsplit('\n').next().unwrap_or_default();
    if is(&block, "statement_block") && !line.trim().is_empty() {
        return None;
    }
    let indent = indent_at(source, statement.range().start);
    let end = with_trailing_comment(source, statement);
    Some(insert(
        end,
        format!("{}{indent}{}", file.style().newline, file.style().render(text, indent)),
    ))
}

/// At the start of a function's body.
pub(super) fn into_body(file: &File<'_>, function: &Node<'_>, text: &str) -> Option<TextEdit> {
    let body = function.field("body").filter(|it| is(it, "statement_block"))?;
    let indent = indent_at(file.tree.text(), function.range().start);
    let inner = format!("{indent}{}", file.style().unit);
    let newline = file.style().newline;
    let rendered = format!("{newline}{inner}{}", file.style().render(text, &inner));
    let at = body.range().start + 1;
    let inside = &file.tree.text()[at..body.range().end - 1];
    if inside.trim().is_empty() {
        let end = body.range().end - 1;
        return Some(TextEdit { start: at, end, text: format!("{rendered}{newline}{indent}") });
    }
    if !inside.contains('\n') {
        // A block on one line is opened up.
        let (start, end) = (at + inside.len() - inside.trim_start().len(), body.range().end - 1);
        let kept = file.tree.text()[start..end].trim_end();
        let text = format!("{rendered}{newline}{inner}{kept}{newline}{indent}");
        return Some(TextEdit { start: at, end, text });
    }
    if !inside.starts_with(['\n', '\r']) {
        let end = at + inside.len() - inside.trim_start().len();
        return Some(TextEdit { start: at, end, text: format!("{rendered}{newline}{inner}") });
    }
    Some(insert(at, rendered))
}

/// The function that a socket calls when it closes, where it is written inside this one.
pub(super) fn close_listener<'t>(within: &Node<'t>, socket: &str) -> Option<Node<'t>> {
    within.dfs().filter(|node| is(node, "call_expression")).find_map(|call| {
        let (object, method) = method_call(&call)?;
        let given = arguments(&call);
        let event = given.first().map(crate::imports::unquoted)?;
        let listens = ["on", "once", "addListener", "addEventListener"].contains(&method.as_str());
        let closes = listens && event == "close" && text(&object) == socket;
        let function = given.get(1).filter(|_| closes)?;
        let body = function.field("body").filter(|_| is_function(function))?;
        is(&body, "statement_block").then(|| function.clone())
    })
}

/// `@ConnectedSocket() client: WebSocket` without its decorator.
pub(super) fn bare_parameter(parameter: &Node<'_>) -> String {
    let written = text(parameter);
    match parameter.field("pattern") {
        Some(pattern) => {
            let from = pattern.range().start - parameter.range().start;
            written[from..].to_owned()
        }
        None => written,
    }
}

/// The name of a handler's socket; a handler without parameters gets the one that is wanted.
pub(super) fn peer_of(
    file: &File<'_>,
    handler: &Node<'_>,
    wanted: &Node<'_>,
    client: &str,
) -> Option<(String, Option<TextEdit>)> {
    match parameters(handler).into_iter().next() {
        Some(first) => (!first.name.is_empty()).then_some((first.name, None)),
        None => {
            let list = handler.field("parameters")?;
            let written = if file.tree.language.has_types() {
                bare_parameter(wanted)
            } else {
                client.to_owned()
            };
            Some((client.to_owned(), Some(insert(list.range().start + 1, written))))
        }
    }
}
