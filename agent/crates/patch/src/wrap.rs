//! Putting a template's text around a slot, in the file's own style.

use crate::TextEdit;
use crate::slot::{Slot, SlotKind};
use crate::style::Style;
use crate::syntax::{Node, Tree, indent_at, is, is_any, line_start};

/// Edits that put `with` around the bytes of a slot; `$BODY` in it is what stands there.
pub(crate) fn wrap(
    tree: &Tree,
    style: &Style,
    slot: &Slot<'_>,
    last: &Node<'_>,
    with: &str,
) -> Vec<TextEdit> {
    let (before, after) = with.split_once("$BODY").unwrap_or((with, ""));
    let answer = if slot.owed { "\nreturn Promise.resolve();" } else { "" };
    let after = &format!("{after}{answer}");
    let depth = before.len() - before.trim_end_matches('\t').len();
    let text = tree.text();
    let start = slot.node.range().start;
    let end = with_trailing_comment(text, last);
    let base = indent_at(text, start_of_owner(slot)).to_owned();
    let mut edits = match slot.kind {
        SlotKind::Statement => vec![
            insert(start, style.render(before, &base)),
            insert(end, style.render(after, &base)),
        ],
        _ => braced(tree, style, slot, end, &base, before, after),
    };
    let levels = if slot.kind == SlotKind::Statement { depth } else { depth + 1 };
    let current = indent_at(text, start);
    let target = format!("{base}{}", style.unit.repeat(levels));
    let more = target.strip_prefix(current).unwrap_or_default();
    edits.extend(deeper(tree, &slot.node, start..end, more));
    edits.sort();
    edits
}

/// A slot without a block of its own gets one.
fn braced(
    tree: &Tree,
    style: &Style,
    slot: &Slot<'_>,
    end: usize,
    base: &str,
    before: &str,
    after: &str,
) -> Vec<TextEdit> {
    let text = tree.text();
    let start = slot.node.range().start;
    let inner = format!("{base}{}", style.unit);
    let newline = style.newline;
    let returned = if slot.owed && slot.kind == SlotKind::ArrowBody { "return " } else { "" };
    let head = format!("{newline}{inner}{}{returned}", style.render(before, &inner));
    let tail = format!("{}{newline}{base}", style.render(after, &inner));
    let gap = start - text[..start].trim_end().len();
    if slot.kind == SlotKind::OneLineBlock {
        let behind = text[end..].len() - text[end..].trim_start().len();
        return vec![
            TextEdit { start: start - gap, end: start, text: head },
            TextEdit { start: end, end: end + behind, text: tail },
        ];
    }
    let (from, brace) =
        if text[..start - gap].ends_with('(') { (start, "{") } else { (start - gap, " {") };
    let close = if slot.kind == SlotKind::ArrowBody { style.end() } else { "" };
    let behind = text[end..].len() - text[end..].trim_start().len();
    let rejoins = text[end + behind..].starts_with("else") && slot.kind == SlotKind::Braceless;
    let (to, space) = if rejoins { (end + behind, " ") } else { (end, "") };
    vec![
        TextEdit { start: from, end: start, text: format!("{brace}{head}") },
        TextEdit { start: end, end: to, text: format!("{close}{tail}}}{space}") },
    ]
}

/// The line of the owner decides the indent: of `if (x) HERE` and `() => HERE`, not of what is in it.
fn start_of_owner(slot: &Slot<'_>) -> usize {
    let start = slot.node.range().start;
    if slot.kind == SlotKind::Statement {
        return start;
    }
    let owner =
        slot.node.ancestors().find(|above| !is_any(above, &["statement_block", "else_clause"]));
    owner.map_or(start, |owner| owner.range().start)
}

/// A comment behind a statement on its last line belongs to it.
fn with_trailing_comment(text: &str, node: &Node<'_>) -> usize {
    let end = node.range().end;
    let comment = node.next().filter(|next| is(next, "comment"));
    let Some(comment) = comment.map(|comment| comment.range()) else { return end };
    let between = &text[end..comment.start];
    let rest = text[comment.end..].lines().next().unwrap_or_default();
    let beside = between.trim().is_empty() && !between.contains('\n') && rest.trim().is_empty();
    if beside { comment.end } else { end }
}

/// Moves the lines after the first as a block; what stands in a template literal stays.
fn deeper(
    tree: &Tree,
    node: &Node<'_>,
    range: std::ops::Range<usize>,
    more: &str,
) -> Vec<TextEdit> {
    if more.is_empty() {
        return Vec::new();
    }
    let text = tree.text();
    let parent = node.parent().unwrap_or_else(|| node.clone());
    let frozen: Vec<_> = parent
        .dfs()
        .filter(|inner| is_any(inner, &["template_string", "string"]))
        .map(|inner| inner.range())
        .collect();
    text[range.clone()]
        .match_indices('\n')
        .map(|(offset, _)| range.start + offset + 1)
        .filter(|at| !frozen.iter().any(|literal| literal.start < *at && *at < literal.end))
        .filter(|at| !text[*at..].lines().next().unwrap_or_default().trim().is_empty())
        .map(|at| {
            debug_assert_eq!(at, line_start(text, at));
            insert(at, more.to_owned())
        })
        .collect()
}

pub(crate) fn insert(at: usize, text: String) -> TextEdit {
    TextEdit { start: at, end: at, text }
}
