//! What a patch needs beside it: a class that keeps a collection nobody cleans is repaired with it.

use std::collections::BTreeMap;

use crate::guard::spelling;
use crate::lists::{implement, imported};
use crate::reach::{callable, held_in, method_of, shape_of, surroundings};
use crate::rendering::substitute;
use crate::site::{File, Site};
use crate::syntax::{
    Match, Node, field_text, function_around, indent_at, is, line_of, method_call, same, text,
};
use crate::template::{Candidate, Edit, Let, Template, Unless};
use crate::types::{Type, parameters};
use crate::wrap::insert;
use crate::{Field, LeftAlone, PatchedSite, Scenario, Shape, SiteEvidence, TextEdit};

/// A companion's site, ready to stand beside others.
pub(crate) struct Companion {
    pub(crate) site: PatchedSite,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) summary: String,
    pub(crate) risk: String,
}

/// One collection that is filled and never emptied.
struct Collection<'t> {
    field: String,
    shape: Shape,
    method: Node<'t>,
    client: String,
}

/// The first companion that finds a place in the lead's class. `index` is its site's.
pub(crate) fn find<'t>(
    companions: &[&Template],
    file: &File<'t>,
    lead: &Site<'t>,
    index: usize,
) -> Option<Companion> {
    let class = surroundings(file, lead);
    class.field("body")?;
    companions.iter().find_map(|template| in_class(template, file, &class, index))
}

/// Where the lead's collection is filled and never emptied, and no companion repairs that.
pub(crate) fn never_cleaned<'t>(file: &File<'t>, lead: &Site<'t>) -> Option<LeftAlone> {
    let collection = held_in(lead)?;
    let calls: Vec<_> = surroundings(file, lead)
        .dfs()
        .filter(|node| is(node, "call_expression"))
        .filter_map(|call| Some((call.clone(), method_call(&call)?)))
        .filter(|(_, (object, _))| spelling(object) == collection)
        .collect();
    let called =
        |names: &[&str]| calls.iter().find(|(_, (_, method))| names.contains(&method.as_str()));
    let (store, _) = called(&["add", "push", "set"])?;
    if called(&["delete", "splice", "filter", "clear"]).is_some() {
        return None;
    }
    let line = line_of(store);
    let why = format!("`{collection}` is filled here, and nothing takes a closed socket out of it");
    let reason = file.refusal_at(line, "never-cleaned", &why);
    Some(LeftAlone { path: file.tree.path.clone(), line, reason })
}

fn in_class<'t>(
    template: &Template,
    file: &File<'t>,
    class: &Node<'t>,
    index: usize,
) -> Option<Companion> {
    let collections = collections(template, file, class);
    // The handler that Nest calls with a new socket; all collections of one handler go together.
    let first = collections.first()?;
    let together: Vec<&Collection<'t>> =
        collections.iter().filter(|other| same(&other.method, &first.method)).collect();
    let candidate = template.recipe.candidates.iter().find(|it| applies(it, class))?;
    let edits = edits(template, candidate, file, class, &together)?;
    let names: Vec<String> = together.iter().map(|it| format!("`this.{}`", it.field)).collect();
    let owner = field_text(class, "name")?;
    let source = names.join(", ").trim_matches('`').to_owned();
    let facts = minijinja::context! { owner, source };
    let words = |words: &str| {
        let told = minijinja::Environment::new().render_str(words, &facts).ok()?;
        Some(told.trim().to_owned())
    };
    let connect = callable(&first.method);
    Some(Companion {
        site: PatchedSite {
            template: template.id.clone(),
            path: file.tree.path.clone(),
            lines: (line_of(&first.method), line_of(&first.method)),
            evidence: SiteEvidence::Companion,
            edits,
        },
        scenarios: together
            .iter()
            .map(|it| Scenario::Forget {
                site: index,
                collection: Field { name: it.field.clone(), shape: it.shape },
                connect: connect.clone(),
                disconnect: "handleDisconnect".into(),
            })
            .collect(),
        summary: words(&template.recipe.pr.summary)?,
        risk: words(&template.recipe.pr.risk)?,
    })
}

fn applies(candidate: &Candidate, class: &Node<'_>) -> bool {
    let has = |name: &String| method_of(class, name).is_some();
    candidate.method.as_ref().is_none_or(has) && !candidate.no_method.as_ref().is_some_and(has)
}

fn collections<'t>(template: &Template, file: &File<'t>, class: &Node<'t>) -> Vec<Collection<'t>> {
    let mut found: Vec<Collection<'t>> = Vec::new();
    for place in template.recipe.site.find(file.tree, class) {
        if template.recipe.unless.iter().any(|unless| holds(unless, file, &place)) {
            continue;
        }
        let Some(collection) = collection(file, class, &place) else { continue };
        if !found.iter().any(|other| other.field == collection.field) {
            found.push(collection);
        }
    }
    found
}

fn holds(unless: &Unless, file: &File<'_>, place: &Match<'_>) -> bool {
    unless.rule.as_ref().is_some_and(|rule| rule.at(file.tree, place.node.clone()).is_some())
}

fn collection<'t>(file: &File<'t>, class: &Node<'t>, place: &Match<'t>) -> Option<Collection<'t>> {
    let field = text(place.capture("FIELD")?);
    let client = text(place.capture("CLIENT")?);
    let method = function_around(&place.node)?;
    let handler = field_text(&method, "name").as_deref() == Some("handleConnection");
    let first = parameters(&method).into_iter().next()?;
    let kind = file.types.of_member(class, &field);
    let shape = shape_of(&kind)?;
    let stored = match &kind {
        Type::Set(element) | Type::Array(element) => (**element).clone(),
        Type::Map(_, value) => (**value).clone(),
        _ => Type::Unknown,
    };
    let holds_sockets = stored.is("ws#WebSocket")
        || (!stored.is_known()
            && file.types.of_annotation(first.annotation.as_ref()?).is("ws#WebSocket"));
    (handler && first.name == client && holds_sockets && shape != Shape::MapKeys)
        .then_some(Collection { field, shape, method, client })
}

