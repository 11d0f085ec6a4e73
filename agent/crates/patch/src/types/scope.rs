//! What a name stands for at a place: the innermost declaration around it.

use crate::syntax::{Node, field_text, is, is_any, is_function, text};

/// What a name was bound by.
#[derive(Clone)]
pub(crate) enum Binding<'t> {
    /// A type annotation.
    Annotated(Node<'t>),
    /// An initialiser.
    Value(Node<'t>),
    /// One element of what is iterated over.
    Element(Node<'t>),
    /// Key (0) or value (1) of what is iterated over.
    PairPart { of: Node<'t>, index: usize },
    /// An unannotated parameter.
    Argument { function: Node<'t>, index: usize },
    /// A property of what is bound here: `({ socket }) =>`.
    Property { of: Box<Binding<'t>>, name: String },
    /// Something else of this file: a function, a class.
    Opaque,
}

/// A parameter of a function.
#[derive(Clone)]
pub(crate) struct Parameter<'t> {
    /// Empty where it is destructured.
    pub(crate) name: String,
    pub(crate) annotation: Option<Node<'t>>,
    pub(crate) node: Node<'t>,
}

pub(crate) fn parameters<'t>(function: &Node<'t>) -> Vec<Parameter<'t>> {
    if let Some(only) = function.field("parameter") {
        return vec![Parameter { name: text(&only), annotation: None, node: only }];
    }
    let Some(list) = function.field("parameters") else { return Vec::new() };
    list.named_children()
        .filter(|child| !is(child, "comment"))
        .map(|node| {
            let pattern = node.field("pattern").or_else(|| node.field("left"));
            let name = pattern.unwrap_or_else(|| node.clone());
            Parameter {
                name: if is(&name, "identifier") { text(&name) } else { String::new() },
                annotation: node.field("type"),
                node,
            }
        })
        .collect()
}

/// Finds the declaration of an identifier; `None` for imports and globals.
pub(crate) fn binding_of<'t>(identifier: &Node<'t>) -> Option<Binding<'t>> {
    let name = text(identifier);
    let mut inner = identifier.clone();
    for scope in identifier.ancestors() {
        let found = match scope.kind().as_ref() {
            "statement_block" | "program" | "switch_case" | "switch_default" => {
                in_block(&scope, &name)
            }
            "for_in_statement"
                if !scope.field("right").is_some_and(|of| of.range() == inner.range()) =>
            {
                in_loop(&scope, &name)
            }
            "for_statement" => scope
                .field("initializer")
                .and_then(|initializer| in_declaration(&initializer, &name)),
            "catch_clause" => scope
                .field("parameter")
                .filter(|parameter| text(parameter) == name)
                .map(|_| Binding::Opaque),
            _ if is_function(&scope) => in_parameters(&scope, &name),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        inner = scope;
    }
    None
}

/// `export` removed: the declaration itself.
pub(crate) fn unexported<'t>(statement: &Node<'t>) -> Node<'t> {
    statement.field("declaration").unwrap_or_else(|| statement.clone())
}

fn in_parameters<'t>(function: &Node<'t>, name: &str) -> Option<Binding<'t>> {
    for (index, parameter) in parameters(function).into_iter().enumerate() {
        if parameter.name == name {
            return Some(match parameter.annotation {
                Some(annotation) => Binding::Annotated(annotation),
                None => Binding::Argument { function: function.clone(), index },
            });
        }
        if parameter.name.is_empty() {
            let pattern = parameter.node.field("pattern").unwrap_or(parameter.node);
            if let Some(part) = pair_part(&pattern, name)
                && let Some((call, 0)) = crate::syntax::call_given(function)
                && let Some((of, _)) = crate::syntax::method_call(&call)
            {
                return Some(Binding::PairPart { of, index: part });
            }
            let whole = match parameter.annotation {
                Some(annotation) => Binding::Annotated(annotation),
                None => Binding::Argument { function: function.clone(), index },
            };
            if let Some(found) = destructured(&pattern, name, whole) {
                return Some(found);
            }
        }
    }
    None
}

