//! What a proposal came to.

use super::mirror::Mirror;
use crate::model::{Found, Outcome, Proposal, Remark};

/// Characters of a person's reason that are kept.
const MAX_REASON: usize = 500;

/// Whether the merge is ours line by line. Where git cannot tell, the head decides.
pub(super) fn merged(proposal: &Proposal, found: &Found, mirror: &Mirror<'_>) -> Outcome {
    let unchanged = || {
        let merge = found.merge_commit.as_deref()?;
        let git = mirror.with(&[merge, &proposal.commit]).ok()?;
        git.holds_unchanged(merge, &proposal.base, &proposal.commit)
    };
    if found.head == proposal.commit && unchanged().unwrap_or(true) {
        Outcome::Merged
    } else {
        Outcome::Edited
    }
}

/// A person closed it: the last thing that a person wrote is taken for the reason.
pub(super) fn closed(remarks: &[Remark]) -> Outcome {
    let last = remarks.iter().rev().find(|remark| !remark.bot);
    Outcome::Closed(last.and_then(|remark| reason(&remark.body)))
}

/// A reason in a person's words, bounded; none when it is empty.
pub(super) fn reason(words: &str) -> Option<String> {
    let words: String = words.trim().chars().take(MAX_REASON).collect();
    (!words.is_empty()).then_some(words)
}
