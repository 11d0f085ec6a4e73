//! What type an expression has, as far as one file tells. "Unknown" is an answer.
//!
//! A lexical walk, not a compiler: annotations, initialisers, element types of collections, and a
//! table of what libraries say about themselves.

mod annotation;
mod facts;
mod scope;

use crate::imports::{Import, imports_of};
use crate::syntax::{
    Node, Tree, arguments, class_around, field_text, is, is_any, is_function, method_call, text,
};
use facts::Facts;
pub(crate) use scope::{Binding, binding_of, parameters};

/// A type, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Unknown,
    /// `module#Name` for a package's type, the bare name for what the language brings.
    Named(String),
    Set(Box<Type>),
    /// Arrays, iterators and spreads: anything with elements of one type.
    Array(Box<Type>),
    Map(Box<Type>, Box<Type>),
    /// An object used as a map: `Record<K, V>`.
    Record(Box<Type>),
    Promise(Box<Type>),
    /// A map's entry.
    Pair(Box<Type>, Box<Type>),
}

impl Type {
    pub(crate) fn is_known(&self) -> bool {
        *self != Self::Unknown
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        matches!(self, Self::Named(known) if known == name)
    }

    /// What iterating over it yields.
    pub(crate) fn element(&self) -> Type {
        match self {
            Self::Set(element) | Self::Array(element) => (**element).clone(),
            Self::Map(key, value) => Self::Pair(key.clone(), value.clone()),
            _ => Self::Unknown,
        }
    }
}

/// Types of one file.
pub(crate) struct Types<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) imports: Vec<Import>,
    facts: &'static Facts,
}

/// Enough for any expression a person writes; ends cycles such as `const a = b, b = a`.
const DEPTH: usize = 16;

impl<'t> Types<'t> {
    pub(crate) fn of(tree: &'t Tree) -> Self {
        Self { tree, imports: imports_of(tree), facts: Facts::built_in() }
    }

    pub(crate) fn of_expression(&self, node: &Node<'t>) -> Type {
        self.expression(node, DEPTH)
    }

    /// A class's field or parameter property.
    pub(crate) fn of_member(&self, class: &Node<'t>, name: &str) -> Type {
        self.member(class, name, DEPTH)
    }

    fn expression(&self, node: &Node<'t>, depth: usize) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::Unknown };
        match node.kind().as_ref() {
            "identifier" => self.identifier(node, depth),
            "parenthesized_expression" | "non_null_expression" | "spread_element" => {
                self.inner(node, depth)
            }
            "as_expression" | "satisfies_expression" => {
                match node.named_children().last().map(|kind| self.annotation(&kind, depth)) {
                    Some(known) if known.is_known() => known,
                    _ => self.inner(node, depth),
                }
            }
            "await_expression" => match self.inner(node, depth) {
                Type::Promise(value) => *value,
                other => other,
            },
            "member_expression" => self.property(node, depth),
            "subscript_expression" => match self.of_field(node, "object", depth) {
                Type::Array(element) | Type::Record(element) => *element,
                _ => Type::Unknown,
            },
            "array" => self.array(node, depth),
            "new_expression" => self.construction(node, depth),
            "call_expression" => self.call(node, depth),
            "binary_expression" => match self.of_field(node, "left", depth) {
                Type::Unknown => self.of_field(node, "right", depth),
                known => known,
            },
            _ => Type::Unknown,
        }
    }

    fn inner(&self, node: &Node<'t>, depth: usize) -> Type {
        node.named_children()
            .find(|child| !is(child, "comment"))
            .map_or(Type::Unknown, |child| self.expression(&child, depth))
    }

    fn of_field(&self, node: &Node<'t>, field: &str, depth: usize) -> Type {
        node.field(field).map_or(Type::Unknown, |child| self.expression(&child, depth))
    }

    fn identifier(&self, node: &Node<'t>, depth: usize) -> Type {
        match binding_of(node) {
            Some(binding) => self.binding(&binding, depth),
            None => self.imported_value(&text(node)),
        }
    }

    fn imported_value(&self, name: &str) -> Type {
        match self.imports.iter().find(|import| import.local == name) {
            Some(import) => self.facts.type_of_import(import),
            None => self.facts.global(name),
        }
    }

