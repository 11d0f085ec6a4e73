//! What the follow lane looks at: a proposal and everything that decides what becomes of it.

use jiff::Timestamp;

use super::{
    Handled, Issue, Occasion, Outcome, Production, Project, Proposal, ProposalId, Refusal, RepairId,
};

/// A proposal and everything that decides what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// The proposal's number in our pages.
    pub id: ProposalId,
    /// Whose repository it is.
    pub project: Project,
    /// What it answers.
    pub issue: Issue,
    /// The proposal, as we left it.
    pub proposal: Proposal,
    /// The commit on the base branch that holds it.
    pub merge_commit: Option<String>,
    /// When it was merged or closed.
    pub ended: Option<Timestamp>,
    /// What it came to, once that is known.
    pub outcome: Option<Outcome>,
    /// No newer proposal answers the issue.
    pub newest: bool,
    /// Somebody said that something has changed at the forge.
    pub hinted: bool,
    /// What earlier looks have seen to.
    pub handled: Handled,
    /// The issue's newest repair, if it is not the one that made the proposal as it is.
    pub repair: Option<LaterRepair>,
    /// What production has shown.
    pub production: Production,
    /// Lower bound of the share of this template's proposals that were merged as they were, in
    /// this repository.
    pub record: f64,
}

/// A repair that was begun while the proposal was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaterRepair {
    /// Its number.
    pub id: RepairId,
    /// Why it was begun.
    pub occasion: Occasion,
    /// How far it is.
    pub end: RepairEnd,
}

/// How far a repair is, for those who wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepairEnd {
    /// It waits or runs.
    Open,
    /// It ended without a patch.
    Refused(Refusal),
    /// It ended by a fault of our own.
    Failed,
    /// It ended with a proposal.
    Done,
}
