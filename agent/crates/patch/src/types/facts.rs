//! The table of what libraries say about their own types.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Type;
use crate::imports::{Import, Imported};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Facts {
    /// What the runtime brings under a name of its own.
    globals: BTreeMap<String, String>,
    modules: BTreeMap<String, Module>,
    types: BTreeMap<String, Known>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Module {
    whole: String,
    /// Two names for one type.
    #[serde(default)]
    same: BTreeMap<String, String>,
    /// The module whose names these are.
    is: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    #[serde(default)]
    properties: BTreeMap<String, String>,
    /// An event's arguments.
    #[serde(default)]
    events: BTreeMap<String, Vec<String>>,
    /// What hangs on the constructor.
    #[serde(default)]
    members: BTreeMap<String, String>,
}

impl Facts {
    /// The table in `facts.yml`; a test keeps it readable.
    pub(super) fn built_in() -> &'static Self {
        static TABLE: LazyLock<Facts> =
            LazyLock::new(|| serde_yaml::from_str(include_str!("facts.yml")).unwrap_or_default());
        &TABLE
    }

    pub(super) fn global(&self, name: &str) -> Type {
        self.globals.get(name).map_or(Type::Unknown, |written| read(written))
    }

    pub(super) fn type_of_import(&self, import: &Import) -> Type {
        match &import.what {
            Imported::Named(name) => self.named(&import.module, name),
            Imported::Default | Imported::Whole | Imported::Namespace => {
                match self.modules.get(&import.module) {
                    Some(module) => Type::Named(module.whole.clone()),
                    None => outside(&import.module, &import.local),
                }
            }
        }
    }

    /// `Local.Name`, where `Local` is imported.
    pub(super) fn type_of_member(&self, import: &Import, name: &str) -> Type {
        match self.type_of_import(import) {
            Type::Named(owner) => {
                match self.types.get(&owner).and_then(|it| it.members.get(name)) {
                    Some(member) => Type::Named(member.clone()),
                    None => outside(&import.module, name),
                }
            }
            _ => Type::Unknown,
        }
    }

    pub(super) fn property(&self, of: &Type, name: &str) -> Type {
        let Type::Named(owner) = of else { return Type::Unknown };
        let Some(known) = self.types.get(owner) else { return Type::Unknown };
        let found = known.properties.get(name).or_else(|| known.members.get(name));
        found.map_or(Type::Unknown, |written| read(written))
    }

    pub(super) fn event(&self, of: &Type, event: &str, index: usize) -> Type {
        let Type::Named(owner) = of else { return Type::Unknown };
        self.types
            .get(owner)
            .and_then(|known| known.events.get(event)?.get(index))
            .map_or(Type::Unknown, |written| read(written))
    }

    fn named(&self, module: &str, name: &str) -> Type {
        let Some(known) = self.modules.get(module) else { return outside(module, name) };
        let home = known.is.as_deref().unwrap_or(module);
        let aliases = self.modules.get(home).map(|home| &home.same);
        let name = aliases.and_then(|same| same.get(name)).map_or(name, String::as_str);
        Type::Named(format!("{home}#{name}"))
    }
}

/// A type of another package is known by name; one from the project's own files may be anything.
fn outside(module: &str, name: &str) -> Type {
    let own = module.starts_with('.')
        || module.starts_with('/')
        || module.starts_with("@/")
        || module.starts_with("~")
        || module.starts_with("src/")
        || module.starts_with('#');
    if own { Type::Unknown } else { Type::Named(format!("{module}#{name}")) }
}

fn read(written: &str) -> Type {
    match written.strip_prefix("Set<").and_then(|inner| inner.strip_suffix('>')) {
        Some(inner) => Type::Set(Box::new(read(inner))),
        None => Type::Named(written.to_owned()),
    }
}
