//! How a test reaches the changed code: its owner, the function to call, and where sockets come
//! from.

mod origin;
mod owner;
mod scenarios;
mod stale;

pub(crate) use origin::{held_in, holder, is_exported, own_field, shape_of};
pub(crate) use owner::export_of_function;
use owner::owner_of;
pub(crate) use scenarios::scenarios;
pub(crate) use stale::why_stale;

use crate::site::{File, Site, name_of_function};
use crate::syntax::{
    Node, call_given, class_around, encloses, field_text, is, is_any, is_function, text,
    within_function,
};
use crate::types::parameters;
use crate::{Callable, Parameter, Scenario};

/// The scenario for the sites `indices`, which all lie in one function; an error is the reason why
/// a test cannot drive it.
pub(crate) fn send_scenario<'t>(
    file: &File<'t>,
    lead: &Site<'t>,
    indices: Vec<usize>,
) -> Result<Scenario, String> {
    let function = lead.function().ok_or("the code runs when the module is loaded")?;
    if crate::syntax::function_around(&function).is_some() {
        return Err(format!(
            "`{}` is declared inside another function",
            name_of_function(&function).unwrap_or_default()
        ));
    }
    if let Some(event) = later(lead, &function) {
        return Err(format!("`{event}` runs the code later, and no test can tell when"));
    }
    let call = callable(&function);
    let sockets = origin::socket_source(file, lead, &function)
        .ok_or_else(|| format!("it is not known where `{}` takes its sockets from", call.name))?;
    Ok(Scenario::Send { sites: indices, call, sockets, closes_during_call: waits_before(lead) })
}

/// The method that keeps a callback around a site for later: `on`, `setInterval`.
fn later<'t>(site: &Site<'t>, function: &Node<'t>) -> Option<String> {
    const LATER: &[&str] = &[
        "on",
        "once",
        "addListener",
        "addEventListener",
        "subscribe",
        "setInterval",
        "setTimeout",
    ];
    site.call
        .ancestors()
        .take_while(|above| above.range() != function.range())
        .filter(is_function)
        .filter_map(|callback| call_given(&callback))
        .filter_map(|(call, _)| {
            let callee = call.field("function")?;
            Some(text(&callee.field("property").unwrap_or(callee)))
        })
        .find(|name| LATER.contains(&name.as_str()))
}

/// Whether the named function around a site awaits something before the site's own statement.
pub(crate) fn waits_before(site: &Site<'_>) -> bool {
    let (Some(function), Ok(slot)) = (site.function(), site.slot()) else { return false };
    within_function_of(&function)
        .iter()
        .any(|wait| wait.range().end <= slot.node.range().start && !encloses(&slot.node, wait))
}

fn within_function_of<'t>(function: &Node<'t>) -> Vec<Node<'t>> {
    function
        .field("body")
        .map(|body| within_function(&body, "await_expression"))
        .unwrap_or_default()
}

/// A function as a test calls it.
pub(crate) fn callable(function: &Node<'_>) -> Callable {
    let name = name_of_function(function).unwrap_or_default();
    let holder = function
        .parent()
        .filter(|it| is_any(it, &["public_field_definition", "field_definition"]))
        .unwrap_or_else(|| function.clone());
    let hidden = holder.children().any(|child| {
        is(&child, "accessibility_modifier")
            && ["private", "protected"].contains(&child.text().as_ref())
    });
    let is_async = function.children().any(|child| is(&child, "async"))
        || field_text(function, "return_type").is_some_and(|kind| kind.contains("Promise<"));
    Callable {
        public: !hidden && !name.starts_with('#'),
        name,
        is_async,
        parameters: described(function),
    }
}

/// A function's parameters as the contract wants them.
pub(crate) fn described(function: &Node<'_>) -> Vec<Parameter> {
    parameters(function)
        .into_iter()
        .map(|parameter| Parameter {
            name: parameter.name,
            type_text: parameter
                .annotation
                .map(|annotation| annotation.text().trim_start_matches(':').trim().to_owned()),
        })
        .collect()
}

/// The method of a class, by name.
pub(crate) fn method_of<'t>(class: &Node<'t>, name: &str) -> Option<Node<'t>> {
    class.field("body")?.named_children().find(|member| {
        is(member, "method_definition") && field_text(member, "name").as_deref() == Some(name)
    })
}

/// The class around a site, else the whole file.
pub(crate) fn surroundings<'t>(file: &File<'t>, site: &Site<'t>) -> Node<'t> {
    class_around(&site.call).unwrap_or_else(|| file.tree.root())
}
