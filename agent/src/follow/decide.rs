//! What the standing of an open proposal means: one decision a look, the weightiest first.

use jiff::{SignedDuration, Timestamp};

use super::exposure::{ENOUGH, Finding, Side, judge};
use crate::model::{
    Checks, FailedCheck, IssueState, Occasion, ProposalState, RepairEnd, RepairId, Standing,
    Watched,
};

/// A head without any check for so long has none.
pub(super) const NO_CHECKS: SignedDuration = SignedDuration::from_mins(10);

/// Refusals of a later repair that say that the fault itself is gone, …
const REPAIRED: [&str; 2] = ["already-guarded", "cleaned-up"];
/// … and that the code is.
const MOVED: [&str; 3] = ["no-such-call", "no-frame-in-repository", "drifted"];

/// What to do about a proposal that was open when it was last looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decision {
    /// It was merged.
    Merged,
    /// A person closed it.
    Closed,
    /// It is to be closed, because …
    Close(Reason),
    /// Somebody else's commits are on the branch: it is theirs now.
    HandsOff,
    /// A later repair found no patch: say so.
    Tell(RepairId),
    /// Queue a repair.
    Repair(Occasion),
    /// The checks are green: offer it for review.
    Offer,
    /// Offered, and green: the forge may merge it if the guards allow.
    Offered,
    /// Nothing, until there is news or it is this time.
    Wait(&'static str, Option<Timestamp>),
}

/// Why we close a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// A person ignores the issue.
    Ignored,
    /// Another proposal of ours answers the issue.
    Replaced,
    /// The base branch no longer has the fault.
    Repaired,
    /// The base branch no longer has the code.
    CodeMoved,
    /// Releases without it no longer show the error.
    Obsolete,
}

/// Decides. `moved` says whether the base branch changed a file of the patch since it was last
/// compared.
pub(super) fn decide(
    watched: &Watched,
    standing: &Standing,
    moved: bool,
    now: Timestamp,
) -> Decision {
    let reason = reason(watched);
    match (standing.found.state, reason) {
        (ProposalState::Merged, _) => return Decision::Merged,
        (ProposalState::Open, Some(reason)) => return Decision::Close(reason),
        (ProposalState::Open, None) => {}
        // We have closed it and were stopped before we could write that down.
        (_, Some(reason)) => return Decision::Close(reason),
        (_, None) => return Decision::Closed,
    }
    let repair = watched.repair.as_ref();
    if repair.is_some_and(|repair| repair.end == RepairEnd::Open) {
        return Decision::Wait("a repair is under way that may change it", None);
    }
    let head = &watched.handled.head;
    if standing.found.head != watched.proposal.commit {
        return if head.hands_off {
            Decision::Wait("somebody else's commits are on the branch: it is theirs now", None)
        } else {
            Decision::HandsOff
        };
    }
    if let Some(repair) = repair
        && matches!(repair.end, RepairEnd::Refused(_) | RepairEnd::Failed)
        && watched.handled.told != Some(repair.id)
    {
        return Decision::Tell(repair.id);
    }
    if standing.mergeable == Some(false) {
        return match head.conflict.as_ref() == Some(&standing.tip) {
            true => Decision::Wait("it conflicts with the base branch", None),
            false => Decision::Repair(Occasion::Conflict),
        };
    }
    if moved {
        return Decision::Repair(Occasion::BaseMoved);
    }
    checked(watched, standing, now)
}

fn checked(watched: &Watched, standing: &Standing, now: Timestamp) -> Decision {
    let head = &watched.handled.head;
    match &standing.checks {
        Checks::Red(failed) if head.red == names(failed) => {
            Decision::Wait("checks fail and no other candidate holds", None)
        }
        Checks::Red(_) if head.red.is_empty() => Decision::Repair(Occasion::ChecksFailed),
        Checks::Red(_) => Decision::Wait("checks fail", None),
        Checks::Pending => Decision::Wait("its checks run", None),
        Checks::None | Checks::Green if !standing.draft => Decision::Offered,
        Checks::Green => Decision::Offer,
        Checks::None => {
            let since = head.since.unwrap_or(now);
            match since.checked_add(NO_CHECKS) {
                Ok(until) if until > now => {
                    Decision::Wait("the forge may start checks yet", Some(until))
                }
                _ => Decision::Offer,
            }
        }
    }
}

/// The names of checks.
pub(super) fn names(failed: &[FailedCheck]) -> Vec<String> {
    failed.iter().map(|check| check.name.clone()).collect()
}

fn reason(watched: &Watched) -> Option<Reason> {
    if watched.issue.state == IssueState::Ignored {
        return Some(Reason::Ignored);
    }
    if !watched.newest {
        return Some(Reason::Replaced);
    }
    if let Some(repair) = &watched.repair
        && let RepairEnd::Refused(refusal) = &repair.end
    {
        if REPAIRED.contains(&refusal.code.as_str()) {
            return Some(Reason::Repaired);
        }
        if MOVED.contains(&refusal.code.as_str()) {
            return Some(Reason::CodeMoved);
        }
    }
    obsolete(watched).then_some(Reason::Obsolete)
}

/// Whether releases that came after the last event, none of them ours, did enough without one.
fn obsolete(watched: &Watched) -> bool {
    let issue = &watched.issue;
    let releases: Vec<_> = watched
        .production
        .releases
        .iter()
        .map(|release| {
            let since = release.exposure.map(|exposure| exposure.since);
            let after = release.events == 0 && since.is_some_and(|since| since > issue.last_seen);
            (release, if after { Side::With } else { Side::Without })
        })
        .collect();
    let found = judge(&releases, watched.production.send, issue.first_seen);
    matches!(found, Finding::Silent(evidence) if evidence.confidence >= ENOUGH)
}
