//! The embedded forge: the project's repository is a path on this machine. Branches are put into
//! it, and its proposals are notes in it, so that they outlive the agent's own data.

mod register;

use std::path::Path;

use anyhow::{Context, anyhow};
use jiff::Timestamp;

use super::{Answer, Forge, ForgeError, OURS, Opened, Presentation, Push};
use crate::git::{BranchMoved, Repository};
use crate::model::{
    Checks, Found, Project, Proposal, ProposalState, RepositoryFacts, Review, Standing,
};
use register::{Entry, Register};

/// The embedded forge.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalForge;

impl Forge for LocalForge {
    fn mirror(&self, project: &Project, place: &Path) -> Answer<Repository> {
        Ok(Repository::mirror(place, &project.repository, None)?)
    }

    fn facts(&self, project: &Project) -> Answer<RepositoryFacts> {
        let default_branch = opened(project)?.default_branch()?;
        Ok(RepositoryFacts { public: false, default_branch })
    }

    fn find(&self, project: &Project, branch: &str) -> Answer<Option<Found>> {
        let repository = opened(project)?;
        let entry = Register::of(&repository).newest(|entry| entry.branch == branch)?;
        entry.map(|entry| found(&repository, entry)).transpose()
    }

    fn head(&self, project: &Project, branch: &str) -> Answer<Option<String>> {
        Ok(opened(project)?.branch_head(branch))
    }

