//! The agent's own bare copy of a project's repository.

use std::path::Path;

use anyhow::{Context, Result};

use super::Repository;

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
}
