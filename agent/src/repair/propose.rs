//! Stage 5: a commit, a branch, and a proposal at the forge. Every byte follows from the verdict
//! and the event, so that a repeated stage makes the same commit and finds the same proposal.

mod body;

use anyhow::Context as _;
use jiff::Timestamp;

use super::Context;
use crate::forge::{Answer, Forge, Opened, Presentation, Push};
use crate::git::NewCommit;
use crate::model::{Halt, Proposal, ProposalState, Verdict};

/// Characters of the fix key that name the branch.
const BRANCH_KEY: usize = 12;

/// Commits, pushes the branch and opens or updates the proposal.
pub(super) fn propose(context: &Context<'_>, verdict: Verdict) -> Result<Proposal, Halt> {
    let forge = context.forge.context("this run has no forge to propose to")?;
    let issue = context.issue.context("a proposal answers an issue")?.id;
    let base = verdict.diagnosis.site.base.clone();
    let created = commit_time(context);
    let commit = context.repository.commit(&NewCommit {
        base: &base,
        files: &verdict.files,
        message: &message(&verdict),
        time: created,
    })?;
    let key = &verdict.diagnosis.fix_key;
    let branch = format!("bugstack/{}", &key[..BRANCH_KEY.min(key.len())]);
    context.repository.set_branch(&branch, &commit)?;
    let draft = Proposal {
        fix_key: key.clone(),
        issue,
        base_branch: context.project.base_branch.clone(),
        diff: context.repository.diff(&base, &commit)?,
        title: verdict.patch.title.clone(),
        body: body::write(context, &verdict)?,
        proof: verdict.proof,
        laps: verdict.laps,
        state: ProposalState::Open,
        number: None,
        url: None,
        template: verdict.patch.template.clone(),
        branch,
        base,
        commit,
        created,
    };
    Ok(opened(context, forge, draft)?)
}

/// Pushes the branch and opens the proposal, or brings the one that is open up to date.
fn opened(context: &Context<'_>, forge: &dyn Forge, draft: Proposal) -> Answer<Proposal> {
    let shown = Presentation::default();
    let expected = forge.head(context.project, &draft.branch)?;
    let (branch, commit) = (&draft.branch, &draft.commit);
    let push = Push { branch, commit, expected: expected.as_deref() };
    let commit = forge.push(context.project, context.repository, &push)?;
    let Opened { number, url } = forge.open(context.project, &draft, &shown)?;
    let proposal = Proposal { number: Some(number), url, commit, ..draft };
    forge.update(context.project, &proposal, &shown)?;
    Ok(proposal)
}

/// The date of commits: the event's.
pub(super) fn commit_time(context: &Context<'_>) -> Timestamp {
    context.event.timestamp
}

fn message(verdict: &Verdict) -> String {
    let patch = &verdict.patch;
    format!("{}\n\n{}\n\n{}\n", patch.title, verdict.diagnosis.found.cause, patch.summary)
}
