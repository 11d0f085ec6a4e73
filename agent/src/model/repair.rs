//! What a repair has found so far, stage by stage. Everything here is stored between stages.

use std::fmt;

use bugstack_patch::Evidence;
use serde::{Deserialize, Serialize};

use super::{Lap, Proof, Proposal};

/// A repair's number, counted over the installation from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RepairId(pub i64);

/// A place in the tree of the base commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The commit whose tree was read, full SHA.
    pub base: String,
    /// What production proved about the place.
    pub evidence: Evidence,
    /// The built file that the trace names, where no source map leads from it to the line.
    #[serde(default)]
    pub unmapped: Option<String>,
}

/// The cause, and the template that answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The place it was made at.
    pub site: Site,
    /// What the engine found.
    pub found: bugstack_patch::Diagnosis,
    /// See `repair::fix_key`.
    pub fix_key: String,
}

/// How the proof ended for the candidate that won.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was proven.
    pub diagnosis: Diagnosis,
    /// The winner.
    pub patch: bugstack_patch::Patch,
    /// Every file that the proposal writes, path to content: the source and the new test.
    pub files: Vec<(String, String)>,
    /// Why to believe it.
    pub proof: Proof,
    /// What the project's own tools took.
    pub laps: Vec<Lap>,
}

/// How far a repair has come. A stage takes one step and is harmless to repeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage", content = "found")]
pub enum Progress {
    /// Nothing is known yet; next is `locate`.
    Queued,
    /// Next is `diagnose`.
    Located(Site),
    /// Next is `patch`.
    Diagnosed(Diagnosis),
    /// Next is `verify`.
    Patched(Diagnosis, Vec<bugstack_patch::Patch>),
    /// Next is `propose`.
    Verified(Box<Verdict>),
    /// The end.
    Proposed(Box<Proposal>),
}

impl Progress {
    /// The stages of a repair, in the order of `repair::advance`.
    pub const STAGES: [&str; 5] = ["locate", "diagnose", "patch", "verify", "propose"];

    /// The stage that comes next; none at the end.
    pub fn next_stage(&self) -> Option<&'static str> {
        let reached = match self {
            Self::Queued => 0,
            Self::Located(_) => 1,
            Self::Diagnosed(_) => 2,
            Self::Patched(..) => 3,
            Self::Verified(_) => 4,
            Self::Proposed(_) => 5,
        };
        Self::STAGES.get(reached).copied()
    }
}

impl fmt::Display for RepairId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