    fn push(&self, project: &Project, mirror: &Repository, push: &Push<'_>) -> Answer<String> {
        if !push.branch.starts_with(OURS) {
            return Err(anyhow!("`{}` is not a branch of ours", push.branch).into());
        }
        let now = opened(project)?.branch_head(push.branch);
        if now.as_deref() == Some(push.commit) {
            return Ok(push.commit.to_owned());
        }
        if now.as_deref() != push.expected {
            return Err(moved(push.branch, now));
        }
        let target = Path::new(&project.repository);
        match mirror.publish(target, push.branch, push.expected) {
            Ok(()) => Ok(push.commit.to_owned()),
            Err(error) if error.is::<BranchMoved>() => {
                Err(moved(push.branch, opened(project)?.branch_head(push.branch)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn open(&self, project: &Project, proposal: &Proposal, shown: &Presentation) -> Answer<Opened> {
        let repository = opened(project)?;
        let register = Register::of(&repository);
        let open =
            |entry: &Entry| entry.branch == proposal.branch && entry.state == ProposalState::Open;
        let number = match register.newest(open)? {
            Some(entry) => entry.number,
            None => register.add(proposal, shown)?,
        };
        Ok(Opened { number, url: None })
    }

    fn update(&self, project: &Project, proposal: &Proposal, shown: &Presentation) -> Answer<()> {
        change(project, proposal, |entry| {
            entry.title.clone_from(&proposal.title);
            entry.body.clone_from(&proposal.body);
            entry.head.clone_from(&proposal.commit);
            entry.labels.extend(shown.labels.iter().cloned());
        })
    }

    fn look(&self, project: &Project, proposal: &Proposal) -> Answer<Standing> {
        let repository = opened(project)?;
        let entry = Register::of(&repository).get(number(proposal)?)?;
        let draft = entry.draft;
        let tip = repository.resolve(&entry.base_branch)?;
        let found = found(&repository, entry)?;
        let mergeable = repository.merges(&found.head, &tip).ok();
        let (checks, review, remarks) = (Checks::None, Review::Awaited, Vec::new());
        Ok(Standing { found, draft, tip, mergeable, checks, review, remarks })
    }

    fn comment(&self, project: &Project, proposal: &Proposal, key: &str, text: &str) -> Answer<()> {
        change(project, proposal, |entry| {
            entry.comments.insert(key.to_owned(), text.to_owned());
        })
    }

    fn ready(&self, project: &Project, proposal: &Proposal, _: &[String]) -> Answer<()> {
        change(project, proposal, |entry| entry.draft = false)
    }

    fn merge(&self, project: &Project, proposal: &Proposal) -> Answer<String> {
        let repository = opened(project)?;
        let merged = merge(&repository, project, proposal)?;
        change(project, proposal, |entry| {
            entry.state = ProposalState::Merged;
            entry.ended.get_or_insert_with(Timestamp::now);
            entry.merge_commit.get_or_insert_with(|| merged.clone());
        })?;
        Ok(Register::of(&repository).get(number(proposal)?)?.merge_commit.unwrap_or(merged))
    }

    /// There are no rules to wait for here.
    fn auto_merge(&self, project: &Project, proposal: &Proposal) -> Answer<()> {
        self.merge(project, proposal).map(drop)
    }

    fn close(&self, project: &Project, proposal: &Proposal, word: &str) -> Answer<()> {
        change(project, proposal, |entry| {
            if entry.state == ProposalState::Open {
                entry.state = ProposalState::Closed;
                entry.ended = Some(Timestamp::now());
                entry.comments.insert("closed".to_owned(), word.to_owned());
            }
        })?;
        opened(project)?.drop_branch(&proposal.branch, &proposal.commit)?;
        Ok(())
    }

    /// Nobody writes below a proposal here; who can reach the pages may do everything.
    fn may_write(&self, _: &Project, _: &str) -> Answer<bool> {
        Ok(false)
    }
}

fn opened(project: &Project) -> Answer<Repository> {
    Ok(Repository::open(Path::new(&project.repository))?)
}

fn moved(branch: &str, found: Option<String>) -> ForgeError {
    let found = found.unwrap_or_else(|| "nothing".to_owned());
    ForgeError::Moved { branch: branch.to_owned(), found }
}

fn number(proposal: &Proposal) -> Answer<i64> {
    Ok(proposal.number.context("the proposal was never opened")?)
}

fn change(project: &Project, proposal: &Proposal, edit: impl Fn(&mut Entry)) -> Answer<()> {
    Register::of(&opened(project)?).change(number(proposal)?, edit)
}

/// What the register says, and what people did by hand: they push to the branch, or merge it.
/// A branch that is gone takes its proposal with it.
fn found(repository: &Repository, entry: Entry) -> Answer<Found> {
    if entry.state != ProposalState::Open {
        return Ok(listed(entry));
    }
    let head = repository.branch_head(&entry.branch);
    let gone = head.is_none();
    let entry = Entry { head: head.unwrap_or(entry.head), ..entry };
    if let Some(merge) = repository.merge_of(&entry.base_branch, &entry.head)? {
        let (state, ended) = (ProposalState::Merged, Some(repository.time_of(&merge)?));
        return Ok(listed(Entry { state, ended, merge_commit: Some(merge), ..entry }));
    }
    let state = if gone { ProposalState::Closed } else { ProposalState::Open };
    Ok(listed(Entry { state, ..entry }))
}

fn listed(entry: Entry) -> Found {
    Found {
        number: entry.number,
        url: None,
        state: entry.state,
        head: entry.head,
        body: entry.body,
        ended: entry.ended,
        merge_commit: entry.merge_commit,
    }
}

fn merge(repository: &Repository, project: &Project, proposal: &Proposal) -> Answer<String> {
    let base = &proposal.base_branch;
    if let Some(by_hand) = repository.merge_of(base, &proposal.commit)? {
        return Ok(by_hand);
    }
    let head = repository.branch_head(&proposal.branch);
    if head.as_deref() != Some(proposal.commit.as_str()) {
        return Err(moved(&proposal.branch, head));
    }
    if repository.has_checked_out(base) {
        return Err(ForgeError::Rejected(format!(
            "`{base}` is checked out in {}: merge it there with `git merge {}`, then press the \
             button again",
            project.repository, proposal.branch
        )));
    }
    let message = format!("Merge {}\n\n{}", proposal.branch, proposal.title);
    Ok(repository.merge(&proposal.branch, base, &message, Timestamp::now())?)
}
