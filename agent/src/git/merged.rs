//! Where a branch took a commit in.

use anyhow::Result;
use jiff::Timestamp;

use super::Repository;

impl Repository {
    /// The first commit of `branch`, by first parents, that holds `commit`: the merge, or after a
    /// fast-forward `commit` itself. None when the branch does not hold it.
    pub fn merge_of(&self, branch: &str, commit: &str) -> Result<Option<String>> {
        if !self.contains(branch, commit)? {
            return Ok(None);
        }
        let commit = git2::Oid::from_str(commit)?;
        let mut later = self.0.revwalk()?;
        later.push(self.branch_commit(branch)?.id())?;
        later.hide(commit)?;
        later.simplify_first_parent()?;
        let later: Vec<git2::Oid> = later.collect::<Result<_, _>>()?;
        let holds = |id: &git2::Oid| self.0.graph_descendant_of(*id, commit).unwrap_or(false);
        // What holds it is newer than what does not.
        let newer = later.partition_point(holds);
        let Some(oldest) = newer.checked_sub(1).and_then(|at| later.get(at)) else {
            return Ok(Some(commit.to_string()));
        };
        let fast_forward = self.0.find_commit(*oldest)?.parent_id(0)? == commit;
        Ok(Some(if fast_forward { commit } else { *oldest }.to_string()))
    }

    /// When a commit was made, by its committer's clock.
    pub fn time_of(&self, commit: &str) -> Result<Timestamp> {
        Ok(Timestamp::from_second(self.find_commit(commit)?.time().seconds())?)
    }
}
