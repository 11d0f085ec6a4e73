//! Putting a template's text around a slot, in the file's own style.

use crate::slot::{Owes, Slot, SlotKind};
use crate::style::Style;
use crate::syntax::{Node, Tree, indent_at, is, is_any, line_start, same};
use crate::{Refusal, TextEdit};

/// Edits that put `with` around the bytes of a slot; `$BODY` in it is what stands there.
pub(crate) fn wrap<'t>(
    tree: &Tree,
    style: &Style,
    slot: &Slot<'t>,
    last: &Node<'t>,
    with: &str,
) -> Result<Vec<TextEdit>, Refusal> {
    let (before, after) = with.split_once("$BODY").unwrap_or((with, ""));
    if matches!(slot.kind, SlotKind::Operand | SlotKind::LooseOperand) {
        return conjoined(slot, before);
    }
    if slot.owes == Owes::Nothing
        && after.trim() == "}"
        && let Some(condition) = condition_around(slot, last)
        && let Some(asked) = condition_of(before)
    {
        return Ok(conjoined_with(&condition, asked));
    }
    let answer = match slot.owes {
        Owes::Nothing => "",
        Owes::Promise => "\nreturn Promise.resolve();",
        Owes::Return => "\nreturn;",
    };
    let after = &format!("{after}{answer}");
    let depth = before.len() - before.trim_end_matches('\t').len();
    let text = tree.text();
    let start = slot.node.range().start;
    let end = with_trailing_comment(text, last);
    let base = indent_at(text, start_of_owner(slot)).to_owned();
    let joins_else = slot.kind == SlotKind::Braceless
        && before.starts_with("if (")
        && after.trim() == "}"
        && slot.node.parent().is_some_and(|it| is(&it, "else_clause"));
    let mut edits = match slot.kind {
        SlotKind::Statement => vec![
            insert(start, style.render(before, &base)),
            insert(end, style.render(after, &base)),
        ],
        // `else if (…) {` needs no block of its own.
        _ if joins_else => {
            let gap = start - text[..start].trim_end().len();
            let head = format!(" {}", style.render(before, &base));
            vec![
                TextEdit { start: start - gap, end: start, text: head },
                insert(end, style.render(after, &base)),
            ]
        }
        _ => braced(tree, style, slot, end, &base, before, after),
    };
    let own_block = slot.kind != SlotKind::Statement && !joins_else;
    let levels = if own_block { depth + 1 } else { depth };
    let current = indent_at(text, start);
    let target = format!("{base}{}", style.unit.repeat(levels));
    let more = target.strip_prefix(current).unwrap_or_default();
    edits.extend(deeper(tree, &slot.node, start..end, more));
    if slot.owes != Owes::Promise {
        edits.extend(unreturned(&slot.node));
    }
    edits.sort();
    Ok(edits)
}

/// What the `if` that opens a template's text asks.
fn condition_of(before: &str) -> Option<&str> {
    before.strip_prefix("if (")?.trim_end().strip_suffix(") {").filter(|it| !it.contains('\n'))
}

/// The condition of an `if` without `else` that holds nothing but the slot: it asks one thing more.
fn condition_around<'t>(slot: &Slot<'t>, last: &Node<'t>) -> Option<Node<'t>> {
    if !same(&slot.node, last) || !is(&slot.node, "expression_statement") {
        return None;
    }
    let parent = slot.node.parent()?;
    let alone = is(&parent, "statement_block") && parent.named_children().count() == 1;
    let owner = if alone { parent.parent()? } else { parent };
    let plain = is(&owner, "if_statement") && owner.field("alternative").is_none();
    let condition = owner.field("condition").filter(|_| plain)?;
    condition.named_children().next().filter(|_| condition.named_children().count() == 1)
}

fn conjoined_with(condition: &Node<'_>, asked: &str) -> Vec<TextEdit> {
    let range = condition.range();
    let operator = crate::syntax::field_text(condition, "operator");
    let loose = is_any(
        condition,
        &["ternary_expression", "assignment_expression", "sequence_expression", "arrow_function"],
    ) || (is(condition, "binary_expression")
        && ["||", "??"].contains(&operator.as_deref().unwrap_or_default()));
    if loose {
        return vec![
            insert(range.start, "(".to_owned()),
            insert(range.end, format!(") && {asked}")),
        ];
    }
    vec![insert(range.end, format!(" && {asked}"))]
}

/// Inside an expression the condition of an `if` becomes one more operand.
fn conjoined(slot: &Slot<'_>, before: &str) -> Result<Vec<TextEdit>, Refusal> {
    let condition = condition_of(before).ok_or_else(|| {
        Refusal::new(
            "no-room",
            "the call is part of an expression, and what goes before it is a statement",
        )
    })?;
    let range = slot.node.range();
    Ok(match slot.kind {
        SlotKind::LooseOperand => vec![
            insert(range.start, format!("({condition} && ")),
            insert(range.end, ")".to_owned()),
        ],
        _ => vec![insert(range.start, format!("{condition} && "))],
    })
}

/// A send returns nothing: the `return` before it moves behind the guard, or the function ends
/// there anyway.
fn unreturned(node: &Node<'_>) -> Option<TextEdit> {
    let value = node.named_children().find(|child| !is(child, "comment"))?;
    let (start, end) = (node.range().start, value.range().start);
    let bare = is(node, "return_statement") && node.text()[..end - start].trim() == "return";
    bare.then(|| TextEdit { start, end, text: String::new() })
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
    let answers = slot.owes == Owes::Promise && slot.kind == SlotKind::ArrowBody;
    let returned = if answers { "return " } else { "" };
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
pub(crate) fn with_trailing_comment(text: &str, node: &Node<'_>) -> usize {
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
