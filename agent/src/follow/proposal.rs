//! The life of a proposal at its forge, up to its end.

use super::decide::{Decision, Reason, decide, names};
use super::{Context, SOON, auto_merge, outcome, words};
use crate::forge::{Answer, ForgeError};
use crate::model::{
    Checks, Followed, IssueState, NextRepair, Occasion, Outcome, ProposalState, RepairEnd,
    Standing, Watched,
};

/// Does what follows from how the proposal stands.
pub(super) fn follow(
    context: &Context<'_>,
    watched: &Watched,
    standing: &Standing,
    followed: &mut Followed,
) -> Answer<()> {
    match watched.proposal.state {
        ProposalState::Open => open(context, watched, standing, followed),
        _ => {
            ended(context, watched, standing, followed);
            Ok(())
        }
    }
}

fn open(
    context: &Context<'_>,
    watched: &Watched,
    standing: &Standing,
    followed: &mut Followed,
) -> Answer<()> {
    let moved = moved(context, watched, standing, followed);
    // What was forgotten with an older head must not decide about this one.
    let at_this_head = Watched { handled: followed.handled.clone(), ..watched.clone() };
    let decision = decide(&at_this_head, standing, moved, context.now);
    tracing::info!(proposal = %watched.id, ?decision, "followed");
    match decision {
        Decision::Merged | Decision::Closed => ended(context, watched, standing, followed),
        Decision::Close(reason) => close(context, watched, reason, followed)?,
        Decision::HandsOff => {
            let text = words::hands_off(watched);
            comment(context, watched, "hands-off", &text)?;
            followed.handled.head.hands_off = true;
            soon(context, followed);
        }
        Decision::Tell(repair) => {
            if let Some(later) = &watched.repair {
                comment(context, watched, "repair", &words::told(standing, later))?;
            }
            followed.handled.told = Some(repair);
            soon(context, followed);
        }
        Decision::Repair(occasion) => repair(watched, standing, occasion, followed),
        Decision::Offer => offer(context, watched, standing, followed)?,
        Decision::Offered => offered(context, watched, standing, followed)?,
        Decision::Wait(why, until) => {
            followed.shown.note = format!("Open: {why}.");
            followed.again = until.or(followed.again);
        }
    }
    Ok(())
}

/// Whether the base branch has changed a file of the patch since they were last compared.
fn moved(
    context: &Context<'_>,
    watched: &Watched,
    standing: &Standing,
    followed: &mut Followed,
) -> bool {
    let proposal = &watched.proposal;
    let at = &mut followed.handled.head;
    let compared = at.tip.clone().unwrap_or_else(|| proposal.base.clone());
    let free = watched.repair.as_ref().is_none_or(|repair| repair.end != RepairEnd::Open);
    if !free || compared == standing.tip || standing.found.head != proposal.commit {
        return false;
    }
    let touched = || -> anyhow::Result<bool> {
        let git = context.mirror.with(&[&compared, &standing.tip, &proposal.commit])?;
        let ours = git.changed(&proposal.base, &proposal.commit)?;
        Ok(git.changed(&compared, &standing.tip)?.iter().any(|path| ours.contains(path)))
    };
    match touched() {
        Ok(touched) => {
            at.tip = Some(standing.tip.clone());
            touched
        }
        Err(error) => {
            tracing::warn!(proposal = %watched.id, %error, "the base branch was not compared");
            false
        }
    }
}

