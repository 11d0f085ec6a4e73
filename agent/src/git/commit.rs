//! Commits by plumbing: blobs, trees and a commit object; no index, no hooks, no filters.

use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::Repository;

/// Who commits. The address is not deliverable on purpose.
pub(super) const AUTHOR: (&str, &str) = ("bugstack", "bugstack@users.noreply.invalid");

/// What a commit shall say.
pub struct NewCommit<'a> {
    /// The parent, full SHA.
    pub base: &'a str,
    /// Path and text of every file that differs from the parent.
    pub files: &'a [(String, String)],
    /// Subject, and perhaps a body.
    pub message: &'a str,
    /// Author and committer date: the event's, so that the same repair makes the same commit.
    pub time: Timestamp,
}

impl Repository {
    /// Makes the commit and returns its full SHA. The same input makes the same commit.
    pub fn commit(&self, new: &NewCommit<'_>) -> Result<String> {
        let parent = self.find_commit(new.base)?;
        let tree = parent.tree()?;
        let mut update = git2::build::TreeUpdateBuilder::new();
        for (path, text) in new.files {
            let blob = self.0.blob(text.as_bytes())?;
            update.upsert(path, blob, mode(&tree, path));
        }
        let tree = update
            .create_updated(&self.0, &tree)
            .and_then(|id| self.0.find_tree(id))
            .context("writing the patched tree")?;
        let when = git2::Time::new(new.time.as_second(), 0);
        let author = git2::Signature::new(AUTHOR.0, AUTHOR.1, &when)?;
        let message = git2::message_prettify(new.message, None)?;
        let id = self.0.commit(None, &author, &author, &message, &tree, &[&parent])?;
        Ok(id.to_string())
    }

    /// Makes a repository in `folder` and commits every file that is not ignored.
    pub fn init(folder: &Path, branch: &str, message: &str, time: Timestamp) -> Result<Self> {
        let mut options = git2::RepositoryInitOptions::new();
        options.initial_head(branch).no_reinit(true).external_template(false);
        let inner = git2::Repository::init_opts(folder, &options)
            .with_context(|| format!("making a repository in {}", folder.display()))?;
        let mut index = inner.index()?;
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None)?;
        index.write()?;
        let tree = index.write_tree()?;
        let when = git2::Time::new(time.as_second(), 0);
        let author = git2::Signature::new(AUTHOR.0, AUTHOR.1, &when)?;
        let message = git2::message_prettify(message, None)?;
        let tree = inner.find_tree(tree)?;
        inner.commit(Some("HEAD"), &author, &author, &message, &tree, &[])?;
        drop(tree);
        Ok(Self(inner))
    }

    /// Points `branch` at `commit`, whatever it pointed at before.
    pub fn set_branch(&self, branch: &str, commit: &str) -> Result<()> {
        let id = self.find_commit(commit)?.id();
        self.0
            .reference(&reference(branch), id, true, "bugstack")
            .with_context(|| format!("moving branch {branch}"))?;
        Ok(())
    }

    /// Removes `branch` if it still points at `commit`.
    pub fn drop_branch(&self, branch: &str, commit: &str) -> Result<()> {
        if self.branch_head(branch).as_deref() == Some(commit) {
            self.0.find_reference(&reference(branch))?.delete()?;
        }
        Ok(())
    }

    /// The branch that `HEAD` names.
    pub fn default_branch(&self) -> Result<String> {
        let head = self.0.find_reference("HEAD")?;
        let target = head.symbolic_target().ok().flatten().unwrap_or_default();
        Ok(target.trim_start_matches("refs/heads/").to_owned())
    }

    /// The commit that `branch` points at.
    pub fn branch_head(&self, branch: &str) -> Option<String> {
        let id = self.0.refname_to_id(&reference(branch)).ok()?;
        Some(id.to_string())
    }
}

/// A file stays executable.
fn mode(tree: &git2::Tree<'_>, path: &str) -> git2::FileMode {
    match tree.get_path(Path::new(path)) {
        Ok(entry) if entry.filemode() == 0o100_755 => git2::FileMode::BlobExecutable,
        _ => git2::FileMode::Blob,
    }
}

pub(super) fn reference(branch: &str) -> String {
    format!("refs/heads/{branch}")
}
