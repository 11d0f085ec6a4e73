//! The facts of a place that a template's words may name.

use minijinja::{Environment, UndefinedBehavior, context};

use crate::reach::{held_in, waits_before};
use crate::site::{File, Site, spoken};
use crate::types::Type;
use crate::{Evidence, Outcome, Refusal};

/// Names for `cause`, `title` and `summary`.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// `client`
    pub(crate) receiver: String,
    /// `RoomsGateway.announce`
    pub(crate) function: String,
    /// The class, or else the function.
    pub(crate) owner: String,
    /// The collection that holds the receiver: `this.members`.
    pub(crate) source: Option<String>,
    /// `closed`
    pub(crate) state_name: &'static str,
    /// Whether the function awaits something else before it sends.
    pub(crate) waits: bool,
    /// Whether the failure reached the program.
    pub(crate) throws: bool,
    /// How many sites of the template a patch repairs.
    pub(crate) sites: usize,
}

impl Facts {
    pub(crate) fn of(file: &File<'_>, site: &Site<'_>, evidence: &Evidence) -> Self {
        let function = site.function_name().unwrap_or_else(|| file.tree.path.clone());
        Self {
            receiver: spoken(&site.receiver),
            owner: function.split('.').next().unwrap_or_default().to_owned(),
            function,
            source: held_in(site),
            state_name: if evidence.message.contains("readyState 2") {
                "closing"
            } else {
                "closed"
            },
            waits: waits_before(site),
            throws: matches!(evidence.outcome, Some(Outcome::Thrown | Outcome::CalledBack)),
            sites: 1,
        }
    }

    /// Stands in for a place when a template is read.
    pub(crate) fn example() -> Self {
        Self {
            receiver: "client".into(),
            function: "Rooms.tell".into(),
            owner: "Rooms".into(),
            source: Some("this.members".into()),
            state_name: "closed",
            waits: true,
            throws: true,
            sites: 2,
        }
    }

    fn context(&self) -> minijinja::Value {
        context! {
            receiver => self.receiver.as_str(),
            function => self.function.as_str(),
            owner => self.owner.as_str(),
            source => self.source.as_deref(),
            state_name => self.state_name,
            waits => self.waits,
            throws => self.throws,
            sites => self.sites,
        }
    }

    pub(crate) fn render(&self, template: &str) -> Result<String, Refusal> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment
            .render_str(template, self.context())
            .map(|text| text.trim().to_owned())
            .map_err(|error| Refusal::new("template-fault", format!("{error:#}")))
    }
}

/// A type for a person.
pub(crate) fn type_words(of: &Type) -> String {
    match of {
        Type::Unknown => "of unknown type".into(),
        Type::Named(name) => match name.split_once('#') {
            Some(("./" | ".", name)) => format!("`{name}` of this file"),
            Some((module, name)) => format!("`{name}` of `{module}`"),
            None => format!("`{name}`"),
        },
        Type::Set(_) => "a Set".into(),
        Type::Array(_) => "an array".into(),
        Type::Map(..) => "a Map".into(),
        Type::Record(_) | Type::Pair(..) => "a plain object".into(),
        Type::Promise(_) => "a promise".into(),
    }
}
