//! The order of a repair, and nothing else knows it:
//! `locate → diagnose → patch → verify → propose`.
//!
//! A stage takes what the stage before found and finds more, or halts. It knows neither the store
//! nor the next stage, and running it twice is harmless.

use crate::model::{Event, IssueId, Progress, Project, Refusal};

/// What a stage may look at: one event of one project.
pub struct Context<'a> {
    /// Whose repository it is.
    pub project: &'a Project,
    /// The issue under repair; none when `bugstack fix` runs without a service.
    pub issue: Option<IssueId>,
    /// The occurrence that started the repair.
    pub event: &'a Event,
}

/// Why a stage did not find more.
#[derive(Debug)]
pub enum Halt {
    /// No patch, because …: an answer, stored and shown.
    Refused(Refusal),
    /// Our own failure: the worker tries the stage again, a limited number of times.
    Fault(anyhow::Error),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<anyhow::Error> for Halt {
    fn from(error: anyhow::Error) -> Self {
        Self::Fault(error)
    }
}

/// Takes one step.
pub fn advance(_context: &Context<'_>, progress: Progress) -> Result<Progress, Halt> {
    Ok(progress)
}
