//! A group of events with one cause, and the project it belongs to.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A project's name in URLs and on the command line: `[a-z0-9-]`, at most 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProjectId(pub String);

/// A repository whose errors the agent takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its name.
    pub id: ProjectId,
    /// A path or URL that git can fetch.
    pub repository: String,
    /// The branch that proposals aim at.
    pub base_branch: String,
}

impl Project {
    /// Whether the repository is a path on this machine, and not another machine's to keep.
    pub fn is_local(&self) -> bool {
        !self.repository.contains("://")
    }
}

/// An issue's number, counted over the installation from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssueId(pub i64);

/// A group of events with one cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// Its number.
    pub id: IssueId,
    /// Whose it is.
    pub project: ProjectId,
    /// The grouping key, see `intake::group`.
    pub key: String,
    /// `Error: WebSocket is not open: readyState 3 (CLOSED)`
    pub title: String,
    /// Where it stands.
    pub state: IssueState,
    /// Events counted so far.
    pub events: u64,
    /// The first event's time.
    pub first_seen: Timestamp,
    /// The newest event's time.
    pub last_seen: Timestamp,
    /// When a muted issue may be repaired again.
    #[serde(default)]
    pub muted_until: Option<Timestamp>,
}

/// Where an issue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssueState {
    /// Seen; no repair has begun.
    New,
    /// A repair is under way.
    Repairing,
    /// A repair ended without a patch; the repair says why.
    Refused,
    /// A repair ended by a fault of our own, after every retry.
    Failed,
    /// A proposal is open.
    Proposed,
    /// The proposal was merged; production has not yet shown the effect.
    Merged,
    /// Releases that contain the merge have done enough without the error.
    Resolved,
    /// The error came back in a release that contains the merge.
    Regressed,
    /// A person does not want it repaired; events are counted.
    Ignored,
    /// The same until a time, see [`Issue::muted_until`].
    Muted,
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl IssueState {
    const ALL: [Self; 10] = [
        Self::New,
        Self::Repairing,
        Self::Refused,
        Self::Failed,
        Self::Proposed,
        Self::Merged,
        Self::Resolved,
        Self::Regressed,
        Self::Ignored,
        Self::Muted,
    ];

    /// The word used in the store, the API and the pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Repairing => "repairing",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Proposed => "proposed",
            Self::Merged => "merged",
            Self::Resolved => "resolved",
            Self::Regressed => "regressed",
            Self::Ignored => "ignored",
            Self::Muted => "muted",
        }
    }
}

impl std::str::FromStr for IssueState {
    type Err = UnknownState;

    fn from_str(word: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| UnknownState(word.to_owned()))
    }
}

/// A word that names no state.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a state")]
pub struct UnknownState(pub String);
