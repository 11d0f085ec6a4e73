//! Who owns the changed code, and how its module hands it out.

use super::{described, method_of};
use crate::site::{File, Site, name_of_function};
use crate::syntax::{Node, class_around, field_text, is, is_any, text};
use crate::{Export, Field, Owner, Shape};

/// The owner of the function around a site.
pub(crate) fn owner_of<'t>(file: &File<'t>, site: &Site<'t>) -> Owner {
    let unreachable = |why: String| Owner::Unreachable { why };
    let Some(function) = site.function() else {
        return unreachable("the code runs when the module is loaded".into());
    };
    let (declaration, name) = match class_around(&function) {
        Some(class) => (class.clone(), field_text(&class, "name")),
        None => (declaration_of(&function), name_of_function(&function)),
    };
    let Some(name) = name else { return unreachable("the class has no name".into()) };
    let Some(export) = export_of(file, &declaration, &name) else {
        return unreachable(format!("the module does not export `{name}`"));
    };
    match class_around(&function) {
        Some(class) => Owner::Class {
            name,
            export,
            constructor: method_of(&class, "constructor")
                .map(|it| described(&it))
                .unwrap_or_default(),
            injected: injected(file, &class),
        },
        None => Owner::Function { export },
    }
}

/// How the module hands out a function of its top; `None` where it does not.
pub(crate) fn export_of_function(file: &File<'_>, function: &Node<'_>) -> Option<Export> {
    let top = crate::syntax::function_around(function).is_none();
    let name = name_of_function(function).filter(|_| top)?;
    export_of(file, &declaration_of(function), &name)
}

/// The statement that declares a function: for `const f = () => …` the whole declaration.
fn declaration_of<'t>(function: &Node<'t>) -> Node<'t> {
    function
        .ancestors()
        .take_while(|above| !is(above, "program"))
        .find(|above| is_any(above, &["lexical_declaration", "variable_declaration"]))
        .unwrap_or_else(|| function.clone())
}

pub(super) fn export_of(file: &File<'_>, declaration: &Node<'_>, name: &str) -> Option<Export> {
    if let Some(export) = declaration.parent().filter(|it| is(it, "export_statement")) {
        let default = export.children().any(|child| is(&child, "default"));
        return Some(if default { Export::Default } else { Export::Named });
    }
    file.tree.root().named_children().find_map(|statement| match statement.kind().as_ref() {
        "export_statement" => exported_later(&statement, name),
        "expression_statement" => common_js(&statement, name),
        _ => None,
    })
}

/// `export { X }`, `export { X as default }`, `export default X`
fn exported_later(statement: &Node<'_>, name: &str) -> Option<Export> {
    if statement.field("source").is_some() {
        return None;
    }
    if statement.field("value").is_some_and(|value| text(&value) == name) {
        return Some(Export::Default);
    }
    let specifier = statement.dfs().find(|node| {
        is(node, "export_specifier") && field_text(node, "name").as_deref() == Some(name)
    })?;
    match field_text(&specifier, "alias").as_deref() {
        None => Some(Export::Named),
        Some("default") => Some(Export::Default),
        Some(_) => None,
    }
}

fn common_js(statement: &Node<'_>, name: &str) -> Option<Export> {
    let assignment =
        statement.named_children().next().filter(|it| is(it, "assignment_expression"))?;
    let (left, right) = (field_text(&assignment, "left")?, assignment.field("right")?);
    let is_it = text(&right) == name || field_text(&right, "name").as_deref() == Some(name);
    if left == "module.exports" {
        if is_it {
            return Some(Export::CommonJsWhole);
        }
        let listed = is(&right, "object")
            && right.named_children().any(|part| match part.kind().as_ref() {
                "shorthand_property_identifier" => text(&part) == name,
                "pair" => {
                    field_text(&part, "key").as_deref() == Some(name)
                        && part
                            .field("value")
                            .is_some_and(|value| text(&value) == name || !is(&value, "identifier"))
                }
                "method_definition" => field_text(&part, "name").as_deref() == Some(name),
                _ => false,
            });
        return listed.then_some(Export::CommonJs);
    }
    let own_name = left == format!("exports.{name}") || left == format!("module.exports.{name}");
    own_name.then_some(Export::CommonJs)
}

/// Fields that the framework fills in.
fn injected<'t>(file: &File<'t>, class: &Node<'t>) -> Vec<Field> {
    let Some(body) = class.field("body") else { return Vec::new() };
    let mut decorated = false;
    let mut fields = Vec::new();
    for member in body.named_children() {
        if is(&member, "decorator") {
            decorated |= member.text().starts_with("@WebSocketServer(");
            continue;
        }
        let own = member
            .named_children()
            .any(|part| is(&part, "decorator") && part.text().starts_with("@WebSocketServer("));
        if is(&member, "public_field_definition")
            && (own || decorated)
            && let Some(name) = field_text(&member, "name")
        {
            fields.push(Field { name, shape: Shape::Server });
        }
        decorated = false;
    }
    fields.retain(|field| {
        let kind = file.types.of_member(class, &field.name);
        !kind.is_known() || kind.is("ws#Server")
    });
    fields
}
