//! How a class's constant is written at a place, so that it is there at run time.

use semver::Version;

use crate::ProjectFacts;
use crate::guard::spelling;
use crate::imports::Imported;
use crate::syntax::{Language, Node, field_text, is, is_any, text};
use crate::types::{Types, binding_of};

/// From here on `require('ws').WebSocket` exists.
const NAMED_CLASS_SINCE: Version = Version::new(8, 2, 0);

/// The expression that is the class at run time at this place; `None` where nothing is bound to it.
///
/// A name that is not bound is never used: the compiler takes the browser's global for it, and the
/// program fails with a ReferenceError.
pub(crate) fn class_value<'t>(
    types: &Types<'t>,
    class: &str,
    place: &Node<'t>,
    project: &ProjectFacts,
) -> Option<String> {
    let (module, name) = class.split_once('#')?;
    types.imports.iter().filter(|import| import.module == module && !import.type_only).find_map(
        |import| {
            if shadowed(place, &import.local) {
                return None;
            }
            let used = || used_as_value(types, &import.local);
            let bound = match &import.what {
                Imported::Whole => true,
                Imported::Named(named) if named == name => match project.versions.get(module) {
                    Some(version) => *version >= NAMED_CLASS_SINCE,
                    None => used(),
                },
                Imported::Named(_) => false,
                // Without interop the default is undefined; a file that uses it shows it is not.
                Imported::Default => types.tree.language == Language::JavaScript || used(),
                Imported::Namespace => used(),
            };
            bound.then(|| import.local.clone())
        },
    )
}

/// How this file writes a state when it compares: `1`, `OPEN`; only forms of the file's own.
pub(crate) fn own_form(types: &Types<'_>, constant: &str) -> Option<String> {
    for comparison in types.tree.root().dfs().filter(|node| is(node, "binary_expression")) {
        let (Some(left), Some(right)) = (comparison.field("left"), comparison.field("right"))
        else {
            continue;
        };
        if !spelling(&left).ends_with(".readyState") {
            continue;
        }
        let written = text(&right);
        let literal = constant == "OPEN" && written == "1";
        let named = is(&right, "identifier")
            && written == constant
            && (binding_of(&right).is_some()
                || types.imports.iter().any(|it| it.local == written && !it.type_only));
        if literal || named {
            return Some(written);
        }
    }
    None
}

fn shadowed(place: &Node<'_>, name: &str) -> bool {
    // A declaration of this very name around the place hides the import.
    place.dfs().chain(place.ancestors()).any(|scope| {
        crate::types::parameters(&scope).iter().any(|parameter| parameter.name == name)
            || (is(&scope, "variable_declarator")
                && field_text(&scope, "name").as_deref() == Some(name)
                && !scope.text().contains("require("))
    })
}

fn used_as_value(types: &Types<'_>, name: &str) -> bool {
    types.tree.root().dfs().filter(|node| is(node, "identifier") && text(node) == name).any(
        |node| {
            node.parent().is_some_and(|parent| {
                is_any(&parent, &["new_expression", "member_expression"])
                    || (is(&parent, "binary_expression")
                        && field_text(&parent, "operator").as_deref() == Some("instanceof"))
            })
        },
    )
}
