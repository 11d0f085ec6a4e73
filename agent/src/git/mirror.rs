//! The agent's own bare copy of a project's repository, and pushing from it.

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
        remote
            .fetch(&[BRANCHES], None, None)
            .with_context(|| format!("fetching from {origin}"))?;
        if let Ok(head) = remote.default_branch() {
            inner.set_head(head.as_str().context("the default branch's name")?)?;
        }
        drop(remote);
        Ok(Self(inner))
    }

    /// Pushes `branch` to the repository at `target`, replacing what it pointed at there. A branch
    /// outside `bugstack/` is refused: the base branch is never ours to move.
    pub fn push(&self, target: &str, branch: &str) -> Result<()> {
        if !branch.starts_with("bugstack/") {
            bail!("refusing to push `{branch}`: only branches under bugstack/ are ours");
        }
        let mut rejected = None;
        let mut callbacks = git2::RemoteCallbacks::new();
        callbacks.push_update_reference(|_, status| {
            rejected = status.map(str::to_owned);
            Ok(())
        });
        let mut options = git2::PushOptions::new();
        options.remote_callbacks(callbacks);
        let name = reference(branch);
        self.0
            .remote_anonymous(target)?
            .push(&[format!("+{name}:{name}")], Some(&mut options))
            .with_context(|| format!("pushing {branch}"))?;
        drop(options);
        match rejected {
            Some(reason) => bail!("the repository rejected {branch}: {reason}"),
            None => Ok(()),
        }
    }
}
