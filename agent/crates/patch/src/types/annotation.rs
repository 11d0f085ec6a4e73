//! Types as the source writes them.

use super::{Type, Types, scope};
use crate::syntax::{Node, Tree, field_text, is_any, text};

impl<'t> Types<'t> {
    pub(super) fn annotation(&self, node: &Node<'t>, depth: usize) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::Unknown };
        let first = || {
            node.named_children()
                .next()
                .map_or(Type::Unknown, |child| self.annotation(&child, depth))
        };
        match node.kind().as_ref() {
            "type_annotation" | "parenthesized_type" | "readonly_type" => first(),
            "array_type" => Type::Array(Box::new(first())),
            "predefined_type" => match text(node).as_str() {
                "any" | "unknown" | "object" => Type::Unknown,
                name => Type::Named(name.to_owned()),
            },
            "type_identifier" | "identifier" => self.type_name(&text(node), depth),
            "nested_type_identifier" => self.nested(node),
            "generic_type" => self.generic(node, depth),
            "union_type" => self.union(node, depth),
            "object_type" => self.index_signature(node, depth),
            "intersection_type" => self
                .parts(node, depth)
                .into_iter()
                .find(|part| matches!(part, Type::Named(name) if !name.starts_with("./#")))
                .unwrap_or(Type::Unknown),
            _ => Type::Unknown,
        }
    }

    fn parts(&self, node: &Node<'t>, depth: usize) -> Vec<Type> {
        node.named_children().map(|part| self.annotation(&part, depth)).collect()
    }

    fn union(&self, node: &Node<'t>, depth: usize) -> Type {
        let mut kept: Vec<Node<'t>> = Vec::new();
        let mut open: Vec<Node<'t>> = node.named_children().collect();
        while let Some(part) = open.pop() {
            if part.kind() == "union_type" {
                open.extend(part.named_children());
            } else if !["undefined", "null"].contains(&text(&part).as_str()) {
                kept.push(part);
            }
        }
        match kept.as_slice() {
            [only] => self.annotation(only, depth),
            _ => Type::Unknown,
        }
    }

    fn generic(&self, node: &Node<'t>, depth: usize) -> Type {
        let Some(name) = field_text(node, "name") else { return Type::Unknown };
        let given =
            node.field("type_arguments").map(|list| self.parts(&list, depth)).unwrap_or_default();
        let argument = |index: usize| Box::new(given.get(index).cloned().unwrap_or(Type::Unknown));
        match name.as_str() {
            "Set" | "ReadonlySet" | "WeakSet" => Type::Set(argument(0)),
            "Map" | "ReadonlyMap" | "WeakMap" => Type::Map(argument(0), argument(1)),
            "Array" | "ReadonlyArray" | "Iterable" | "IterableIterator" => Type::Array(argument(0)),
            "Record" => Type::Record(argument(1)),
            "Promise" => Type::Promise(argument(0)),
            "Readonly" | "Partial" | "Required" | "NonNullable" => *argument(0),
            _ => self.type_name(&name, depth),
        }
    }

    /// `{ [id: string]: WebSocket }`
    fn index_signature(&self, node: &Node<'t>, depth: usize) -> Type {
        node.named_children()
            .find(|part| part.kind() == "index_signature")
            .and_then(|part| part.field("type"))
            .map_or(Type::Unknown, |kind| Type::Record(Box::new(self.annotation(&kind, depth))))
    }

    fn nested(&self, node: &Node<'t>) -> Type {
        let (Some(module), Some(name)) = (field_text(node, "module"), field_text(node, "name"))
        else {
            return Type::Unknown;
        };
        self.imports
            .iter()
            .find(|import| import.local == module)
            .map_or(Type::Unknown, |import| self.facts.type_of_member(import, &name))
    }

    fn type_name(&self, name: &str, depth: usize) -> Type {
        if let Some(import) = self.imports.iter().find(|import| import.local == name) {
            return self.facts.type_of_import(import);
        }
        let Some(declaration) = declaration(self.tree, name) else { return Type::Unknown };
        if let Some(value) = declaration.field("value") {
            let value = self.annotation(&value, depth);
            if value.is_known() {
                return value;
            }
        }
        self.base(&declaration, depth).unwrap_or_else(|| Type::Named(format!("./#{name}")))
    }

    /// What an interface or class extends, where that is a package's type.
    fn base(&self, declaration: &Node<'t>, depth: usize) -> Option<Type> {
        declaration
            .dfs()
            .filter(|node| is_any(node, &["extends_type_clause", "extends_clause"]))
            .filter_map(|clause| clause.field("type").or_else(|| clause.field("value")))
            .map(|base| self.annotation(&base, depth))
            .find(|base| matches!(base, Type::Named(name) if !name.starts_with("./#")))
    }
}

/// A type declared at the top of the file.
pub(super) fn declaration<'t>(tree: &'t Tree, name: &str) -> Option<Node<'t>> {
    const KINDS: &[&str] = &[
        "interface_declaration",
        "type_alias_declaration",
        "class_declaration",
        "abstract_class_declaration",
    ];
    tree.root()
        .named_children()
        .map(|child| scope::unexported(&child))
        .filter(|child| is_any(child, KINDS))
        .find(|child| field_text(child, "name").as_deref() == Some(name))
}
