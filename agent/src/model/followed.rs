//! What one look at a proposal comes to. Everything here is stored between looks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Checks, IssueState, Occasion, ProposalState, RepairId, Review, Unit};

/// What is to be kept of one look.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed {
    /// Where the proposal stands.
    pub state: ProposalState,
    /// The commit on the base branch that holds it.
    pub merge_commit: Option<String>,
    /// When it was merged or closed.
    pub ended: Option<Timestamp>,
    /// What it came to.
    pub outcome: Option<Outcome>,
    /// Where the issue stands from now on; none when that has not changed.
    pub issue: Option<IssueState>,
    /// A repair to queue.
    pub repair: Option<NextRepair>,
    /// What has been seen to.
    pub handled: Handled,
    /// What the pages show.
    pub shown: Shown,
    /// When to look again; none when only news can change anything.
    pub again: Option<Timestamp>,
}

/// A repair to queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextRepair {
    /// Why.
    pub occasion: Occasion,
    /// A candidate that must not be tried again, see [`super::Errand::banned`].
    pub ban: Option<String>,
}

/// What a proposal came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "end", content = "why")]
pub enum Outcome {
    /// Merged, and every line of it is ours.
    Merged,
    /// Merged after somebody changed it.
    Edited,
    /// A person closed it; their words, where there are any.
    Closed(Option<String>),
    /// A person does not want the issue repaired, which says nothing about the patch; their words.
    Ignored(Option<String>),
    /// We closed it, because …
    Superseded(String),
}

/// What has been seen to, so that nothing is done twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Handled {
    /// The commands of each remark that were acted on.
    pub remarks: BTreeMap<i64, Vec<String>>,
    /// What belongs to one head and is forgotten with it.
    pub head: AtHead,
    /// The repair whose refusal was told below the proposal.
    pub told: Option<RepairId>,
    /// The last look at the forge.
    pub looked: Option<Timestamp>,
    /// The error came back in a release that contains the merge.
    pub regressed: bool,
    /// When the mirror was last fetched to find a release's commit.
    pub fetched: Option<Timestamp>,
    /// Commits of releases that were not in the repository by then.
    pub unknown: BTreeSet<String>,
}

/// What has been seen to at one head of the proposal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AtHead {
    /// The head, full SHA.
    pub commit: String,
    /// When it was first looked at.
    pub since: Option<Timestamp>,
    /// The last commit of the base branch that was compared with the patch.
    pub tip: Option<String>,
    /// The commit of the base branch that it conflicts with, for which a repair was queued.
    pub conflict: Option<String>,
    /// The checks that failed, for which a repair was queued.
    pub red: Vec<String>,
    /// It was said that somebody else's commits are on the branch.
    pub hands_off: bool,
    /// The forge was asked to merge it.
    pub merging: bool,
}

/// What the pages show of a proposal's life.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// The checks of its head.
    pub checks: Option<Checks>,
    /// Not yet offered for review.
    pub draft: bool,
    /// What reviewers said.
    pub review: Option<Review>,
    /// What is waited for, in one sentence.
    pub note: String,
    /// Why the forge was not asked to merge it by itself; empty when that is not wanted.
    pub guards: Vec<String>,
    /// What production says after the merge.
    pub evidence: Option<Evidence>,
}

/// How much silence there was, and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What exposure is counted in.
    pub unit: Unit,
    /// Events in releases without the merge.
    pub events: u64,
    /// Exposure of those.
    pub before: f64,
    /// Exposure of releases with the merge, all of it without the error.
    pub after: f64,
    /// 1 − exp(−rate · exposure).
    pub confidence: f64,
}

impl Outcome {
    /// The word used in the store, the API and the pages.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Merged => "merged as it was",
            Self::Edited => "merged with changes",
            Self::Closed(_) => "closed",
            Self::Ignored(_) => "not wanted",
            Self::Superseded(_) => "superseded",
        }
    }

    /// Why, where there are words.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Merged | Self::Edited => None,
            Self::Closed(why) | Self::Ignored(why) => why.as_deref(),
            Self::Superseded(why) => Some(why),
        }
    }
}
