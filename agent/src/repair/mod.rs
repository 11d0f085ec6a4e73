//! The order of a repair, and nothing else knows it:
//! `locate → diagnose → patch → verify → propose`.
//!
//! A stage takes what the stage before found and finds more, or halts. It knows neither the store
//! nor the next stage, and running it twice is harmless.

mod change;
mod diagnose;
mod locate;
mod patch;
mod propose;
mod settings;
mod verify;
mod workshop;

pub use change::{diff, files};
pub use diagnose::fix_key;
pub use settings::Settings;
pub use workshop::Workshop;

use crate::forge::Forge;
use crate::git::Repository;
use crate::model::{Errand, Event, Halt, Issue, Progress, Project};
use crate::toolchain::Stopwatch;

/// What a stage may look at: one event of one project.
pub struct Context<'a> {
    /// What all repairs share.
    pub workshop: &'a Workshop,
    /// Whose repository it is.
    pub project: &'a Project,
    /// The issue under repair; none when `bugstack fix` runs without a service.
    pub issue: Option<&'a Issue>,
    /// What the repair was begun for.
    pub errand: &'a Errand,
    /// The occurrence that started the repair.
    pub event: &'a Event,
    /// Where commits are read and made.
    pub repository: &'a Repository,
    /// What `locate` resolves to the base commit: a branch, `HEAD`, a SHA.
    pub base: &'a str,
    /// Where proposals go; none when nothing is proposed.
    pub forge: Option<&'a dyn Forge>,
    /// Books the time of the project's own tools.
    pub stopwatch: &'a Stopwatch,
}

/// Takes one step.
pub fn advance(context: &Context<'_>, progress: Progress) -> Result<Progress, Halt> {
    Ok(match progress {
        Progress::Queued => Progress::Located(locate::locate(context)?),
        Progress::Located(site) => Progress::Diagnosed(diagnose::diagnose(context, site)?),
        Progress::Diagnosed(diagnosis) => {
            let (diagnosis, patches) = patch::patch(context, diagnosis)?;
            Progress::Patched(diagnosis, patches)
        }
        Progress::Patched(diagnosis, patches) => {
            Progress::Verified(Box::new(verify::verify(context, diagnosis, patches)?))
        }
        Progress::Verified(verdict) => {
            Progress::Proposed(Box::new(propose::propose(context, &verdict)?))
        }
        Progress::Proposed(proposal) => Progress::Proposed(proposal),
    })
}
