//! From a commit to a proposal that exists exactly once, however often the stage is repeated.

use super::Draft;
use super::decide::{Aim, Decision, Seen, decide};
use super::marker::Marker;
use crate::forge::{Forge, ForgeError, Opened, Presentation, Push};
use crate::model::{Found, Halt, Proposal};
use crate::repair::Context;

/// Characters of the fix key that name the branch.
const BRANCH_KEY: usize = 12;
/// Merged proposals of one fix key after which there is no further one.
const MAX_ATTEMPTS: usize = 20;

/// Opens, updates or finds the proposal.
pub(super) fn upsert(
    context: &Context<'_>,
    forge: &dyn Forge,
    draft: &Draft<'_>,
) -> Result<Proposal, Halt> {
    for attempt in 1..=MAX_ATTEMPTS {
        let branch = branch(&draft.fix_key, attempt);
        let found = forge.find(context.project, &branch)?;
        let head = forge.head(context.project, &branch)?;
        let aim = aim(context, draft, &branch);
        let decision = decide(&aim, &seen(context, found.as_ref(), head.as_deref())?);
        let step = Step { context, forge, draft, branch: &branch, found, head };
        match decision {
            Decision::Next => {}
            Decision::Done => return step.done(),
            Decision::Open { expected } => return step.open(expected.as_deref()),
            Decision::Update { expected } => return step.update(expected.as_deref()),
            Decision::Refuse(refusal) => return Err(refusal.into()),
        }
    }
    Err(Halt::refused(
        "merged-too-often",
        format!(
            "{MAX_ATTEMPTS} proposals for this place were merged and the error is still there: \
             repair by hand"
        ),
    ))
}

/// `bugstack/<12 of the fix key>`, and a number from the second attempt on.
fn branch(fix_key: &str, attempt: usize) -> String {
    let key: String = fix_key.chars().take(BRANCH_KEY).collect();
    match attempt {
        1 => format!("bugstack/{key}"),
        _ => format!("bugstack/{key}-{attempt}"),
    }
}

fn aim<'a>(context: &'a Context<'_>, draft: &'a Draft<'_>, branch: &'a str) -> Aim<'a> {
    Aim {
        fix_key: &draft.fix_key,
        branch,
        commit: &draft.commit,
        occasion: context.errand.occasion,
        event: context.event,
        last: context.errand.last.as_ref(),
    }
}

fn seen<'a>(
    context: &Context<'_>,
    found: Option<&'a Found>,
    head: Option<&'a str>,
) -> Result<Seen<'a>, Halt> {
    let base = &context.project.base_branch;
    let ours_alone = match head {
        Some(head) => context.repository.is_ours_alone(head, base)?,
        None => false,
    };
    Ok(Seen { found, head, ours_alone })
}

/// One branch, and what the forge has there.
struct Step<'a> {
    context: &'a Context<'a>,
    forge: &'a dyn Forge,
    draft: &'a Draft<'a>,
    branch: &'a str,
    found: Option<Found>,
    head: Option<String>,
}

impl Step<'_> {
    fn open(&self, expected: Option<&str>) -> Result<Proposal, Halt> {
        let proposal = self.pushed(expected)?;
        let Opened { number, url } =
            self.forge.open(self.context.project, &proposal, &self.shown())?;
        Ok(Proposal { number: Some(number), url, ..proposal })
    }

    fn update(&self, expected: Option<&str>) -> Result<Proposal, Halt> {
        let proposal = self.numbered(self.pushed(expected)?);
        self.forge.update(self.context.project, &proposal, &self.shown())?;
        Ok(proposal)
    }

    /// It is handed on as open: how it ended, `follow` reads from the forge.
    fn done(&self) -> Result<Proposal, Halt> {
        self.proposal(self.draft.commit.clone()).map(|proposal| self.numbered(proposal))
    }

    fn pushed(&self, expected: Option<&str>) -> Result<Proposal, Halt> {
        let commit = &self.draft.commit;
        if self.head.as_ref() == Some(commit) {
            return self.proposal(commit.clone());
        }
        self.context.repository.set_branch(self.branch, commit)?;
        let push = Push { branch: self.branch, commit, expected };
        let head = self.forge.push(self.context.project, self.context.repository, &push);
        self.proposal(head.map_err(edited)?)
    }

    fn numbered(&self, proposal: Proposal) -> Proposal {
        let number = self.found.as_ref().map(|found| found.number);
        let url = self.found.as_ref().and_then(|found| found.url.clone());
        Proposal { number, url, ..proposal }
    }

    fn proposal(&self, head: String) -> Result<Proposal, Halt> {
        let before = self.found.as_ref().and_then(|found| Marker::read(&found.body));
        let last = self.context.errand.last.as_ref().and_then(|last| Marker::read(&last.body));
        let releases = before.or(last).map(|marker| marker.releases).unwrap_or_default();
        Ok(self.draft.proposal(self.context, self.branch, head, releases)?)
    }

    fn shown(&self) -> Presentation {
        Presentation { draft: !self.context.project.is_local(), labels: self.draft.labels.clone() }
    }
}

/// What to do about a branch that somebody else has moved.
fn edited(error: ForgeError) -> Halt {
    match error {
        ForgeError::Moved { .. } => Halt::refused(
            "branch-edited",
            format!("{error}; merge or close its proposal, or delete the branch, and ask again"),
        ),
        error => error.into(),
    }
}
