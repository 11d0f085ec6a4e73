//! How a class's constant is written at a place, so that it is there at run time.

use std::collections::BTreeSet;

use semver::Version;

use crate::ProjectFacts;
use crate::guard::spelling;
use crate::imports::Imported;
use crate::site::File;
use crate::syntax::{Language, Node, field_text, is, is_any, text};
use crate::types::{Types, binding_of};

/// From here on `require('ws').WebSocket` exists.
const NAMED_CLASS_SINCE: Version = Version::new(8, 2, 0);

/// The expression that is the class at run time at this place; `None` where nothing is bound to it.
///
/// A name that is not bound is never used: the compiler takes the browser's global for it, and the
/// program fails with a ReferenceError.
pub(crate) fn class_value<'t>(
    file: &File<'t>,
    class: &str,
    place: &Node<'t>,
    project: &ProjectFacts,
) -> Option<String> {
    let (module, name) = class.split_once('#')?;
    let imports = file.types.imports.iter();
    imports.filter(|import| import.module == module && !import.type_only).find_map(|import| {
        if shadowed(place, &import.local) {
            return None;
        }
        let used = || file.usage().values.contains(&import.local);
        let bound = match &import.what {
            Imported::Whole => true,
            Imported::Named(named) if named == name => match project.versions.get(module) {
                Some(version) => *version >= NAMED_CLASS_SINCE,
                None => used(),
            },
            Imported::Named(_) => false,
            // Without interop the default is undefined; a file that uses it shows it is not.
            Imported::Default => file.tree.language == Language::JavaScript || used(),
            // A native module's namespace holds the class; a compiled one is the class.
            Imported::Namespace => {
                let member = format!("{}.{name}", import.local);
                if file.usage().values.contains(&member) {
                    return Some(member);
                }
                file.usage().values.contains(&format!("new {}", import.local))
            }
        };
        bound.then(|| import.local.clone())
    })
}

/// What one walk over a file tells about constants and classes in it.
pub(crate) struct Usage {
    /// What states are compared with, as written: `1`, `OPEN`.
    states: BTreeSet<String>,
    /// Names whose value is used: constructed (`new X` too), asked for a member (`X.y` too), or
    /// for `instanceof`.
    values: BTreeSet<String>,
}

impl Usage {
    pub(crate) fn of(types: &Types<'_>) -> Self {
        let mut usage = Self { states: BTreeSet::new(), values: BTreeSet::new() };
        for node in types.tree.root().dfs() {
            match node.kind().as_ref() {
                "binary_expression" => usage.states.extend(compared_state(types, &node)),
                "identifier" if is_used(&node) => {
                    usage.values.insert(text(&node));
                }
                "member_expression" => {
                    usage.values.insert(text(&node));
                }
                "new_expression" => {
                    let made = field_text(&node, "constructor").unwrap_or_default();
                    usage.values.insert(format!("new {made}"));
                }
                _ => {}
            }
        }
        usage
    }

    /// How this file writes a state when it compares; only forms of the file's own.
    pub(crate) fn own_form(&self, constant: &str) -> Option<String> {
        let forms = if constant == "OPEN" { vec!["1", constant] } else { vec![constant] };
        forms.into_iter().find(|form| self.states.contains(*form)).map(str::to_owned)
    }
}

/// The literal or the bound name that a `readyState` is compared with.
fn compared_state(types: &Types<'_>, comparison: &Node<'_>) -> Option<String> {
    let (left, right) = (comparison.field("left")?, comparison.field("right")?);
    if !spelling(&left).ends_with(".readyState") {
        return None;
    }
    let written = text(&right);
    let bound = || {
        binding_of(&right).is_some()
            || types.imports.iter().any(|it| it.local == written && !it.type_only)
    };
    (is(&right, "number") || (is(&right, "identifier") && bound())).then_some(written)
}

fn is_used(name: &Node<'_>) -> bool {
    name.parent().is_some_and(|parent| {
        is_any(&parent, &["new_expression", "member_expression"])
            || (is(&parent, "binary_expression")
                && field_text(&parent, "operator").as_deref() == Some("instanceof"))
    })
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
