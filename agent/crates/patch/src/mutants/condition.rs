//! Changes to the conditions that a patch wrote.

use super::{Change, Page};
use crate::syntax::{Node, bare, field_text, is, is_any, is_function, text};

/// The states of a socket, by their numbers.
const STATES: [&str; 4] = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];
const LOOPS: [&str; 5] =
    ["for_statement", "for_in_statement", "while_statement", "do_statement", "switch_statement"];

/// The changes to one comparison, and with the first of a condition those to the whole.
pub(super) fn changes<'t>(page: &Page<'t>, node: &Node<'t>) -> Vec<Change> {
    if !is_comparison(node) {
        return Vec::new();
    }
    let whole = whole(page, node);
    let comparisons: Vec<Node<'t>> = whole.dfs().filter(is_comparison).collect();
    let mut changes = Vec::new();
    if comparisons.first().is_some_and(|first| first.range() == node.range()) {
        changes.push(Change::to(&whole, format!("!({})", text(&whole)), "negated"));
        changes.push(Change::to(&whole, "true", "always true"));
        changes.push(Change::to(&whole, "false", "always false"));
        changes.extend(ends_the_loop(&whole));
    }
    if comparisons.len() > 1 {
        let neutral = if joined_by_or(node) { "false" } else { "true" };
        changes.push(Change::to(node, neutral, "left out"));
    }
    changes.extend(other_states(node, &comparisons));
    changes
}

fn is_comparison(node: &Node<'_>) -> bool {
    let compares = |operator: String| {
        ["===", "!==", "==", "!=", "<", ">", "<=", ">="].contains(&operator.as_str())
    };
    is(node, "binary_expression") && field_text(node, "operator").is_some_and(compares)
}

/// The largest part of the condition around a comparison that the patch wrote.
fn whole<'t>(page: &Page<'t>, node: &Node<'t>) -> Node<'t> {
    let mut whole = node.clone();
    while let Some(parent) = whole.parent() {
        let logic = is_any(&parent, &["binary_expression", "unary_expression"])
            || (is(&parent, "parenthesized_expression") && parent.parent().is_some_and(is_logic));
        if !logic || !page.wrote(&parent) {
            break;
        }
        whole = parent;
    }
    whole
}

fn is_logic(node: Node<'_>) -> bool {
    is_any(&node, &["binary_expression", "unary_expression"])
}

fn joined_by_or(node: &Node<'_>) -> bool {
    let parent = node.ancestors().find(|above| !is(above, "parenthesized_expression"));
    parent.and_then(|parent| field_text(&parent, "operator")).is_some_and(|it| it == "||")
}

/// The same question for another state, where no other comparison asks for that one.
fn other_states<'t>(node: &Node<'t>, comparisons: &[Node<'t>]) -> Vec<Change> {
    let Some((place, state)) = asked(node) else { return Vec::new() };
    let taken: Vec<&str> = comparisons.iter().filter_map(|it| Some(asked(it)?.1)).collect();
    let others = STATES.iter().filter(|other| **other != state && !taken.contains(other));
    others
        .filter_map(|other| {
            let number = STATES.iter().position(|it| it == other)?;
            let with = if is(&place, "number") { number.to_string() } else { (*other).to_owned() };
            let written = text(node);
            let at = place.range().start - node.range().start;
            let to = place.range().end - node.range().start;
            let with = format!("{}{with}{}", &written[..at], &written[to..]);
            Some(Change::to(node, with, &format!("asks for {other}")))
        })
        .collect()
}

/// Where a comparison of `readyState` names a state, and which.
fn asked<'t>(node: &Node<'t>) -> Option<(Node<'t>, &'static str)> {
    let sides = [node.field("left")?, node.field("right")?].map(bare);
    if !sides.iter().any(|side| text(side).ends_with("readyState")) {
        return None;
    }
    sides.into_iter().find_map(|side| {
        let name = side.field("property").unwrap_or(side);
        let written = text(&name);
        let state = STATES.iter().find(|state| **state == written);
        let number = || STATES.get(written.parse::<usize>().ok()?);
        let state = state.or_else(number)?;
        Some((name, *state))
    })
}

/// One socket that is not open keeps the others from their message: what a guard around or outside
/// the loop would do.
fn ends_the_loop(whole: &Node<'_>) -> Option<Change> {
    let choice = whole.ancestors().find(|above| !is(above, "parenthesized_expression"))?;
    if !is(&choice, "if_statement") || choice.field("alternative").is_some() {
        return None;
    }
    let around = choice.ancestors().find(|above| is_any(above, &LOOPS) || is_function(above))?;
    if is_function(&around) || is(&around, "switch_statement") {
        return None;
    }
    let change = Change::to(whole, "", "ends the loop where it does not hold");
    let end = choice.range().end;
    Some(Change { range: end..end, with: " else break;".to_owned(), ..change })
}
