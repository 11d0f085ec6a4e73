//! Templates as data: match, types, edits, style; pure text in, pure text out.
//!
//! `Library` holds the loaded templates. `Library::diagnose` answers evidence about one place with
//! the template that explains it, `Library::patches` renders the ranked candidates, and
//! `render_spec` writes the test that proves one of them.

mod apply;
mod candidate;
mod companion;
mod constant;
mod evidence;
mod foreign;
mod guard;
mod imports;
mod library;
mod lists;
mod patch;
mod reach;
mod refusal;
mod rendering;
mod scan;
mod siblings;
mod site;
mod slot;
mod spec;
mod style;
mod subject;
mod syntax;
mod template;
mod types;
mod wording;
mod wrap;

pub use evidence::{Callee, Evidence, Outcome, Place};
pub use library::{Library, LoadError, ProjectFacts, Source};
pub use patch::{Diagnosis, LeftAlone, Patch, PatchedSite, SiteEvidence, TextEdit};
pub use refusal::Refusal;
pub use scan::Finding;
pub use spec::{
    Runner, Spec, SpecSetting, SpecTemplateError, SpecTemplates, SpecTest, render as render_spec,
};
pub use subject::{
    Callable, Export, Field, Owner, Parameter, Scenario, Shape, SocketSource, Subject,
};
pub use syntax::Language;
pub use template::Template;