/// What a pattern binds a name to, one level deep.
fn destructured<'t>(pattern: &Node<'t>, name: &str, of: Binding<'t>) -> Option<Binding<'t>> {
    if is(pattern, "object_pattern") {
        for part in pattern.named_children() {
            let property = match part.kind().as_ref() {
                "shorthand_property_identifier_pattern" if text(&part) == name => Some(text(&part)),
                "pair_pattern" if field_text(&part, "value").as_deref() == Some(name) => {
                    field_text(&part, "key")
                }
                _ => None,
            };
            if let Some(name) = property {
                return Some(Binding::Property { of: Box::new(of), name });
            }
        }
    }
    mentions(pattern, name).then_some(Binding::Opaque)
}

fn in_loop<'t>(scope: &Node<'t>, name: &str) -> Option<Binding<'t>> {
    scope.field("kind")?;
    let (left, right) = (scope.field("left")?, scope.field("right")?);
    let of = field_text(scope, "operator").as_deref() == Some("of");
    if is(&left, "identifier") {
        return (text(&left) == name).then_some(if of {
            Binding::Element(right)
        } else {
            Binding::Opaque
        });
    }
    match pair_part(&left, name) {
        Some(index) if of => Some(Binding::PairPart { of: right, index }),
        _ if of => destructured(&left, name, Binding::Element(right)),
        _ => mentions(&left, name).then_some(Binding::Opaque),
    }
}

fn in_block<'t>(block: &Node<'t>, name: &str) -> Option<Binding<'t>> {
    block.named_children().map(|child| unexported(&child)).find_map(|child| {
        match child.kind().as_ref() {
            "lexical_declaration" | "variable_declaration" => in_declaration(&child, name),
            "function_declaration"
            | "class_declaration"
            | "enum_declaration"
            | "abstract_class_declaration"
            | "generator_function_declaration" => {
                (field_text(&child, "name").as_deref() == Some(name)).then_some(Binding::Opaque)
            }
            _ => None,
        }
    })
}

fn in_declaration<'t>(declaration: &Node<'t>, name: &str) -> Option<Binding<'t>> {
    for declarator in declaration.named_children().filter(|part| is(part, "variable_declarator")) {
        let Some(target) = declarator.field("name") else { continue };
        if is(&target, "identifier") {
            if text(&target) != name {
                continue;
            }
            if let Some(value) = declarator.field("value")
                && value.text().starts_with("require(")
            {
                return None;
            }
            return Some(match (declarator.field("type"), declarator.field("value")) {
                (Some(annotation), _) => Binding::Annotated(annotation),
                (None, Some(value)) => Binding::Value(value),
                (None, None) => Binding::Opaque,
            });
        }
        if mentions(&target, name) {
            let Some(value) = declarator.field("value") else { return Some(Binding::Opaque) };
            if value.text().starts_with("require(") {
                return None;
            }
            let whole = match declarator.field("type") {
                Some(annotation) => Binding::Annotated(annotation),
                None => Binding::Value(value),
            };
            return destructured(&target, name, whole);
        }
    }
    None
}

/// Position of a name in `[a, b]`.
fn pair_part(pattern: &Node<'_>, name: &str) -> Option<usize> {
    if !is(pattern, "array_pattern") {
        return None;
    }
    // Holes count: `[, socket]` binds the second.
    let mut index = 0;
    for part in pattern.children() {
        if is(&part, ",") {
            index += 1;
        } else if is(&part, "identifier") && text(&part) == name {
            return Some(index);
        }
    }
    None
}

fn mentions(pattern: &Node<'_>, name: &str) -> bool {
    pattern.dfs().any(|node| {
        is_any(&node, &["identifier", "shorthand_property_identifier_pattern"])
            && text(&node) == name
    })
}
