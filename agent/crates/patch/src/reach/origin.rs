//! Where a receiver comes from: a field, a collection, a parameter.

use crate::site::{File, Site};
use crate::syntax::{
    Node, arguments, bare, call_given, class_around, field_text, is, is_function, method_call,
    same, text,
};
use crate::types::{Binding, Type, binding_of, parameters};
use crate::{Field, Shape, SocketSource};

const SOCKET: &str = "ws#WebSocket";
/// `a = b.values()`, `b = [...c]` and so on end somewhere.
const STEPS: usize = 8;

enum Origin<'t> {
    /// One of the sockets that this expression holds.
    In(Node<'t>),
    /// A parameter of a function.
    Parameter {
        function: Node<'t>,
        index: usize,
    },
    /// The expression itself.
    Itself(Node<'t>),
    Unknown,
}

/// The collection that holds a site's receiver, in the source's words.
pub(crate) fn held_in(site: &Site<'_>) -> Option<String> {
    holder(site).map(|collection| text(&collection))
}

/// The same as a node.
pub(crate) fn holder<'t>(site: &Site<'t>) -> Option<Node<'t>> {
    holder_of(&site.receiver)
}

/// The collection that holds a socket.
pub(super) fn holder_of<'t>(socket: &Node<'t>) -> Option<Node<'t>> {
    match origin(socket, STEPS) {
        Origin::In(collection) => Some(unwrapped(collection, STEPS)),
        _ => None,
    }
}

/// Where `function`, called by a test, takes the socket of a site from.
pub(super) fn socket_source<'t>(
    file: &File<'t>,
    site: &Site<'t>,
    function: &Node<'t>,
) -> Option<SocketSource> {
    match origin(&site.receiver, STEPS) {
        Origin::In(collection) => collection_source(file, collection, function),
        Origin::Parameter { function: of, index } => {
            same(&of, function).then_some(SocketSource::Parameter { index })
        }
        Origin::Itself(field) => {
            own_field(&field).map(|name| SocketSource::Field(Field { name, shape: Shape::Socket }))
        }
        Origin::Unknown => None,
    }
}

fn origin<'t>(receiver: &Node<'t>, steps: usize) -> Origin<'t> {
    let Some(steps) = steps.checked_sub(1) else { return Origin::Unknown };
    let receiver = bare(receiver.clone());
    match receiver.kind().as_ref() {
        "identifier" => match binding_of(&receiver) {
            Some(Binding::Element(of) | Binding::PairPart { of, .. }) => Origin::In(of),
            Some(Binding::Argument { function, index }) => given(&function, index),
            Some(Binding::Annotated(annotation)) => annotated(&annotation, &receiver, steps),
            Some(Binding::Value(value)) => origin(&value, steps),
            Some(Binding::Property { .. } | Binding::Opaque) | None => Origin::Unknown,
        },
        "call_expression" => match method_call(&receiver) {
            Some((object, method)) if ["get", "at", "find"].contains(&method.as_str()) => {
                Origin::In(object)
            }
            _ => Origin::Unknown,
        },
        "subscript_expression" => receiver.field("object").map_or(Origin::Unknown, Origin::In),
        "member_expression" => Origin::Itself(receiver),
        _ => Origin::Unknown,
    }
}

/// A parameter: of a callback over a collection, or of a function that somebody calls.
fn given<'t>(function: &Node<'t>, index: usize) -> Origin<'t> {
    const OVER: &[&str] = &["forEach", "map", "filter", "flatMap", "some", "every"];
    match call_given(function).and_then(|(call, _)| method_call(&call)) {
        Some((object, method)) if OVER.contains(&method.as_str()) => Origin::In(object),
        Some(_) => Origin::Unknown,
        None => Origin::Parameter { function: function.clone(), index },
    }
}

fn annotated<'t>(annotation: &Node<'t>, receiver: &Node<'t>, steps: usize) -> Origin<'t> {
    let name = text(receiver);
    let Some(holder) = annotation.parent() else { return Origin::Unknown };
    if is(&holder, "variable_declarator") {
        return holder.field("value").map_or(Origin::Unknown, |value| origin(&value, steps));
    }
    let Some(function) = annotation.ancestors().find(is_function) else { return Origin::Unknown };
    match parameters(&function).iter().position(|parameter| parameter.name == name) {
        Some(index) => given(&function, index),
        None => Origin::Unknown,
    }
}

