//! The repository's mirror, opened when it is asked for and fetched at most once a look.

use std::cell::{Cell, OnceCell};

use anyhow::anyhow;

use crate::forge::Answer;
use crate::git::Repository;

/// The repository's mirror.
pub struct Mirror<'a> {
    open: &'a dyn Fn(bool) -> Answer<Repository>,
    stale: OnceCell<Repository>,
    fresh: OnceCell<Repository>,
    failed: Cell<bool>,
}

impl<'a> Mirror<'a> {
    /// `open` returns the mirror; fetched first if it is told so.
    pub fn new(open: &'a dyn Fn(bool) -> Answer<Repository>) -> Self {
        Self { open, stale: OnceCell::new(), fresh: OnceCell::new(), failed: Cell::new(false) }
    }

    /// As it is, if it is there.
    pub(super) fn as_it_is(&self) -> Option<&Repository> {
        if let Some(fresh) = self.fresh.get() {
            return Some(fresh);
        }
        if self.stale.get().is_none() {
            // Not there yet: it must be fetched, if anything is to be known.
            let _ = self.stale.set((self.open)(false).ok()?);
        }
        self.stale.get()
    }

    /// With everything that the origin has by now.
    pub(super) fn fetched(&self) -> Answer<&Repository> {
        if let Some(fresh) = self.fresh.get() {
            return Ok(fresh);
        }
        if self.failed.get() {
            return Err(anyhow!("the repository could not be fetched").into());
        }
        let opened = (self.open)(true).inspect_err(|_| self.failed.set(true))?;
        Ok(self.fresh.get_or_init(|| opened))
    }

    /// With these commits, if the origin has them: fetched only when one is missing.
    pub(super) fn with(&self, commits: &[&str]) -> Answer<&Repository> {
        match self.as_it_is() {
            Some(there) if commits.iter().all(|commit| there.knows(commit)) => Ok(there),
            _ => self.fetched(),
        }
    }
}
