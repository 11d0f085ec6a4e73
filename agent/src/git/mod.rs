//! Git: read the tree of a commit, make commits by plumbing, move branches. git2 stays here.
//!
//! Nothing in this room runs hooks, filters or a shell, and nothing touches a work tree except
//! `worktree::write`, which `bugstack fix --write` asks for.

mod ancestry;
mod blame;
mod commit;
mod content;
mod diff;
mod http;
mod merge;
mod merged;
mod mirror;
mod note;
mod ours;
mod publish;
mod push;
mod tree;
mod worktree;

pub use blame::Author;
pub use commit::NewCommit;
pub use content::Content;
pub use diff::unified;
pub use http::{Access, Failure};
pub use merge::MergeConflict;
pub use mirror::is_http;
pub use note::{Note, NoteChanged};
pub use publish::BranchMoved;
pub use push::{Push, PushError, delete_branch, may_push};
pub use tree::Tree;

use std::path::Path;

use anyhow::{Context, Result};

/// A repository on this machine, bare or not.
pub struct Repository(git2::Repository);

impl Repository {
    /// Opens the repository at `path`, which must be its root: no parent folder is searched.
    pub fn open(path: &Path) -> Result<Self> {
        let inner = git2::Repository::open_ext(
            path,
            git2::RepositoryOpenFlags::NO_SEARCH,
            std::iter::empty::<&std::ffi::OsStr>(),
        )
        .with_context(|| format!("opening the git repository at {}", path.display()))?;
        Ok(Self(inner))
    }

    /// The full SHA of the commit that `rev` names.
    pub fn resolve(&self, rev: &str) -> Result<String> {
        let object = self
            .0
            .revparse_single(rev)
            .and_then(|object| object.peel(git2::ObjectType::Commit))
            .with_context(|| format!("`{rev}` names no commit in this repository"))?;
        Ok(object.id().to_string())
    }

    /// The tree of a commit.
    pub fn tree(&self, commit: &str) -> Result<Tree<'_>> {
        let tree = self.find_commit(commit)?.tree()?;
        Ok(Tree::new(&self.0, tree))
    }

    fn find_commit(&self, sha: &str) -> Result<git2::Commit<'_>> {
        let id = git2::Oid::from_str(sha).with_context(|| format!("`{sha}` is not a full SHA"))?;
        self.0.find_commit(id).with_context(|| format!("commit {sha} is not in the repository"))
    }
}

#[cfg(test)]
mod tests;
