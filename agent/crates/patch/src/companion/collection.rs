//! A collection of sockets that is filled and never emptied.

use std::collections::BTreeMap;

use super::insertion::{
    after_method, after_statement, bare_parameter, close_listener, indented, into_body, peer_of,
};
use super::{Beside, Finding, candidate, lack, places};
use crate::guard::spelling;
use crate::lists::{implement, imported};
use crate::reach::{
    callable, export_of_function, held_in, holder, is_exported, method_of, own_field, shape_of,
    surroundings,
};
use crate::rendering::substitute;
use crate::site::{File, Site, is_repeatable};
use crate::syntax::{
    Match, Node, class_around, field_text, function_around, is, is_any, line_of, method_call, same,
    text,
};
use crate::template::{Candidate, Edit, Let, PlaceName, Template};
use crate::types::{Type, parameters};
use crate::{Field, LeftAlone, Owner, Scenario, Shape, TextEdit};

const SOCKET: &str = "ws#WebSocket";

/// One place that fills a collection.
struct Stored<'t> {
    /// The collection as a whole: `this.rooms`.
    root: Node<'t>,
    /// What the socket goes into: `this.rooms.get(room)`.
    place: String,
    key: Option<String>,
    client: String,
    shape: Shape,
    function: Node<'t>,
    statement: Option<Node<'t>>,
}

pub(super) fn find(template: &Template, beside: &Beside<'_, '_>) -> Option<Finding> {
    let stored = collections(template, beside);
    let first = stored.first()?;
    let class = class_around(&first.function);
    // One handler forgets its socket everywhere; a listener belongs to one function.
    let together: Vec<&Stored<'_>> = stored
        .iter()
        .filter(|other| other.client == first.client)
        .filter(|other| uses_handler(template) || same(&other.function, &first.function))
        .collect();
    let listener = close_listener(&first.function, &first.client);
    let chosen = candidate(template, class.as_ref(), listener.is_some())?;
    let edits = edits(template, chosen, beside.file, class.as_ref(), &together)?;
    let names: Vec<String> = together.iter().map(|it| format!("`{}`", text(&it.root))).collect();
    let scenarios: Vec<Scenario> =
        together.iter().filter_map(|it| forgets(template, beside, it)).collect();
    let proved = scenarios.len() == together.len();
    Some(Finding {
        edits,
        lines: (line_of(&first.function), line_of(&first.function)),
        scenarios: if proved { scenarios } else { Vec::new() },
        source: names.join(", ").trim_matches('`').to_owned(),
        lack: never(
            beside.file,
            first.statement.as_ref().unwrap_or(&first.function),
            &text(&first.root),
        ),
    })
}

fn never(file: &File<'_>, place: &Node<'_>, collection: &str) -> LeftAlone {
    let why = format!("`{collection}` is filled here, and nothing takes a closed socket out of it");
    lack(file, place, file.refusal_at(line_of(place), "never-cleaned", &why))
}

/// Where the lead's collection is filled and never emptied, and no companion repairs that.
pub(super) fn never_cleaned<'t>(file: &File<'t>, lead: &Site<'t>) -> Option<LeftAlone> {
    let collection = held_in(lead)?;
    let around = surroundings(file, lead);
    let store = around.dfs().filter(|node| is(node, "call_expression")).find(|call| {
        method_call(call).is_some_and(|(object, method)| {
            spelling(&object) == collection && ["add", "push", "set"].contains(&method.as_str())
        })
    })?;
    let emptied = is_emptied(&around, &collection);
    (!emptied).then(|| never(file, &store, &collection))
}

/// Whether anything below takes something out of a collection.
fn is_emptied(below: &Node<'_>, root: &str) -> bool {
    let of_it = |object: &Node<'_>| {
        let object = spelling(object);
        object == root || object.starts_with(&format!("{root}.get(")) || {
            object.starts_with(&format!("{root}["))
        }
    };
    below.dfs().any(|node| match node.kind().as_ref() {
        "call_expression" => method_call(&node).is_some_and(|(object, method)| {
            ["delete", "splice", "clear", "filter", "pop", "shift"].contains(&method.as_str())
                && of_it(&object)
        }),
        "unary_expression" => {
            field_text(&node, "operator").as_deref() == Some("delete")
                && node.field("argument").is_some_and(|it| of_it(&it))
        }
        // Another value in its place.
        "assignment_expression" => {
            let start = node.ancestors().any(|it| {
                is(&it, "method_definition")
                    && field_text(&it, "name").as_deref() == Some("constructor")
            });
            !start && node.field("left").is_some_and(|it| spelling(&it) == root)
        }
        _ => false,
    })
}

/// For rooms in a map: anything at all is deleted somewhere.
fn deletes(below: &Node<'_>) -> bool {
    below.dfs().filter(|node| is(node, "call_expression")).any(|call| {
        method_call(&call).is_some_and(|(_, method)| method == "delete" || method == "splice")
    })
}