fn edits(
    template: &Template,
    candidate: &Candidate,
    file: &File<'_>,
    class: &Node<'_>,
    collections: &[&Collection<'_>],
) -> Option<Vec<TextEdit>> {
    let first = collections.first()?;
    let method = &first.method;
    let mut edits = Vec::new();
    for edit in &candidate.edits {
        match edit {
            Edit::InsertAfter { insert: text, .. } => {
                let removal = removals(template, collections, &first.client)?;
                let parameter = parameters(method).into_iter().next()?;
                let typed = file.tree.language.has_types();
                let values = BTreeMap::from([
                    ("PEER_PARAMETER".to_owned(), bare_parameter(&parameter.node)),
                    ("PEER".to_owned(), first.client.clone()),
                    ("VOID".to_owned(), if typed { ": void".into() } else { String::new() }),
                ]);
                let whole = indented(text, "$REMOVE", &removal);
                edits.push(after_method(file, method, &substitute(&whole, &values)));
            }
            Edit::InsertInto { insert: text, into } => {
                let handler = method_of(class, into)?;
                let (peer, signature) = peer_of(file, &handler, method, &first.client)?;
                let removal = removals(template, collections, &peer)?;
                let whole = indented(text, "$REMOVE", &removal);
                edits.extend(signature);
                edits.push(into_method(file, &handler, &whole)?);
            }
            Edit::AddItem { item, .. } => {
                if file.tree.language.has_types() {
                    edits.extend(implement(class, item));
                }
            }
            Edit::Import { import, from } => {
                if file.tree.language.has_types() {
                    edits.extend(imported(file, import, from));
                }
            }
            Edit::Hoist { .. } | Edit::Wrap { .. } | Edit::Replace { .. } => return None,
        }
    }
    edits.sort();
    Some(edits)
}

/// One removal after another, for the shapes at hand.
fn removals(template: &Template, collections: &[&Collection<'_>], peer: &str) -> Option<String> {
    let Let::Shaped(shaped) = template.recipe.constants.get("REMOVE")? else { return None };
    let mut lines = Vec::new();
    for collection in collections {
        let key = match collection.shape {
            Shape::Set => "set",
            Shape::Array => "array",
            Shape::MapValues => "map-values",
            Shape::MapKeys => "map-keys",
            Shape::Socket | Shape::Server => return None,
        };
        let values = BTreeMap::from([
            ("FIELD".to_owned(), collection.field.clone()),
            ("PEER".to_owned(), peer.to_owned()),
        ]);
        lines.push(substitute(shaped.by_shape.get(key)?, &values));
    }
    Some(lines.join("\n"))
}

/// Puts a block where a name stands, at that line's depth.
fn indented(template: &str, name: &str, block: &str) -> String {
    let depth = template
        .split('\n')
        .find(|line| line.contains(name))
        .map_or(0, |line| line.len() - line.trim_start_matches('\t').len());
    let deeper = block.replace('\n', &format!("\n{}", "\t".repeat(depth)));
    template.replace(name, &deeper)
}

/// `@ConnectedSocket() client: WebSocket` without its decorator.
fn bare_parameter(parameter: &Node<'_>) -> String {
    let written = text(parameter);
    match parameter.field("pattern") {
        Some(pattern) => {
            let from = pattern.range().start - parameter.range().start;
            written[from..].to_owned()
        }
        None => written,
    }
}

fn after_method(file: &File<'_>, method: &Node<'_>, text: &str) -> TextEdit {
    let source = file.tree.text();
    let indent = indent_at(source, method.range().start);
    let end = method.range().end;
    let newline = file.style.newline;
    insert(end, format!("{newline}{newline}{indent}{}", file.style.render(text, indent)))
}

fn into_method(file: &File<'_>, method: &Node<'_>, text: &str) -> Option<TextEdit> {
    let body = method.field("body")?;
    let indent = indent_at(file.tree.text(), method.range().start);
    let inner = format!("{indent}{}", file.style.unit);
    let newline = file.style.newline;
    let rendered = format!("{newline}{inner}{}", file.style.render(text, &inner));
    let at = body.range().start + 1;
    let inside = &file.tree.text()[at..body.range().end - 1];
    if inside.trim().is_empty() {
        let end = body.range().end - 1;
        return Some(TextEdit { start: at, end, text: format!("{rendered}{newline}{indent}") });
    }
    if !inside.starts_with(['\n', '\r']) {
        let end = at + inside.len() - inside.trim_start().len();
        return Some(TextEdit { start: at, end, text: format!("{rendered}{newline}{inner}") });
    }
    Some(insert(at, rendered))
}

/// The name of a handler's socket; a handler without parameters gets one.
fn peer_of(
    file: &File<'_>,
    handler: &Node<'_>,
    connect: &Node<'_>,
    client: &str,
) -> Option<(String, Option<TextEdit>)> {
    match parameters(handler).into_iter().next() {
        Some(first) => (!first.name.is_empty()).then_some((first.name, None)),
        None => {
            let list = handler.field("parameters")?;
            let wanted = parameters(connect).into_iter().next()?;
            let written = if file.tree.language.has_types() {
                bare_parameter(&wanted.node)
            } else {
                client.to_owned()
            };
            Some((client.to_owned(), Some(insert(list.range().start + 1, written))))
        }
    }
}
