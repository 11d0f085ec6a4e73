//! The agent's own bare copy of a project's repository.

use std::path::Path;

use anyhow::{Context, Result};

use super::Repository;
use super::http::{Access, Failure, Limits, Operation, register};

/// Only these leave and enter the mirror; tags and notes stay where they are.
const BRANCHES: &str = "+refs/heads/*:refs/heads/*";

impl Repository {
    /// Opens the mirror at `path`, made first where it is missing, and fetches every branch of
    /// `origin` into it. Branches of ours that `origin` does not have stay. Any http(s) origin
    /// needs no `access` if everybody may read it.
    pub fn mirror(path: &Path, origin: &str, access: Option<&Access>) -> Result<Self> {
        let inner = match git2::Repository::open_bare(path) {
            Ok(found) => found,
            Err(_) => git2::Repository::init_bare(path)
                .with_context(|| format!("making the mirror at {}", path.display()))?,
        };
        let mirror = Self(inner);
        match access {
            Some(access) => mirror.fetch_through(access, &[BRANCHES])?,
            None if is_http(origin) => {
                mirror.fetch_through(&Access::public(origin)?, &[BRANCHES])?
            }
            None => {
                register()?;
                mirror.fetch(origin, &[BRANCHES]).with_context(|| format!("fetching {origin}"))?;
            }
        }
        Ok(mirror)
    }

    /// Fetches what `refspecs` name over http(s).
    pub(super) fn fetch_through(&self, access: &Access, refspecs: &[&str]) -> Result<(), Failure> {
        let origin = access.url().as_str();
        Operation::run(access, Limits::FETCH, || self.fetch(origin, refspecs))
    }

    /// Fetches; with all branches, HEAD follows the origin's.
    fn fetch(&self, origin: &str, refspecs: &[&str]) -> Result<(), git2::Error> {
        let mut remote = self.0.remote_anonymous(origin)?;
        let mut options = git2::FetchOptions::new();
        options.download_tags(git2::AutotagOption::None);
        remote.fetch(refspecs, Some(&mut options), None)?;
        if refspecs == [BRANCHES]
            && let Ok(head) = remote.default_branch()
        {
            self.0.set_head(head.as_str()?)?;
        }
        Ok(())
    }
}

/// Whether git speaks to `origin` over http(s).
pub fn is_http(origin: &str) -> bool {
    let scheme = origin.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}
