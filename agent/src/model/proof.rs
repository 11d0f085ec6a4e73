//! What a reviewer can trust: the outcome of running the project's own tests and a new one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Evidence that a patch fixes the production fault and breaks no test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The project's suite on the unpatched tree.
    pub baseline: Baseline,
    /// The new test on the unpatched tree.
    pub red: Red,
    /// The same test and the whole suite on the patched tree.
    pub green: Green,
    /// The project's type check before and after, where it has one.
    pub types: Option<TypeCheck>,
    /// Every changed place, and whether the new tests turn red without it.
    pub sites: Vec<ProvenSite>,
    /// Changes to the patch that the new tests must notice.
    pub mutants: Vec<Mutant>,
    /// Tests of the project that passed before and pass after.
    pub unaffected: Vec<String>,
    /// Existing tests that the patch edits.
    pub tests_edited: Vec<String>,
    /// Every candidate in rank order, and what became of it.
    pub tried: Vec<Tried>,
    /// What it ran on.
    pub environment: Environment,
}

/// The project's suite on the unpatched tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Tests that pass.
    pub passed: usize,
    /// Tests that fail; they do not count against the patch.
    pub failed: usize,
    /// Tests that failed and then passed; they decide nothing.
    pub flaky: usize,
}

/// The new test failing on the unpatched tree, for the production reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Red {
    /// The test's full name.
    pub test: String,
    /// What the runner said.
    pub message: String,
    /// Why that is the production fault.
    pub reason: String,
}

/// The patched tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Green {
    /// The new test's full name.
    pub test: String,
    /// The whole suite, the new test included.
    pub suite: Baseline,
}

/// The project's type check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeCheck {
    /// The command, as argv joined by spaces.
    pub command: String,
    /// Diagnostics on the unpatched tree.
    pub before: usize,
    /// Diagnostics on the patched tree that were not there before: always none in a proof.
    pub new: Vec<String>,
}

/// A changed place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenSite {
    /// Path in the repository.
    pub file: String,
    /// First and last line in the unpatched file, from 1.
    pub lines: (u32, u32),
    /// The new test that fails when this place alone stays as it was.
    pub red_without: Option<String>,
}

/// A change to the patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutant {
    /// In words.
    pub change: String,
    /// What became of it.
    #[serde(flatten)]
    pub end: MutantEnd,
}

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MutantEnd {
    /// The test that noticed.
    KilledBy(String),
    /// Nothing can notice, for this reason: it changes nothing that runs.
    Survived(String),
    /// It was not tried, for this reason.
    NotRun(String),
}

/// One candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Template and candidate: `guard-send/allow-list`.
    pub template: String,
    /// `proven`, or the code of the refusal.
    pub verdict: String,
}

/// What a proof ran on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// `v20.20.2`
    pub node: Option<String>,
    /// The installed `ws`, from the lockfile.
    pub ws: Option<String>,
    /// SHA-256 of the lockfile.
    pub lockfile: Option<String>,
    /// Anything else that a replay needs.
    #[serde(flatten)]
    pub more: BTreeMap<String, String>,
}