fn collections<'t>(template: &Template, beside: &Beside<'_, 't>) -> Vec<Stored<'t>> {
    let around = surroundings(beside.file, beside.lead);
    let mut found: Vec<Stored<'t>> = Vec::new();
    for place in places(template, beside) {
        let Some(stored) = stored(template, beside, &place) else { continue };
        let root = spelling(&stored.root);
        let cleaned =
            is_emptied(&around, &root) || (stored.shape == Shape::MapOfSets && deletes(&around));
        if !cleaned && !found.iter().any(|other| spelling(&other.root) == root) {
            found.push(stored);
        }
    }
    found
}

fn stored<'t>(
    template: &Template,
    beside: &Beside<'_, 't>,
    place: &Match<'t>,
) -> Option<Stored<'t>> {
    let file = beside.file;
    let collection = place.capture("COLL")?.clone();
    let (client, key) = &filled(file, place)?;
    let function = function_around(&place.node)?;
    let root = root_of(&collection);
    let shape = shape(file, place, &collection, key.is_none())?;
    let held = holder(beside.lead).is_some_and(|it| spelling(&root_of(&it)) == spelling(&root));
    let element = element(file, &collection, shape);
    let kind = file.types.of_expression(client);
    let socket = kind.is(SOCKET) || element.is(SOCKET) || (!kind.is_known() && held);
    let contradicted = element.is_known() && !element.is(SOCKET);
    let own = if uses_handler(template) {
        is(&function, "method_definition") && own_field(&root).is_some()
    } else {
        held && is(client, "identifier")
    };
    if !socket || contradicted || !own || !is(client, "identifier") {
        return None;
    }
    if uses_handler(template) && !parameters(&function).iter().any(|it| it.name == text(client)) {
        return None;
    }
    Some(Stored {
        place: text(&collection),
        key: key.as_ref().filter(|key| is_steady(file, key)).map(text),
        client: text(client),
        statement: place.node.parent().filter(|it| is(it, "expression_statement")),
        root,
        shape,
        function,
    })
}

/// The socket and its key; `map.set(socket, …)` has the socket as its key.
fn filled<'t>(file: &File<'t>, place: &Match<'t>) -> Option<(Node<'t>, Option<Node<'t>>)> {
    let (client, key) = (place.capture("CLIENT")?.clone(), place.capture("KEY").cloned());
    match key {
        Some(key) if is(&place.node, "call_expression") => {
            let swapped = file.types.of_expression(&key).is(SOCKET);
            Some(if swapped { (key, None) } else { (client, Some(key)) })
        }
        key => Some((client, key)),
    }
}

/// A template whose candidates ask for a method, not for a listener.
fn uses_handler(template: &Template) -> bool {
    template.recipe.candidates.iter().any(|it| it.method.is_some() || it.no_method.is_some())
}

/// `this.rooms` of `this.rooms.get(room)` and `this.rooms[room]`.
fn root_of<'t>(collection: &Node<'t>) -> Node<'t> {
    let inner = match collection.kind().as_ref() {
        "non_null_expression" | "parenthesized_expression" => collection.named_children().next(),
        "call_expression" => {
            method_call(collection).and_then(|(object, method)| (method == "get").then_some(object))
        }
        "subscript_expression" => collection.field("object"),
        _ => None,
    };
    inner.map_or_else(|| collection.clone(), |inner| root_of(&inner))
}

/// By its type, or by how it is filled.
fn shape<'t>(
    file: &File<'t>,
    place: &Match<'t>,
    collection: &Node<'t>,
    unkeyed: bool,
) -> Option<Shape> {
    let root = root_of(collection);
    let nested = !same(&root, collection) && spelling(&root) != spelling(collection);
    let method = method_call(&place.node).map(|(_, method)| method);
    if nested {
        let sets = method.as_deref() == Some("add") && spelling(collection).contains(".get(");
        return sets.then_some(Shape::MapOfSets);
    }
    let by_use = match method.as_deref() {
        Some("add") => Shape::Set,
        Some("push") => Shape::Array,
        Some("set") if unkeyed => Shape::MapKeys,
        Some("set") => Shape::MapValues,
        _ => Shape::Record,
    };
    match file.types.of_expression(collection) {
        Type::Unknown => Some(by_use),
        known => shape_of(&known).map(|_| by_use),
    }
}

/// What a collection says that it holds.
fn element<'t>(file: &File<'t>, collection: &Node<'t>, shape: Shape) -> Type {
    match file.types.of_expression(collection) {
        Type::Set(element) | Type::Array(element) | Type::Record(element) => *element,
        Type::Map(key, _) if shape == Shape::MapKeys => *key,
        Type::Map(_, value) => *value,
        _ => Type::Unknown,
    }
}

/// Whether a key can be said again later, and is still the same.
fn is_steady(file: &File<'_>, key: &Node<'_>) -> bool {
    let name = text(key);
    let changed = |node: &Node<'_>| {
        let target = node.field("left").or_else(|| node.field("argument"));
        is_any(
            node,
            &["assignment_expression", "update_expression", "augmented_assignment_expression"],
        ) && target.is_some_and(|it| text(&it) == name)
    };
    is_repeatable(key) && !file.tree.root().dfs().any(|node| changed(&node))
}

