//! Adding an entry to a list of names: an `implements` clause, an import.

use crate::TextEdit;
use crate::imports::unquoted;
use crate::site::File;
use crate::syntax::{Node, indent_at, is, is_any, text};
use crate::wrap::insert;

/// Adds to the `implements` list, or starts one.
pub(crate) fn implement(class: &Node<'_>, item: &str) -> Option<TextEdit> {
    let heritage = class.named_children().find(|child| is(child, "class_heritage"));
    let clause = heritage
        .as_ref()
        .and_then(|it| it.named_children().find(|child| is(child, "implements_clause")));
    if let Some(clause) = clause {
        let listed: Vec<_> = clause.named_children().collect();
        if listed.iter().any(|entry| text(entry) == item) {
            return None;
        }
        return Some(insert(listed.last()?.range().end, format!(", {item}")));
    }
    let before =
        heritage.or_else(|| class.field("type_parameters")).or_else(|| class.field("name"))?;
    Some(insert(before.range().end, format!(" implements {item}")))
}

/// Adds a name to an import of that module, or a whole import after the last one.
pub(crate) fn imported(file: &File<'_>, name: &str, from: &str) -> Option<TextEdit> {
    if file.types.imports.iter().any(|it| it.local == name && it.module == from) {
        return None;
    }
    let statements: Vec<_> =
        file.tree.root().named_children().filter(|it| is(it, "import_statement")).collect();
    let list = statements
        .iter()
        .filter(|it| it.field("source").is_some_and(|source| unquoted(&source) == from))
        .filter(|it| !it.children().any(|child| is(&child, "type")))
        .find_map(|it| it.dfs().find(|node| is(node, "named_imports")));
    if let Some(list) = list {
        return add_specifier(file, &list, name);
    }
    let quote = file.style().quote;
    let line = format!("import {{ {name} }} from {quote}{from}{quote}{}", file.style().end());
    Some(match statements.last() {
        Some(last) => insert(last.range().end, format!("{}{line}", file.style().newline)),
        None => {
            let start = file
                .tree
                .root()
                .named_children()
                .find(|it| !is_any(it, &["comment", "hash_bang_line"]));
            insert(start?.range().start, format!("{line}{}", file.style().newline))
        }
    })
}

fn add_specifier(file: &File<'_>, list: &Node<'_>, name: &str) -> Option<TextEdit> {
    let listed: Vec<_> = list.named_children().filter(|it| is(it, "import_specifier")).collect();
    // A sorted list stays sorted.
    let sorted = listed.is_sorted_by_key(text);
    let place = listed.iter().rev().find(|it| !sorted || text(it).as_str() < name);
    let Some(last) = place else {
        let Some(first) = listed.first() else {
            return Some(insert(list.range().start + 1, format!(" {name} ")));
        };
        return Some(insert(first.range().start, format!("{name}, ")));
    };
    let source = file.tree.text();
    let many_lines = text(list).contains('\n');
    let separator = if many_lines {
        format!("{}{}", file.style().newline, indent_at(source, last.range().start))
    } else {
        " ".into()
    };
    // A trailing comma stays the last one.
    Some(insert(last.range().end, format!(",{separator}{name}")))
}
