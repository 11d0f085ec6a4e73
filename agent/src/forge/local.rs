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
        let base = &proposal.base_branch;
        if repository.contains(base, &proposal.commit)? {
            // Somebody has merged it by hand.
            return repository.resolve(base);
        }
        let head = repository.branch_head(&proposal.branch);
        if head.as_deref() != Some(proposal.commit.as_str()) {
            bail!(
                "`{}` no longer points at {}: somebody changed it. Review the branch and merge it \
                 by hand",
                proposal.branch,
                proposal.commit
            );
        }
        if repository.has_checked_out(base) {
            bail!(
                "`{base}` is checked out in {}: merge it there with `git merge {}`, then press \
                 the button again",
                project.repository,
                proposal.branch
            );
        }
        let message = format!("Merge {}\n\n{}", proposal.branch, proposal.title);
        repository.merge(&proposal.branch, base, &message, Timestamp::now())
    }

    /// The proposal lives in the store; its branch stays, as it does at other forges.
    fn close(&self, _: &Project, _: &Proposal) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;
    use crate::git::NewCommit;
    use crate::model::ProjectId;

    /// A repository whose `main` is checked out only if `on_main`, and a proposal for it.
    fn world(folder: &Path, on_main: bool) -> (Project, Proposal, Repository) {
        std::fs::write(folder.join("a.js"), "one\n").unwrap();
        let time = Timestamp::from_second(1_800_000_000).unwrap();
        let branch = if on_main { "main" } else { "work" };
        let repository = Repository::init(folder, branch, "first", time).unwrap();
        let base = repository.resolve("HEAD").unwrap();
        repository.set_branch("main", &base).unwrap();
        let files = [("a.js".to_owned(), "two\n".to_owned())];
        let new = NewCommit { base: &base, files: &files, message: "fix: a", time };
        let commit = repository.commit(&new).unwrap();
        repository.set_branch("bugstack/x", &commit).unwrap();
        let project = Project {
            id: ProjectId("a".into()),
            repository: folder.to_str().unwrap().into(),
            base_branch: "main".into(),
        };
        let proposal = serde_json::from_value(serde_json::json!({
            "fix_key": "x", "issue": 1, "branch": "bugstack/x", "base_branch": "main",
            "base": base, "commit": commit, "title": "fix: a", "body": "", "diff": "",
            "proof": {
                "baseline": {"passed": 1, "failed": 0, "flaky": 0},
                "red": {"test": "", "message": "", "reason": ""},
                "green": {"test": "", "suite": {"passed": 1, "failed": 0, "flaky": 0}},
                "types": null, "sites": [], "mutants": [], "unaffected": [],
                "tests_edited": [], "tried": [], "environment": {}
            },
            "laps": [], "state": "open", "created": "2026-11-22T19:00:00Z", "number": null
        }));
        (project, proposal.unwrap(), repository)
    }

    #[test]
    fn a_proposal_is_merged_where_nobody_works_on_the_base() {
        let folder = tempfile::tempdir().unwrap();
        let (project, proposal, repository) = world(folder.path(), false);
        let merged = LocalForge.merge(&project, &proposal).unwrap();
        assert_eq!(repository.branch_head("main").unwrap(), merged);
        assert!(repository.contains("main", &proposal.commit).unwrap());
        assert_eq!(LocalForge.merge(&project, &proposal).unwrap(), merged);
    }

    #[test]
    fn a_base_that_is_checked_out_is_left_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let (project, proposal, repository) = world(folder.path(), true);
        let error = LocalForge.merge(&project, &proposal).unwrap_err().to_string();
        assert!(error.contains("git merge bugstack/x"), "{error}");
        assert_eq!(repository.branch_head("main").unwrap(), proposal.base);
        // A merge by hand is found at the next try.
        repository.set_branch("main", &proposal.commit).unwrap();
        assert_eq!(LocalForge.merge(&project, &proposal).unwrap(), proposal.commit);
    }

    #[test]
    fn a_branch_that_somebody_changed_is_not_merged() {
        let folder = tempfile::tempdir().unwrap();
        let (project, proposal, repository) = world(folder.path(), false);
        repository.set_branch("bugstack/x", &proposal.base).unwrap();
        let error = LocalForge.merge(&project, &proposal).unwrap_err().to_string();
        assert!(error.contains("somebody changed it"), "{error}");
        assert_eq!(repository.branch_head("main").unwrap(), proposal.base);
    }
}
