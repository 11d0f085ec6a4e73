//! vitest: its command line. Its JSON report has the form of jest's.

use std::ffi::OsString;

use super::inside::{REPORT, TREE};

pub(super) fn arguments(options: &[String], only: &[&str]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["run".into()];
    // Without the options' own filters: vitest runs what any filter fits.
    let options = options.iter().filter(|option| only.is_empty() || !is_filter(option));
    arguments.extend(options.map(OsString::from));
    arguments.extend(
        ["--reporter=json", "--silent", "--bail=0", "--coverage.enabled=false"].map(OsString::from),
    );
    arguments.push(format!("--outputFile={REPORT}").into());
    arguments.extend(only.iter().map(|path| OsString::from(format!("{TREE}/{path}"))));
    arguments
}

/// A path between the options. The value of an option that is not joined by `=` may look the same:
/// a configuration's name ends in an extension that no filter has.
fn is_filter(option: &str) -> bool {
    !option.starts_with('-') && !option.contains(".config.")
}
