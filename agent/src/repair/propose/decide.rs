//! What is done about one branch of a fix key. Pure: what the forge says in, what to do out.

use super::marker::{self, Marker};
use crate::model::{Event, Found, Occasion, Proposal, ProposalState, Refusal};

/// What we are about to propose.
pub(super) struct Aim<'a> {
    pub(super) fix_key: &'a str,
    pub(super) branch: &'a str,
    pub(super) commit: &'a str,
    pub(super) occasion: Occasion,
    pub(super) event: &'a Event,
    /// Our newest proposal for the issue, as we have stored it.
    pub(super) last: Option<&'a Proposal>,
}

/// What the forge has.
pub(super) struct Seen<'a> {
    /// The newest proposal from the branch.
    pub(super) found: Option<&'a Found>,
    /// What the branch points at.
    pub(super) head: Option<&'a str>,
    /// Whether git confirms that nobody's work but ours is there.
    pub(super) ours_alone: bool,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// This branch has had its time: look at the next one.
    Next,
    /// It is there already, and has ended since: a repeated stage leaves it alone.
    Done,
    /// Push, unless the branch is elsewhere than expected, and open.
    Open { expected: Option<String> },
    /// Push, unless the branch is elsewhere than expected, and update.
    Update { expected: Option<String> },
    /// Neither.
    Refuse(Refusal),
}

pub(super) fn decide(aim: &Aim<'_>, seen: &Seen<'_>) -> Decision {
    let Some(found) = seen.found else {
        return Decision::Open { expected: expected(aim, seen, seen.ours_alone) };
    };
    let marker = Marker::read(&found.body).filter(|marker| marker.fix_key == aim.fix_key);
    let named = marker.as_ref().is_some_and(|marker| Some(marker.head.as_str()) == seen.head);
    let expected = expected(aim, seen, seen.ours_alone && named);
    match found.state {
        ProposalState::Merged if found.head == aim.commit => Decision::Done,
        ProposalState::Merged => Decision::Next,
        ProposalState::Open if aim.knows(found) || marker.is_some() => {
            Decision::Update { expected }
        }
        ProposalState::Open => Decision::Refuse(somebodys(aim, found)),
        ProposalState::Closed | ProposalState::Superseded => {
            if aim.has_made(found) {
                Decision::Done
            } else if aim.may_reopen(found, marker.as_ref()) {
                Decision::Open { expected }
            } else {
                Decision::Refuse(declined(found))
            }
        }
    }
}

impl Aim<'_> {
    /// Our newest proposal for the issue, if it is from this branch.
    fn stored(&self) -> Option<&Proposal> {
        self.last.filter(|last| last.branch == self.branch)
    }

    fn knows(&self, found: &Found) -> bool {
        self.stored().is_some_and(|last| last.number == Some(found.number))
    }

    /// Whether this very stage has opened it before: it has our commit, and what we have stored is
    /// another one.
    fn has_made(&self, found: &Found) -> bool {
        found.head == self.commit && self.last.is_some() && !self.knows(found)
    }

    /// Whether a proposal that is closed may be followed by another one.
    fn may_reopen(&self, found: &Found, marker: Option<&Marker>) -> bool {
        let by_us = self.stored().is_some_and(|last| last.state == ProposalState::Superseded);
        match self.occasion {
            Occasion::Person | Occasion::NewRelease | Occasion::Regression => true,
            _ if self.knows(found) => by_us,
            _ => self.is_news(found, marker),
        }
    }

    /// After a loss of our data: whether the event is of a release that came after the close.
    fn is_news(&self, found: &Found, marker: Option<&Marker>) -> bool {
        let (Some(marker), Some(ended)) = (marker, found.ended) else { return false };
        let release = marker::release(self.event);
        let unseen = release.is_some_and(|release| !marker.releases.contains(&release));
        unseen && self.event.timestamp > ended
    }
}

/// What the branch must point at for a push: a commit of ours, or nothing. The forge compares.
fn expected(aim: &Aim<'_>, seen: &Seen<'_>, ours: bool) -> Option<String> {
    let stored = aim.stored().map(|last| last.commit.as_str());
    let known = seen.head.filter(|head| *head == aim.commit || Some(*head) == stored);
    let known = known.or(seen.head.filter(|_| stored.is_none() && ours));
    // Where the branch is gone, nothing can be lost.
    known.or(stored.filter(|_| seen.head.is_some())).map(str::to_owned)
}

fn somebodys(aim: &Aim<'_>, found: &Found) -> Refusal {
    Refusal::new(
        "branch-edited",
        format!(
            "proposal {} was opened from `{}` by somebody else: merge or close it, delete the \
             branch, and ask for the repair again",
            found.number, aim.branch
        ),
    )
}

fn declined(found: &Found) -> Refusal {
    Refusal::new(
        "declined",
        format!(
            "proposal {} for this place was closed without being merged; it is made again when a \
             person asks for it, or when the error is seen in a newer release",
            found.number
        ),
    )
}
