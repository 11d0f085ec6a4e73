//! Which commits are ours alone.

use anyhow::Result;

use super::Repository;
use super::commit::AUTHOR;

impl Repository {
    /// Whether `commit` holds nobody's work but ours: we are its author and its committer, and all
    /// that it stands on is in `base`, a branch. A commit that this repository lacks is not ours.
    pub fn is_ours_alone(&self, commit: &str, base: &str) -> Result<bool> {
        let Ok(commit) = self.find_commit(commit) else { return Ok(false) };
        let ours = |who: &git2::Signature<'_>| {
            (who.name_bytes(), who.email_bytes()) == (AUTHOR.0.as_bytes(), AUTHOR.1.as_bytes())
        };
        if !ours(&commit.author()) || !ours(&commit.committer()) || commit.parent_count() != 1 {
            return Ok(false);
        }
        self.contains(base, &commit.parent_id(0)?.to_string())
    }

    /// The full SHA of a commit's tree.
    pub fn tree_id(&self, commit: &str) -> Result<String> {
        Ok(self.find_commit(commit)?.tree_id().to_string())
    }
}