/// It is over, by somebody else's hand or by our own some time ago.
fn ended(context: &Context<'_>, watched: &Watched, standing: &Standing, followed: &mut Followed) {
    let found = &standing.found;
    let before = watched.proposal.state;
    followed.ended = watched.ended.or(found.ended).or(Some(context.now));
    match found.state {
        ProposalState::Merged => {
            followed.state = ProposalState::Merged;
            followed.merge_commit = found.merge_commit.clone().or(watched.merge_commit.clone());
            let merged = || outcome::merged(&watched.proposal, found, context.mirror);
            followed.outcome = watched.outcome.clone().or_else(|| Some(merged()));
            if before != ProposalState::Merged {
                followed.issue = Some(IssueState::Merged);
            }
        }
        // Somebody has opened it again, or another look was faster.
        ProposalState::Open if before != ProposalState::Merged => {
            followed.state = ProposalState::Open;
            (followed.ended, followed.outcome) = (None, None);
            followed.issue = Some(IssueState::Proposed);
            soon(context, followed);
        }
        ProposalState::Open => {}
        ProposalState::Closed | ProposalState::Superseded => {
            if before == ProposalState::Open {
                followed.state = ProposalState::Closed;
                followed.issue = Some(IssueState::New);
            }
            let closed = || outcome::closed(&standing.remarks);
            followed.outcome = watched.outcome.clone().or_else(|| Some(closed()));
        }
    }
}

fn close(
    context: &Context<'_>,
    watched: &Watched,
    reason: Reason,
    followed: &mut Followed,
) -> Answer<()> {
    let word = words::closed(reason);
    context.forge.close(&watched.project, &watched.proposal, word)?;
    followed.ended = Some(context.now);
    if reason == Reason::Ignored {
        followed.state = ProposalState::Closed;
        followed.outcome = Some(Outcome::Ignored(None));
    } else {
        followed.state = ProposalState::Superseded;
        followed.outcome = Some(Outcome::Superseded(word.to_owned()));
        if watched.newest {
            followed.issue = Some(IssueState::New);
        }
    }
    Ok(())
}

fn repair(watched: &Watched, standing: &Standing, occasion: Occasion, followed: &mut Followed) {
    let at = &mut followed.handled.head;
    let mut ban = None;
    match occasion {
        Occasion::Conflict => at.conflict = Some(standing.tip.clone()),
        Occasion::ChecksFailed => {
            if let Checks::Red(failed) = &standing.checks {
                at.red = names(failed);
            }
            ban = Some(watched.proposal.template.clone());
        }
        _ => {}
    }
    followed.repair = Some(NextRepair { occasion, ban });
    followed.shown.note = "Open: a repair was queued that may change it.".to_owned();
}

/// Out of draft, with reviewers; and the words that belong to it.
fn offer(
    context: &Context<'_>,
    watched: &Watched,
    standing: &Standing,
    followed: &mut Followed,
) -> Answer<()> {
    let Watched { project, proposal, .. } = watched;
    if standing.checks == Checks::None {
        comment(context, watched, "no-checks", &words::no_checks(&proposal.commit))?;
    }
    context.forge.ready(project, proposal, &proposal.reviewers)?;
    soon(context, followed);
    Ok(())
}

fn offered(
    context: &Context<'_>,
    watched: &Watched,
    standing: &Standing,
    followed: &mut Followed,
) -> Answer<()> {
    "Open: waiting for a reviewer.".clone_into(&mut followed.shown.note);
    if context.policy.merge == auto_merge::Merge::People || followed.handled.head.merging {
        return Ok(());
    }
    let guards = auto_merge::guards(context.policy, watched, standing, context.mirror);
    if guards.is_empty() {
        match context.forge.auto_merge(&watched.project, &watched.proposal) {
            Ok(()) => {
                followed.handled.head.merging = true;
                soon(context, followed);
            }
            Err(ForgeError::Rejected(why)) => followed.shown.guards = vec![format!("forge: {why}")],
            Err(other) => return Err(other),
        }
    } else {
        followed.shown.guards = guards;
    }
    Ok(())
}

fn comment(context: &Context<'_>, watched: &Watched, key: &str, text: &str) -> Answer<()> {
    context.forge.comment(&watched.project, &watched.proposal, key, text)
}

/// What was done is seen at the next look.
fn soon(context: &Context<'_>, followed: &mut Followed) {
    followed.again = context.now.checked_add(SOON).ok();
}
