//! Merging a proposal in a local repository, as a forge does: a merge commit, no work tree.

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::{Repository, commit::reference};

/// The base branch has moved so that the proposal no longer applies by itself.
#[derive(Debug, thiserror::Error)]
#[error("`{branch}` conflicts with `{base}`: update the branch by hand, or close the proposal")]
pub struct MergeConflict {
    /// The proposal's branch.
    pub branch: String,
    /// The branch that it aims at.
    pub base: String,
}

impl Repository {
    /// Merges `branch` into `base` with a merge commit and returns that commit. A branch that is
    /// already merged answers with the base as it is.
    pub fn merge(&self, branch: &str, base: &str, message: &str, now: Timestamp) -> Result<String> {
        let theirs = self.branch_commit(branch)?;
        let ours = self.branch_commit(base)?;
        if self.0.graph_descendant_of(ours.id(), theirs.id())? {
            return Ok(ours.id().to_string());
        }
        let mut index = self.0.merge_commits(&ours, &theirs, None)?;
        if index.has_conflicts() {
            return Err(MergeConflict { branch: branch.into(), base: base.into() }.into());
        }
        let tree = self.0.find_tree(index.write_tree_to(&self.0)?)?;
        let when = git2::Time::new(now.as_second(), 0);
        let author = git2::Signature::new("bugstack", "bugstack@users.noreply.invalid", &when)?;
        let message = git2::message_prettify(message, None)?;
        let id = self.0.commit(None, &author, &author, &message, &tree, &[&ours, &theirs])?;
        self.move_if_unchanged(base, ours.id(), id)?;
        Ok(id.to_string())
    }

    /// Whether `branch` contains `commit` already.
    pub fn contains(&self, branch: &str, commit: &str) -> Result<bool> {
        let head = self.branch_commit(branch)?.id();
        let commit = git2::Oid::from_str(commit)?;
        Ok(head == commit || self.0.graph_descendant_of(head, commit).unwrap_or(false))
    }

    /// Whether two commits merge without a conflict.
    pub fn merges(&self, one: &str, other: &str) -> Result<bool> {
        let (one, other) = (self.find_commit(one)?, self.find_commit(other)?);
        Ok(!self.0.merge_commits(&one, &other, None)?.has_conflicts())
    }

    pub(super) fn branch_commit(&self, branch: &str) -> Result<git2::Commit<'_>> {
        self.0
            .find_reference(&reference(branch))
            .and_then(|found| found.peel_to_commit())
            .with_context(|| format!("the repository has no branch `{branch}`"))
    }

    /// Compare and swap: somebody else's push between our read and our write is not lost.
    fn move_if_unchanged(&self, branch: &str, from: git2::Oid, to: git2::Oid) -> Result<()> {
        self.0
            .reference_matching(&reference(branch), to, true, from, "bugstack: merge")
            .with_context(|| format!("`{branch}` moved while merging: try again"))?;
        Ok(())
    }
}
