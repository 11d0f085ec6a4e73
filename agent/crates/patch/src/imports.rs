//! What a file's names are bound to at its top: imports and requires.

use crate::syntax::{Node, Tree, bare, field_text, is, is_any, text};

/// One imported name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) local: String,
    pub(crate) module: String,
    pub(crate) what: Imported,
    /// Erased by the compiler: not there at run time.
    pub(crate) type_only: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Imported {
    /// `import x from`
    Default,
    /// `const x = require()`, `import x = require()`: the module itself.
    Whole,
    /// `import * as x from`
    Namespace,
    /// `import { Name as x }`, `const { Name: x } = require()`, `require().Name`
    Named(String),
}

pub(crate) fn imports_of(tree: &Tree) -> Vec<Import> {
    let mut found = Vec::new();
    for statement in tree.root().named_children() {
        match statement.kind().as_ref() {
            "import_statement" => imported(&statement, &mut found),
            "lexical_declaration" | "variable_declaration" => required(&statement, &mut found),
            _ => {}
        }
    }
    found
}

/// A string literal's contents.
pub(crate) fn unquoted(node: &Node<'_>) -> String {
    text(node).trim_matches(['\'', '"', '`']).to_owned()
}

fn has_type_word(node: &Node<'_>) -> bool {
    node.children().any(|child| is(&child, "type"))
}

fn imported(statement: &Node<'_>, found: &mut Vec<Import>) {
    let erased = has_type_word(statement);
    for clause in statement.named_children() {
        if is(&clause, "import_require_clause") {
            let name = clause.named_children().find(|child| is(child, "identifier"));
            if let (Some(name), Some(source)) = (name, clause.field("source")) {
                found.push(import(&name, &unquoted(&source), Imported::Whole, erased));
            }
        }
        let Some(source) = statement.field("source") else { continue };
        let module = unquoted(&source);
        if !is(&clause, "import_clause") {
            continue;
        }
        for part in clause.named_children() {
            match part.kind().as_ref() {
                "identifier" => found.push(import(&part, &module, Imported::Default, erased)),
                "namespace_import" => {
                    if let Some(name) = part.named_children().next() {
                        found.push(import(&name, &module, Imported::Namespace, erased));
                    }
                }
                "named_imports" => {
                    for specifier in part.named_children() {
                        found.extend(specified(&specifier, &module, erased));
                    }
                }
                _ => {}
            }
        }
    }
}

fn import(local: &Node<'_>, module: &str, what: Imported, type_only: bool) -> Import {
    Import { local: text(local), module: module.to_owned(), what, type_only }
}

fn specified(specifier: &Node<'_>, module: &str, erased: bool) -> Option<Import> {
    let name = specifier.field("name")?;
    let local = specifier.field("alias").unwrap_or_else(|| name.clone());
    let what = match text(&name).as_str() {
        "default" => Imported::Default,
        other => Imported::Named(other.to_owned()),
    };
    Some(import(&local, module, what, erased || has_type_word(specifier)))
}

fn required(statement: &Node<'_>, found: &mut Vec<Import>) {
    for declarator in statement.named_children() {
        let (Some(name), Some(value)) = (declarator.field("name"), declarator.field("value"))
        else {
            continue;
        };
        let value = bare(value);
        let member = is(&value, "member_expression").then(|| field_text(&value, "property"));
        let call = if member.is_some() { value.field("object") } else { Some(value) };
        let Some(module) = call.and_then(|call| required_module(&call)) else { continue };
        match (name.kind().as_ref(), member.flatten()) {
            ("identifier", Some(member)) => {
                found.push(import(&name, &module, Imported::Named(member), false));
            }
            ("identifier", None) => found.push(import(&name, &module, Imported::Whole, false)),
            ("object_pattern", None) => found.extend(destructured(&name, &module)),
            _ => {}
        }
    }
}

fn required_module(call: &Node<'_>) -> Option<String> {
    if !is(call, "call_expression") || field_text(call, "function")? != "require" {
        return None;
    }
    crate::syntax::arguments(call).first().filter(|source| is(source, "string")).map(unquoted)
}

fn destructured(pattern: &Node<'_>, module: &str) -> Vec<Import> {
    let mut found = Vec::new();
    for part in pattern.named_children() {
        if is(&part, "shorthand_property_identifier_pattern") {
            found.push(import(&part, module, Imported::Named(text(&part)), false));
        } else if is(&part, "pair_pattern")
            && let (Some(key), Some(local)) = (part.field("key"), part.field("value"))
            && is_any(&local, &["identifier"])
        {
            found.push(import(&local, module, Imported::Named(text(&key)), false));
        }
    }
    found
}
