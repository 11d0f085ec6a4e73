//! What a test runner said, test by test.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::app::App;

/// Full names of tests; what was said of each, or nothing where it passed.
pub type Report = BTreeMap<String, Option<String>>;

/// Runs test files with jest.
pub fn jest(app: &App, paths: &[&str]) -> Result<Report> {
    let every = r"\.spec\.[jt]s$";
    let flags = ["jest", "--json", "--no-color", "--testRegex", every, "--runTestsByPath"];
    let output = app.run("npx", &[&flags, paths].concat())?;
    let output: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    let mut report = Report::new();
    for file in output["testResults"].as_array().context("no `testResults`")? {
        let tests = file["assertionResults"].as_array().context("no `assertionResults`")?;
        ensure!(!tests.is_empty(), "{} did not run: {}", file["name"], file["message"]);
        report.extend(tests.iter().map(jest_test));
    }
    Ok(report)
}

fn jest_test(test: &Value) -> (String, Option<String>) {
    let name = test["fullName"].as_str().unwrap_or_default().to_owned();
    let messages = test["failureMessages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let message = messages.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n");
    (name, (test["status"] != "passed").then_some(message))
}

/// Runs test files with `node --test`.
pub fn node_test(app: &App, paths: &[&str]) -> Result<Report> {
    let output = app.run("node", &[&["--test", "--test-reporter=tap"], paths].concat())?;
    Ok(tap(&String::from_utf8_lossy(&output.stdout)))
}

/// Reads the subtests of TAP: each stands inside the suite whose `# Subtest:` came before it.
fn tap(output: &str) -> Report {
    let mut report = Report::new();
    let mut names: Vec<&str> = Vec::new();
    let mut failed: Option<String> = None;
    for line in output.lines() {
        let depth = (line.len() - line.trim_start().len()) / 4;
        let line = line.trim_start();
        if let Some(name) = line.strip_prefix("# Subtest: ") {
            names.truncate(depth);
            names.push(name);
        } else if line.starts_with("ok ") || line.starts_with("not ok ") {
            failed = line.starts_with("not ok ").then(|| names.join(" "));
            if depth > 0 {
                report.insert(names.join(" "), failed.as_ref().map(|_| String::new()));
            }
            names.truncate(depth);
        } else if let Some(Some(message)) = failed.as_ref().and_then(|name| report.get_mut(name)) {
            message.push_str(line);
            message.push('\n');
        }
    }
    report
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]
    use super::*;

    #[test]
    fn tap_names_tests_by_their_suite() {
        let report = tap(
            "TAP version 13\n# Subtest: a\n    # Subtest: b\n    not ok 1 - b\n      ---\n      error: 'why'\n      ...\n    # Subtest: c\n    ok 2 - c\n    1..2\nnot ok 1 - a\n",
        );
        assert_eq!(report.keys().collect::<Vec<_>>(), ["a b", "a c"]);
        assert!(report["a b"].as_ref().unwrap().contains("error: 'why'"));
        assert_eq!(report["a c"], None);
    }
}
