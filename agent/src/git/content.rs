//! What a commit changes, so that a forge can make the same commit itself.

use anyhow::{Context, Result, bail};

use super::Repository;

/// A commit with one parent: its message and the files in which it differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The parent, full SHA.
    pub parent: String,
    /// As it is.
    pub message: String,
    /// Path and bytes of every file that is new or differs.
    pub written: Vec<(String, Vec<u8>)>,
    /// Paths of the files that are gone.
    pub removed: Vec<String>,
    tree: git2::Oid,
}

impl Content {
    /// Whether both leave the same tree on the same parent.
    pub fn is_same(&self, other: &Self) -> bool {
        self.tree == other.tree && self.parent == other.parent
    }
}

impl Repository {
    /// What a commit changes.
    ///
    /// # Errors
    /// For a merge, or a first commit.
    pub fn content(&self, commit: &str) -> Result<Content> {
        let commit = self.find_commit(commit)?;
        if commit.parent_count() != 1 {
            bail!("{} has not exactly one parent", commit.id());
        }
        let parent = commit.parent(0)?;
        let (old, new) = (parent.tree()?, commit.tree()?);
        let diff = self.0.diff_tree_to_tree(Some(&old), Some(&new), None)?;
        let (mut written, mut removed) = (Vec::new(), Vec::new());
        for delta in diff.deltas() {
            let path = |file: git2::DiffFile<'_>| -> Result<String> {
                let path = file.path().and_then(|path| path.to_str());
                Ok(path.context("a path that is not UTF-8")?.to_owned())
            };
            match delta.status() {
                git2::Delta::Deleted => removed.push(path(delta.old_file())?),
                _ => {
                    let blob = self.0.find_blob(delta.new_file().id())?;
                    written.push((path(delta.new_file())?, blob.content().to_vec()));
                }
            }
        }
        let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
        Ok(Content { parent: parent.id().to_string(), message, written, removed, tree: new.id() })
    }
}