    fn is_global(&self, name: &Node<'t>) -> bool {
        binding_of(name).is_none() && !self.imports.iter().any(|it| it.local == text(name))
    }

    pub(crate) fn binding(&self, binding: &Binding<'t>, depth: usize) -> Type {
        match binding {
            Binding::Annotated(annotation) => self.annotation(annotation, depth),
            Binding::Value(value) => self.expression(value, depth),
            Binding::Element(of) => self.expression(of, depth).element(),
            Binding::PairPart { of, index } => {
                match (self.expression(of, depth).element(), index) {
                    (Type::Pair(key, _), 0) => *key,
                    (Type::Pair(_, value), 1) => *value,
                    _ => Type::Unknown,
                }
            }
            Binding::Argument { function, index } => self.argument(function, *index, depth),
            Binding::Property { of, name } => match depth.checked_sub(1) {
                Some(depth) => self.property_of(&self.binding(of, depth), name, depth),
                None => Type::Unknown,
            },
            Binding::Opaque => Type::Unknown,
        }
    }

    /// A callback's parameter, from what its caller hands in.
    fn argument(&self, function: &Node<'t>, index: usize, depth: usize) -> Type {
        let Some((call, _)) = crate::syntax::call_given(function) else { return Type::Unknown };
        let Some((object, method)) = method_call(&call) else { return Type::Unknown };
        let of = self.expression(&object, depth);
        match method.as_str() {
            "forEach" | "map" | "filter" | "find" | "some" | "every" | "flatMap" => {
                match (of, index) {
                    (Type::Set(element), 0 | 1) | (Type::Array(element), 0) => *element,
                    (Type::Map(_, value), 0) => *value,
                    (Type::Map(key, _), 1) => *key,
                    _ => Type::Unknown,
                }
            }
            "on" | "once" | "addListener" => {
                let event = arguments(&call).first().map(crate::imports::unquoted);
                event.map_or(Type::Unknown, |event| self.facts.event(&of, &event, index))
            }
            _ => Type::Unknown,
        }
    }

    fn property(&self, node: &Node<'t>, depth: usize) -> Type {
        let (Some(object), Some(name)) = (node.field("object"), field_text(node, "property"))
        else {
            return Type::Unknown;
        };
        if is(&object, "this") {
            return class_around(node)
                .map_or(Type::Unknown, |class| self.member(&class, &name, depth));
        }
        self.property_of(&self.expression(&object, depth), &name, depth)
    }

    fn property_of(&self, of: &Type, name: &str, depth: usize) -> Type {
        match self.facts.property(of, name) {
            Type::Unknown => match of {
                Type::Record(value) => (**value).clone(),
                other => self.local_property(other, name, depth),
            },
            known => known,
        }
    }

    fn member(&self, class: &Node<'t>, name: &str, depth: usize) -> Type {
        for field in
            class.field("body").iter().flat_map(|body| body.named_children().collect::<Vec<_>>())
        {
            let named = field_text(&field, "name").or_else(|| field_text(&field, "property"));
            if named.as_deref() == Some(name) && !is(&field, "method_definition") {
                return self.declared(&field, depth);
            }
            if is(&field, "method_definition") && named.as_deref() == Some("constructor") {
                for parameter in parameters(&field) {
                    if parameter.name == name
                        && let Some(annotation) = &parameter.annotation
                    {
                        return self.annotation(annotation, depth);
                    }
                }
            }
        }
        Type::Unknown
    }

    /// A field or a variable: its annotation, else its value.
    fn declared(&self, node: &Node<'t>, depth: usize) -> Type {
        match node.field("type") {
            Some(annotation) => self.annotation(&annotation, depth),
            None => self.of_field(node, "value", depth),
        }
    }

    fn array(&self, node: &Node<'t>, depth: usize) -> Type {
        let mut children = node.named_children();
        match (children.next(), children.next()) {
            (Some(only), None) if is(&only, "spread_element") => {
                Type::Array(Box::new(self.inner(&only, depth).element()))
            }
            (Some(first), _) => Type::Array(Box::new(self.expression(&first, depth))),
            _ => Type::Array(Box::new(Type::Unknown)),
        }
    }