/// `X.values()`, `Array.from(X)`, `[...X]`, `X.filter(…)`: the collection is `X`.
fn unwrapped<'t>(collection: Node<'t>, steps: usize) -> Node<'t> {
    let collection = bare(collection);
    let Some(steps) = steps.checked_sub(1) else { return collection };
    const SAME: &[&str] = &["values", "keys", "entries", "filter", "slice", "concat", "reverse"];
    let inner = match collection.kind().as_ref() {
        "call_expression" => method_call(&collection).and_then(|(object, method)| {
            let from = text(&object) == "Array" && method == "from";
            let listed =
                text(&object) == "Object" && ["values", "entries"].contains(&method.as_str());
            if from || listed {
                return arguments(&collection).into_iter().next();
            }
            SAME.contains(&method.as_str()).then_some(object)
        }),
        "array" => collection
            .named_children()
            .next()
            .filter(|part| is(part, "spread_element"))
            .and_then(|part| part.named_children().next()),
        "identifier" => match binding_of(&collection) {
            Some(Binding::Value(value)) => match value.kind().as_ref() {
                "call_expression" | "member_expression" => Some(value),
                "array" if value.named_children().any(|it| is(&it, "spread_element")) => {
                    Some(value)
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    match inner {
        Some(inner) => unwrapped(inner, steps),
        None => collection,
    }
}

fn collection_source<'t>(
    file: &File<'t>,
    collection: Node<'t>,
    function: &Node<'t>,
) -> Option<SocketSource> {
    let collection = unwrapped(collection, STEPS);
    let server = is(&collection, "member_expression")
        && field_text(&collection, "property").as_deref() == Some("clients")
        && !collection.field("object").is_some_and(|object| is(&object, "this"));
    let holder = if server { collection.field("object")? } else { collection.clone() };
    let shape = if server {
        Shape::Server
    } else {
        shape_of(&file.types.of_expression(&collection)).or_else(|| iterated(&collection))?
    };
    if let Some(name) = own_field(&holder) {
        return Some(SocketSource::Field(Field { name, shape }));
    }
    if !is(&holder, "identifier") {
        return None;
    }
    let name = text(&holder);
    let place = parameters(function).iter().position(|parameter| parameter.name == name);
    match (place, binding_of(&holder)?) {
        (Some(index), Binding::Annotated(_) | Binding::Argument { .. }) => {
            Some(SocketSource::CollectionParameter { index, shape })
        }
        (None, _) if class_around(function).is_none() && is_exported(file, &name) => {
            Some(SocketSource::Field(Field { name, shape }))
        }
        _ => None,
    }
}

/// Whether a test gets hold of a module's own variable.
pub(crate) fn is_exported(file: &File<'_>, name: &str) -> bool {
    file.tree
        .root()
        .named_children()
        .find(|statement| {
            let declaration = statement.field("declaration").unwrap_or_else(|| statement.clone());
            declaration.named_children().any(|part| {
                is(&part, "variable_declarator")
                    && field_text(&part, "name").as_deref() == Some(name)
            })
        })
        .is_some_and(|statement| {
            is(&statement, "export_statement")
                || super::owner::export_of(file, &statement, name).is_some()
        })
}

/// A collection's shape, from its type.
pub(crate) fn shape_of(of: &Type) -> Option<Shape> {
    Some(match of {
        Type::Set(_) => Shape::Set,
        Type::Array(_) => Shape::Array,
        Type::Record(_) => Shape::Record,
        Type::Map(_, held) if matches!(**held, Type::Set(_)) => Shape::MapOfSets,
        Type::Map(key, _) if key.is(SOCKET) => Shape::MapKeys,
        Type::Map(..) => Shape::MapValues,
        Type::Named(name) if name == "ws#Server" => Shape::Server,
        _ => return None,
    })
}

/// An untyped parameter that is iterated over may be any iterable: a test passes a set.
fn iterated(collection: &Node<'_>) -> Option<Shape> {
    is(collection, "identifier").then_some(Shape::Set)
}

/// `this.name`
pub(crate) fn own_field(node: &Node<'_>) -> Option<String> {
    let this = is(node, "member_expression") && is(&node.field("object")?, "this");
    this.then(|| field_text(node, "property")).flatten()
}
