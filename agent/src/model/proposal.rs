//! A pull request of ours.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{IssueId, Lap, Proof, UnknownState};

/// A proposal's number in our own pages, counted over the installation from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProposalId(pub i64);

/// A pull request of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// At most one open proposal has a given fix key.
    pub fix_key: String,
    /// What it answers.
    pub issue: IssueId,
    /// `bugstack/<first 12 of the fix key>`
    pub branch: String,
    /// The branch it aims at.
    pub base_branch: String,
    /// The commit that the patch was made on, full SHA.
    pub base: String,
    /// The proposal's head, full SHA.
    pub commit: String,
    /// The commit's subject.
    pub title: String,
    /// Markdown, with the hidden marker.
    pub body: String,
    /// Unified diff from `base` to `commit`.
    pub diff: String,
    /// Why to believe it.
    pub proof: Proof,
    /// What the project's own tools took.
    pub laps: Vec<Lap>,
    /// Where it stands.
    pub state: ProposalState,
    /// Taken from the event, so that a repeated stage says the same.
    pub created: Timestamp,
    /// The number that the forge gave it.
    pub number: Option<i64>,
    /// Where people see it at the forge.
    #[serde(default)]
    pub url: Option<String>,
    /// The template and the candidate that made the patch, as in the proof: `guard-send/allow-list`.
    #[serde(default)]
    pub template: String,
    /// Whom to ask for a review: logins, and teams as `organisation/team`; at most three.
    #[serde(default)]
    pub reviewers: Vec<String>,
    /// The repository's own settings leave the merge to people, whatever the operator allows.
    #[serde(default)]
    pub people_merge: bool,
}

/// Whether a proposal tells what production knows: counts, releases, the message's own values,
/// frames of packages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Details {
    /// On every repository.
    Always,
    /// Only where not everybody may read it.
    #[default]
    Private,
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProposalState {
    /// Waits for a reviewer.
    Open,
    /// A person merged it.
    Merged,
    /// A person closed it.
    Closed,
    /// We closed it: the fault has gone by another way, or another proposal took its place.
    Superseded,
}

impl fmt::Display for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ProposalState {
    /// The word used in the store, the API and the pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Merged => "merged",
            Self::Closed => "closed",
            Self::Superseded => "superseded",
        }
    }
}

impl std::str::FromStr for ProposalState {
    type Err = UnknownState;

    fn from_str(word: &str) -> Result<Self, UnknownState> {
        [Self::Open, Self::Merged, Self::Closed, Self::Superseded]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| UnknownState(word.to_owned()))
    }
}
