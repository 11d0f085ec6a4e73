//! The test that comes with a patch: a subject rendered for the project's own runner.

use serde::{Deserialize, Serialize};

/// What the project's tests look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecSetting {
    /// Who runs it.
    pub runner: Runner,
    /// Where the spec will stand, path in the repository.
    pub spec_path: String,
    /// The installed `ws`, where the lockfile tells.
    pub ws: Option<semver::Version>,
    /// The production error's own words.
    pub message: String,
}

/// A test runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runner {
    /// jest, through ts-jest for TypeScript.
    Jest,
    /// `node --test`
    NodeTest,
}

/// A test file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The file's text.
    pub text: String,
    /// Its tests, in the order of the subject's scenarios.
    pub tests: Vec<SpecTest>,
}

/// One test of a spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecTest {
    /// As the runner reports it, `describe` blocks first, joined by a space.
    pub name: String,
    /// Index into `Patch::sites`.
    pub sites: Vec<usize>,
    /// What its failure must contain on the unpatched tree to be red for the production reason:
    /// the production message, or the assertion's own words.
    pub red: String,
}