    fn construction(&self, node: &Node<'t>, depth: usize) -> Type {
        let Some(constructor) = node.field("constructor") else { return Type::Unknown };
        let given: Vec<_> = node
            .field("type_arguments")
            .map(|list| list.named_children().collect())
            .unwrap_or_default();
        let argument = |index: usize| {
            Box::new(given.get(index).map_or(Type::Unknown, |kind| self.annotation(kind, depth)))
        };
        match text(&constructor).as_str() {
            "Set" | "WeakSet" if given.is_empty() => {
                let from = arguments(node).first().map(|of| self.expression(of, depth).element());
                Type::Set(Box::new(from.unwrap_or(Type::Unknown)))
            }
            "Set" | "WeakSet" => Type::Set(argument(0)),
            "Map" | "WeakMap" => Type::Map(argument(0), argument(1)),
            "Array" => Type::Array(argument(0)),
            "Promise" => Type::Promise(argument(0)),
            // Nobody imported it: the runtime's own, which is another class.
            "WebSocket" if self.is_global(&constructor) => Type::Named("global#WebSocket".into()),
            _ => self.expression(&constructor, depth),
        }
    }

    fn call(&self, node: &Node<'t>, depth: usize) -> Type {
        let Some((object, method)) = method_call(node) else { return self.returned(node, depth) };
        if text(&object) == "Array" && method == "from" {
            let of = arguments(node).first().map(|of| self.expression(of, depth).element());
            return Type::Array(Box::new(of.unwrap_or(Type::Unknown)));
        }
        if text(&object) == "Object" {
            let of = arguments(node).first().map(|of| self.expression(of, depth));
            return match (of, method.as_str()) {
                (Some(Type::Record(value)), "values") => Type::Array(value),
                (Some(Type::Record(value)), "entries") => {
                    let key = Box::new(Type::Named("string".into()));
                    Type::Array(Box::new(Type::Pair(key, value)))
                }
                _ => Type::Unknown,
            };
        }
        if is(&object, "this") {
            return self.returned(node, depth);
        }
        match (self.expression(&object, depth), method.as_str()) {
            (Type::Map(_, value), "get") => *value,
            (Type::Map(_, value), "values") => Type::Array(value),
            (Type::Map(key, _), "keys") => Type::Array(key),
            (Type::Map(key, value), "entries") => Type::Array(Box::new(Type::Pair(key, value))),
            (Type::Set(element), "values" | "keys") => Type::Array(element),
            (Type::Array(element), "find" | "pop" | "shift" | "at") => *element,
            (Type::Array(element), "filter" | "slice" | "concat" | "reverse" | "values") => {
                Type::Array(element)
            }
            _ => Type::Unknown,
        }
    }

    /// What a function or method of this file says that it returns.
    fn returned(&self, call: &Node<'t>, depth: usize) -> Type {
        let Some(callee) = call.field("function") else { return Type::Unknown };
        let name = match callee.field("property") {
            Some(property) => text(&property),
            None => text(&callee),
        };
        let place = if callee.field("property").is_some() {
            class_around(call).and_then(|class| class.field("body"))
        } else {
            Some(self.tree.root())
        };
        place
            .into_iter()
            .flat_map(|place| place.named_children().collect::<Vec<_>>())
            .map(|child| scope::unexported(&child))
            .filter(is_function)
            .find(|function| field_text(function, "name").as_deref() == Some(name.as_str()))
            .and_then(|function| function.field("return_type"))
            .map_or(Type::Unknown, |annotation| self.annotation(&annotation, depth))
    }

    /// A property of an interface, type or class declared in this file.
    fn local_property(&self, of: &Type, name: &str, depth: usize) -> Type {
        let Type::Named(owner) = of else { return Type::Unknown };
        let Some(owner) = owner.strip_prefix("./#") else { return Type::Unknown };
        let Some(declaration) = annotation::declaration(self.tree, owner) else {
            return Type::Unknown;
        };
        if is_any(&declaration, &["class_declaration", "abstract_class_declaration"]) {
            return self.member(&declaration, name, depth);
        }
        let body = declaration.field("body").or_else(|| declaration.field("value"));
        body.into_iter()
            .flat_map(|body| body.named_children().collect::<Vec<_>>())
            .find(|part| field_text(part, "name").as_deref() == Some(name))
            .and_then(|part| part.field("type"))
            .map_or(Type::Unknown, |annotation| self.annotation(&annotation, depth))
    }
}
