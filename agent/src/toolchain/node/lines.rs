//! The reports of our own reporters: one JSON line a test.

use std::path::PathBuf;

use anyhow::Context;
use bugstack_patch::Refusal;
use bugstack_sandbox::{Mount, MountKind, Outcome};
use serde::Deserialize;

use super::inside::{TREE, last_words};
use crate::toolchain::{BrokenFile, SuiteReport, TestResult, TestStatus};

/// Where the reporters stand.
pub(super) const INSIDE: &str = "/bugstack";
const REPORTERS: [(&str, &str); 2] = [
    ("node_test_reporter.mjs", include_str!("node_test_reporter.mjs")),
    ("mocha_reporter.cjs", include_str!("mocha_reporter.cjs")),
];

/// The reporters, on disk for the sandbox to see. Their folder belongs to this process.
pub(super) fn reporters() -> anyhow::Result<Mount> {
    static FOLDER: std::sync::OnceLock<Option<tempfile::TempDir>> = std::sync::OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::Builder::new().prefix("bugstack-reporter-").tempdir().ok()?;
        for (name, text) in REPORTERS {
            std::fs::write(folder.path().join(name), text).ok()?;
        }
        Some(folder)
    });
    let host: PathBuf =
        folder.as_ref().context("no temporary folder can be written")?.path().into();
    Ok(Mount { host, inside: INSIDE.into(), kind: MountKind::ReadOnly })
}

#[derive(Deserialize)]
struct Line {
    file: String,
    name: String,
    status: String,
    #[serde(default)]
    message: String,
    /// The file itself failed, outside any test.
    #[serde(default)]
    whole_file: bool,
}

pub(super) fn read(
    tool: &str,
    report: Option<&[u8]>,
    outcome: &Outcome,
) -> Result<SuiteReport, Refusal> {
    let none = || {
        let words = format!("{tool} left no report ({:?})\n{}", outcome.end, last_words(outcome));
        Refusal::new("baseline-broken", words)
    };
    let mut suite = SuiteReport::default();
    for line in report.ok_or_else(none)?.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()) {
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            Refusal::new("baseline-broken", format!("the test report cannot be read: {error}"))
        })?;
        let file = line.file.strip_prefix(TREE).unwrap_or(&line.file);
        let file = file.trim_start_matches('/').to_owned();
        if line.whole_file {
            suite.broken.push(BrokenFile { file, message: line.message });
            continue;
        }
        let status = match line.status.as_str() {
            "passed" => TestStatus::Passed,
            "failed" => TestStatus::Failed,
            _ => TestStatus::Skipped,
        };
        suite.tests.push(TestResult { file, name: line.name, status, message: line.message });
    }
    Ok(suite)
}
