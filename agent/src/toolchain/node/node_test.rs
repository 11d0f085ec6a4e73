//! `node --test`: its command line, with a reporter of ours.

use std::ffi::OsString;

use super::inside::{REPORT, TREE};
use super::lines::INSIDE;

pub(super) fn arguments(options: &[String], only: &[&str]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--test".into()];
    arguments.push(format!("--test-reporter={INSIDE}/node_test_reporter.mjs").into());
    arguments.push(format!("--test-reporter-destination={REPORT}").into());
    match only {
        [] => arguments.extend(options.iter().map(OsString::from)),
        only => arguments.extend(only.iter().map(|path| OsString::from(format!("{TREE}/{path}")))),
    }
    arguments
}
