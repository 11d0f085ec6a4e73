//! The follow lane: what becomes of a proposal, and whether production shows it. Nothing else knows
//! the order: look at the forge → answer people → decide → act at the forge → say what to keep.
//!
//! A step knows neither the store nor the worker, and running it twice is harmless: whatever it
//! writes replaces what it wrote before, and it closes, offers and merges only what is not so yet.

mod auto_merge;
mod checks;
mod commands;
mod decide;
mod exposure;
mod mirror;
mod outcome;
mod people;
mod production;
mod proposal;
mod release;
mod words;

use jiff::{SignedDuration, Timestamp};

use crate::forge::{Answer, Forge};
use crate::model::{AtHead, Followed, ProposalState, Shown, Standing, Watched};

pub use auto_merge::Merge;
pub use mirror::Mirror;

/// An open proposal is looked at so often without news.
const OPEN: SignedDuration = SignedDuration::from_mins(2);
/// One that has ended: somebody may still say something below it, …
const ENDED: SignedDuration = SignedDuration::from_hours(1);
/// … for so long.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// What was done at the forge is looked at again after so long.
const SOON: SignedDuration = SignedDuration::from_secs(5);

/// What an operator allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Who merges.
    pub merge: Merge,
    /// The least lower bound of a template's record at which the forge may merge.
    pub least_record: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { merge: Merge::People, least_record: 0.8 }
    }
}

/// What a step may use.
pub struct Context<'a> {
    /// Where the proposal lives.
    pub forge: &'a dyn Forge,
    /// Where commits are compared.
    pub mirror: &'a Mirror<'a>,
    /// What the operator allows.
    pub policy: &'a Policy,
    /// The time of this step.
    pub now: Timestamp,
}

/// Looks at a proposal once and does what follows from it.
///
/// # Errors
/// What the forge says; the step is to be repeated then.
pub fn step(context: &Context<'_>, watched: &Watched) -> Answer<Followed> {
    let mut followed = unchanged(context, watched);
    let standing = look(context, watched, &mut followed)?;
    if let Some(standing) = &standing {
        show(watched, standing, &mut followed);
        proposal::follow(context, watched, standing, &mut followed)?;
    }
    if followed.state == ProposalState::Merged && watched.newest {
        production::follow(context, watched, &mut followed)?;
    }
    if let Some(standing) = &standing {
        people::answer(context, watched, standing, &mut followed)?;
    }
    Ok(followed)
}

fn unchanged(context: &Context<'_>, watched: &Watched) -> Followed {
    let mut handled = watched.handled.clone();
    if handled.head.commit != watched.proposal.commit {
        let commit = watched.proposal.commit.clone();
        handled.head = AtHead { commit, since: Some(context.now), ..AtHead::default() };
    }
    Followed {
        state: watched.proposal.state,
        merge_commit: watched.merge_commit.clone(),
        ended: watched.ended,
        outcome: watched.outcome.clone(),
        issue: None,
        repair: None,
        handled,
        shown: Shown::default(),
        again: None,
    }
}

/// An open proposal is looked at each time; one that has ended when there is news, and now and
/// then.
fn look(
    context: &Context<'_>,
    watched: &Watched,
    followed: &mut Followed,
) -> Answer<Option<Standing>> {
    let now = context.now;
    let open = watched.proposal.state == ProposalState::Open;
    let rested = watched.handled.looked.is_none_or(|then| now.duration_since(then) >= ENDED);
    let patient = watched.ended.is_none_or(|ended| now.duration_since(ended) < PATIENCE);
    let wait = if open { OPEN } else { ENDED };
    followed.again = patient.then(|| now.checked_add(wait).ok()).flatten();
    if !(open || watched.hinted || watched.outcome.is_none() || rested && patient) {
        return Ok(None);
    }
    let standing = context.forge.look(&watched.project, &watched.proposal)?;
    followed.handled.looked = Some(now);
    Ok(Some(standing))
}

fn show(watched: &Watched, standing: &Standing, followed: &mut Followed) {
    followed.shown.checks = Some(standing.checks.clone());
    followed.shown.draft = standing.draft;
    followed.shown.review = Some(standing.review);
    if let Some(outcome) = watched.outcome.as_ref().and_then(|outcome| outcome.why()) {
        followed.shown.note = outcome.to_owned();
    }
}
