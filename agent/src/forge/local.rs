//! The embedded forge: the project's repository is a path on this machine, the branch is put
//! into it, and the proposal itself lives in the agent's store.

use std::path::Path;

use anyhow::{Result, bail};
use jiff::Timestamp;

use super::Forge;
use crate::git::Repository;
use crate::model::{Project, Proposal};

/// The embedded forge.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalForge;

impl Forge for LocalForge {
    fn propose(&self, project: &Project, mirror: &Repository, draft: Proposal) -> Result<Proposal> {
        mirror.publish(Path::new(&project.repository), &draft.branch)?;
        Ok(draft)
    }

    fn merge(&self, project: &Project, proposal: &Proposal) -> Result<String> {
        let repository = Repository::open(Path::new(&project.repository))?;
        let head = repository.branch_head(&proposal.branch);
        if head.as_deref() != Some(proposal.commit.as_str()) {
            bail!(
                "`{}` no longer points at {}: somebody changed it. Review the branch and merge it \
                 by hand",
                proposal.branch,
                proposal.commit
            );
        }
        if repository.has_checked_out(&proposal.base_branch) {
            bail!(
                "`{}` is checked out in {}: merge it there with `git merge {}`",
                proposal.base_branch,
                project.repository,
                proposal.branch
            );
        }
        let message = format!("Merge {}\n\n{}", proposal.branch, proposal.title);
        repository.merge(&proposal.branch, &proposal.base_branch, &message, Timestamp::now())
    }

    /// The proposal lives in the store; its branch stays, as it does at other forges.
    fn close(&self, _: &Project, _: &Proposal) -> Result<()> {
        Ok(())
    }
}
