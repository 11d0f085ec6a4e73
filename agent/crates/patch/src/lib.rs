//! Templates as data: match, types, edits, style; pure text in, pure text out.
//!
//! `Library` holds the loaded templates. `Library::diagnose` answers evidence about one place with
//! the template that explains it, `Library::patches` renders the ranked candidates, and
//! `Library::spec` writes the test that proves one of them.

mod evidence;
mod patch;
mod refusal;
mod spec;
mod subject;

pub use evidence::{Callee, Evidence, Outcome, Place};
pub use patch::{Diagnosis, LeftAlone, Patch, PatchedSite, SiteEvidence, TextEdit};
pub use refusal::Refusal;
pub use spec::{
    Runner, Spec, SpecSetting, SpecTemplateError, SpecTemplates, SpecTest, render as render_spec,
};
pub use subject::{
    Callable, Export, Field, Owner, Parameter, Scenario, Shape, SocketSource, Subject,
};
