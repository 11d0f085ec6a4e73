//! What a forge says of a proposal and of its repository.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ProposalState;

/// A proposal as its forge lists it; found again by its branch after our own data is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The forge's number.
    pub number: i64,
    /// Where people see it; none where the forge has no pages of its own.
    pub url: Option<String>,
    /// Where it stands there; a forge knows no superseded proposals, only closed ones.
    pub state: ProposalState,
    /// What the proposal's branch pointed at last, full SHA.
    pub head: String,
    /// Markdown, with the hidden marker if it is ours.
    pub body: String,
    /// When it was merged or closed.
    pub ended: Option<Timestamp>,
    /// The commit on the base branch that holds it: a merge, a squash, or the last one of a rebase.
    pub merge_commit: Option<String>,
}

/// Everything about a proposal that decides what happens to it next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The proposal.
    pub found: Found,
    /// Not yet offered for review.
    pub draft: bool,
    /// What the base branch points at, full SHA.
    pub tip: String,
    /// Whether it merges without a conflict; none while the forge is still finding out.
    pub mergeable: Option<bool>,
    /// The checks of its head.
    pub checks: Checks,
    /// What reviewers said.
    pub review: Review,
    /// What people wrote below it, oldest first; bounded, the newest are kept.
    pub remarks: Vec<Remark>,
}

/// The checks of one commit, taken together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "failed")]
pub enum Checks {
    /// Nothing has ever reported on this commit.
    None,
    /// At least one has not ended.
    Pending,
    /// All ended well, or were skipped.
    Green,
    /// All ended, these badly.
    Red(Vec<FailedCheck>),
}

/// A check that ended badly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCheck {
    /// `test (node 20)`
    pub name: String,
    /// What it says of itself, bounded; text from outside.
    pub summary: String,
    /// Where its log is.
    pub url: Option<String>,
}

/// What reviewers said of the present head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Review {
    /// Nothing that counts.
    Awaited,
    /// As many approvals as the branch's rules ask for, at least one.
    Approved,
    /// Somebody asked for changes.
    ChangesRequested,
}

/// A comment below a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The forge's number for it.
    pub id: i64,
    /// Who wrote it.
    pub author: String,
    /// Written by a program, ours included.
    pub bot: bool,
    /// Markdown; text from outside.
    pub body: String,
    /// When it was last changed.
    pub updated: Timestamp,
}

/// What a forge knows of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryFacts {
    /// Whether everybody may read it, its proposals included.
    pub public: bool,
    /// The branch that a clone checks out.
    pub default_branch: String,
}
