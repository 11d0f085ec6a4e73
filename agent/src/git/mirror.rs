//! The agent's own bare copy of a project's repository, and what leaves it.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Repository, commit::reference};

/// Only these leave and enter the mirror; tags and notes stay where they are.
const BRANCHES: &str = "+refs/heads/*:refs/heads/*";

impl Repository {
    /// Opens the mirror at `path`, made first where it is missing, and fetches every branch of
    /// `origin` into it. Branches of ours that `origin` does not have stay.
    pub fn mirror(path: &Path, origin: &str) -> Result<Self> {
        let inner = match git2::Repository::open_bare(path) {
            Ok(found) => found,
            Err(_) => git2::Repository::init_bare(path)
                .with_context(|| format!("making the mirror at {}", path.display()))?,
        };
        let mut remote = inner.remote_anonymous(origin)?;
        remote.fetch(&[BRANCHES], None, None).with_context(|| format!("fetching from {origin}"))?;
        if let Ok(head) = remote.default_branch() {
            inner.set_head(head.as_str().context("the default branch's name")?)?;
        }
        drop(remote);
        Ok(Self(inner))
    }

    /// Puts `branch` into the repository at `target`, a path, replacing what it pointed at there.
    /// A branch outside `bugstack/` is refused: the base branch is never ours to move.
    ///
    /// The target fetches from the mirror, because libgit2 pushes to no repository that has a
    /// work tree.
    pub fn publish(&self, target: &Path, branch: &str) -> Result<()> {
        if !branch.starts_with("bugstack/") {
            bail!("refusing to publish `{branch}`: only branches under bugstack/ are ours");
        }
        let target = Self::open(target)?;
        if target.has_checked_out(branch) {
            bail!("`{branch}` is checked out there: switch to another branch and try again");
        }
        let mirror = self.0.path().to_str().context("the mirror's path is not UTF-8")?;
        let name = reference(branch);
        target
            .0
            .remote_anonymous(mirror)?
            .fetch(&[format!("+{name}:{name}")], None, None)
            .with_context(|| format!("publishing {branch}"))?;
        Ok(())
    }
}
