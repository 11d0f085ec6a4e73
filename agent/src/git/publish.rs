//! What leaves the mirror for a repository on this machine: a branch of ours, and what it needs.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Repository, commit::reference};

/// The branch was moved between the look at it and the move of it.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` moved while it was published")]
pub struct BranchMoved(String);

impl Repository {
    /// Points `branch` of the repository at `target`, a path, at what it is here, if it is at
    /// `expected` there (none: if it does not exist). A branch outside `bugstack/` is refused: the
    /// base branch is never ours to move.
    ///
    /// libgit2 pushes to no repository that has a work tree, and fetches from none that has refs
    /// to anything but commits, as the notes of proposals are.
    ///
    /// # Errors
    /// [`BranchMoved`] when it is elsewhere; nothing is moved then.
    pub fn publish(&self, target: &Path, branch: &str, expected: Option<&str>) -> Result<()> {
        if !branch.starts_with("bugstack/") {
            bail!("refusing to publish `{branch}`: only branches under bugstack/ are ours");
        }
        let target = Self::open(target)?;
        if target.has_checked_out(branch) {
            bail!("`{branch}` is checked out there: switch to another branch and try again");
        }
        let name = reference(branch);
        let id = self.0.refname_to_id(&name).with_context(|| format!("finding {branch}"))?;
        self.copy(id, &target).with_context(|| format!("publishing {branch}"))?;
        let moved = match expected {
            None => target.0.reference(&name, id, false, "bugstack"),
            Some(at) => {
                let at = git2::Oid::from_str(at).context("where the branch is expected")?;
                target.0.reference_matching(&name, id, true, at, "bugstack")
            }
        };
        match moved {
            Ok(_) => Ok(()),
            Err(error) if is_elsewhere(&error) => Err(BranchMoved(branch.to_owned()).into()),
            Err(error) => Err(error).with_context(|| format!("publishing {branch}")),
        }
    }

    /// Copies a commit and what it stands on, as far as none of the target's branches has it.
    fn copy(&self, commit: git2::Oid, target: &Self) -> Result<()> {
        let mut wanted = self.0.revwalk()?;
        wanted.push(commit)?;
        for branch in target.0.branches(Some(git2::BranchType::Local))? {
            let head = branch?.0.get().target();
            // Only what both have tells what the target needs no copy of.
            if let Some(head) = head.filter(|head| self.0.find_commit(*head).is_ok()) {
                wanted.hide(head)?;
            }
        }
        let mut pack = self.0.packbuilder()?;
        pack.insert_walk(&mut wanted)?;
        let mut bytes = git2::Buf::new();
        pack.write_buf(&mut bytes)?;
        let objects = target.0.odb()?;
        let mut writer = objects.packwriter()?;
        writer.write_all(&bytes)?;
        writer.commit()?;
        Ok(())
    }
}

fn is_elsewhere(error: &git2::Error) -> bool {
    use git2::ErrorCode::{Exists, Modified, NotFound};
    matches!(error.code(), Exists | Modified | NotFound)
}
