//! jest: its command line, and its JSON report, which vitest writes too.

use std::ffi::OsString;

use bugstack_patch::Refusal;
use bugstack_sandbox::Outcome;
use serde::Deserialize;

use super::inside::{REPORT, TREE, last_words};
use crate::toolchain::{BrokenFile, SuiteReport, TestResult, TestStatus};

pub(super) fn arguments(options: &[String], only: &[&str]) -> Vec<OsString> {
    let mut argv: Vec<OsString> = options.iter().map(OsString::from).collect();
    // A suite that leaves timers or sockets open has its results by then all the same.
    argv.extend(
        ["--ci", "--json", "--silent", "--colors=false", "--forceExit", "--bail=0"]
            .map(OsString::from),
    );
    argv.push("--cacheDirectory=/tmp/jest".into());
    argv.push(format!("--outputFile={REPORT}").into());
    if !only.is_empty() {
        argv.push("--runTestsByPath".into());
        argv.extend(only.iter().map(|path| OsString::from(format!("{TREE}/{path}"))));
    }
    argv
}

/// `jest --json`, as documented under "--json" and `FormattedTestResults` of @jest/test-result.
#[derive(Deserialize)]
struct Report {
    #[serde(rename = "testResults")]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    name: String,
    status: String,
    #[serde(default)]
    message: String,
    #[serde(rename = "assertionResults", default)]
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    full_name: String,
    status: String,
    #[serde(default)]
    failure_messages: Option<Vec<String>>,
}

/// Reads the report of `tool`: jest, or one that writes the same form.
pub(super) fn read(
    tool: &str,
    report: Option<&[u8]>,
    outcome: &Outcome,
) -> Result<SuiteReport, Refusal> {
    let none = || {
        let words = format!("{tool} left no report ({:?})\n{}", outcome.end, last_words(outcome));
        Refusal::new("baseline-broken", words)
    };
    let report: Report = serde_json::from_slice(report.ok_or_else(none)?).map_err(|error| {
        Refusal::new("baseline-broken", format!("the report of {tool} cannot be read: {error}"))
    })?;
    let mut suite = SuiteReport::default();
    for file in report.files {
        let path = file.name.strip_prefix(TREE).unwrap_or(&file.name);
        let path = path.trim_start_matches('/').to_owned();
        if file.tests.is_empty() && file.status == "failed" {
            suite.broken.push(BrokenFile { file: path, message: file.message });
            continue;
        }
        suite.tests.extend(file.tests.into_iter().map(|test| test.read(&path)));
    }
    Ok(suite)
}

impl Test {
    fn read(self, file: &str) -> TestResult {
        let status = match self.status.as_str() {
            "passed" => TestStatus::Passed,
            "failed" => TestStatus::Failed,
            _ => TestStatus::Skipped,
        };
        let message = self.failure_messages.unwrap_or_default().join("\n");
        TestResult { file: file.to_owned(), name: self.full_name, status, message }
    }
}