fn edits<'t>(
    template: &Template,
    candidate: &Candidate,
    file: &File<'t>,
    class: Option<&Node<'t>>,
    collections: &[&Stored<'t>],
) -> Option<Vec<TextEdit>> {
    let first = collections.first()?;
    let typed = file.tree.language.has_types();
    let wanted = parameters(&first.function).into_iter().find(|it| it.name == first.client);
    let removal = |peer: &str| removals(template, collections, peer);
    let mut edits = Vec::new();
    for edit in &candidate.edits {
        match edit {
            Edit::InsertAfter { insert: text, after: PlaceName::Method } => {
                let values = BTreeMap::from([
                    ("PEER_PARAMETER".to_owned(), bare_parameter(&wanted.as_ref()?.node)),
                    ("PEER".to_owned(), first.client.clone()),
                    ("VOID".to_owned(), if typed { ": void".into() } else { String::new() }),
                ]);
                let whole =
                    indented(&file.style().quoted(text), "$REMOVE", &removal(&first.client)?);
                edits.push(after_method(file, &first.function, &substitute(&whole, &values)));
            }
            Edit::InsertAfter { insert: text, after: PlaceName::Statement } => {
                let values = BTreeMap::from([("PEER".to_owned(), first.client.clone())]);
                let whole =
                    indented(&file.style().quoted(text), "$REMOVE", &removal(&first.client)?);
                let last = collections.iter().filter_map(|it| it.statement.as_ref()).next_back()?;
                edits.push(after_statement(file, last, &substitute(&whole, &values))?);
            }
            Edit::InsertInto { insert: text, into } => {
                let listener = into == "LISTENER";
                let (handler, peer, signature) = if listener {
                    let handler = close_listener(&first.function, &first.client)?;
                    (handler, first.client.clone(), None)
                } else {
                    let handler = method_of(class?, into)?;
                    let (peer, signature) =
                        peer_of(file, &handler, &wanted.as_ref()?.node, &first.client)?;
                    (handler, peer, signature)
                };
                let whole = indented(&file.style().quoted(text), "$REMOVE", &removal(&peer)?);
                edits.extend(signature);
                edits.push(into_body(file, &handler, &whole)?);
            }
            Edit::AddItem { item, .. } if typed => edits.extend(implement(class?, item)),
            Edit::Import { import, from } if typed => edits.extend(imported(file, import, from)),
            Edit::AddItem { .. } | Edit::Import { .. } => {}
            Edit::Hoist { .. } | Edit::Wrap { .. } | Edit::Replace { .. } => return None,
        }
    }
    edits.sort();
    Some(edits)
}

/// One removal after another, for the shapes at hand.
fn removals(template: &Template, collections: &[&Stored<'_>], peer: &str) -> Option<String> {
    let Let::Shaped(shaped) = template.recipe.constants.get("REMOVE")? else { return None };
    let mut lines = Vec::new();
    for collection in collections {
        let key = match collection.shape {
            Shape::Set => "set",
            Shape::Array => "array",
            Shape::MapValues => "map-values",
            Shape::MapKeys => "map-keys",
            Shape::Record => "record",
            Shape::MapOfSets => "map-of-sets",
            Shape::Socket | Shape::Server => return None,
        };
        let keyed =
            collection.key.as_ref().and_then(|_| shaped.by_shape.get(&format!("{key}-by-key")));
        let values = BTreeMap::from([
            ("COLL".to_owned(), text(&collection.root)),
            ("PLACE".to_owned(), collection.place.trim_end_matches('!').to_owned()),
            ("KEY".to_owned(), collection.key.clone().unwrap_or_default()),
            ("PEER".to_owned(), peer.to_owned()),
        ]);
        lines.push(substitute(keyed.or_else(|| shaped.by_shape.get(key))?, &values));
    }
    Some(lines.join("\n"))
}

/// The test that a socket which has left is forgotten; `None` where a test cannot drive that.
fn forgets(template: &Template, beside: &Beside<'_, '_>, stored: &Stored<'_>) -> Option<Scenario> {
    let file = beside.file;
    let takes_socket = parameters(&stored.function).iter().any(|it| it.name == stored.client);
    let name = match beside.owner {
        Owner::Unreachable { .. } => return None,
        Owner::Class { .. } => {
            let method = is(&stored.function, "method_definition");
            own_field(&stored.root).filter(|_| method)?
        }
        Owner::Function { export } => {
            let name = text(&stored.root);
            let reached = export_of_function(file, &stored.function);
            (reached.as_ref() == Some(export) && is_exported(file, &name)).then_some(name)?
        }
    };
    // A room that nobody has opened cannot be joined by a test.
    let opens = stored.shape != Shape::MapOfSets || stored.function.text().contains("new Set");
    (takes_socket && opens).then(|| Scenario::Forget {
        site: beside.index,
        collection: Field { name, shape: stored.shape },
        connect: callable(&stored.function),
        disconnect: uses_handler(template).then(|| "handleDisconnect".to_owned()),
    })
}
