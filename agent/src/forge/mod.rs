//! Where proposals live: a trait, and one folder or file a forge.

mod local;

pub use local::LocalForge;

use crate::git::Repository;
use crate::model::{Project, Proposal};

/// A place that holds proposals and lets people review and merge them.
pub trait Forge: Send + Sync {
    /// Makes the proposal's branch visible and opens the proposal, or updates the one that has
    /// the same branch. `mirror` holds the commit. Repeating it changes nothing.
    fn propose(
        &self,
        project: &Project,
        mirror: &Repository,
        draft: Proposal,
    ) -> anyhow::Result<Proposal>;

    /// Merges an open proposal, because a person asked for it, and returns the merge commit.
    fn merge(&self, project: &Project, proposal: &Proposal) -> anyhow::Result<String>;

    /// Closes an open proposal without merging it, because a person asked for it.
    fn close(&self, project: &Project, proposal: &Proposal) -> anyhow::Result<()>;
}
