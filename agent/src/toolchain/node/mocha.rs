//! mocha: its command line, with a reporter of ours.

use std::ffi::OsString;

use super::inside::TREE;
use super::lines::INSIDE;

/// mocha adds the specs of its configuration to those of the command line; what is not asked for
/// is then in the report, too, and nobody looks at it.
pub(super) fn arguments(options: &[String], only: &[&str]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = match only {
        [] => options.iter().map(OsString::from).collect(),
        only => without_specs(options)
            .chain(only.iter().map(|path| OsString::from(format!("{TREE}/{path}"))))
            .collect(),
    };
    // A suite that leaves timers or sockets open has its results by then all the same.
    arguments.extend(["--exit", "--no-color"].map(OsString::from));
    arguments.push(format!("--reporter={INSIDE}/mocha_reporter.cjs").into());
    arguments
}

/// Options of mocha whose value is the next word.
const WITH_VALUE: [&str; 20] = [
    "-r",
    "--require",
    "--import",
    "--loader",
    "-n",
    "--node-option",
    "-t",
    "--timeout",
    "-s",
    "--slow",
    "--config",
    "--package",
    "--extension",
    "--file",
    "--ignore",
    "--exclude",
    "-u",
    "--ui",
    "--retries",
    "--jobs",
];

fn without_specs(options: &[String]) -> impl Iterator<Item = OsString> {
    let mut is_value = false;
    options.iter().filter_map(move |option| {
        let kept = is_value || option.starts_with('-');
        is_value = WITH_VALUE.contains(&option.as_str());
        kept.then(|| option.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spec_takes_the_place_of_the_projects_own() {
        let options = ["-r", "tsx", "test/**/*.ts", "--ui=tdd", "--exclude", "a.ts", "b.ts"];
        let options = options.map(str::to_owned);
        let told = arguments(&options, &["test/a.spec.ts"]);
        let told: Vec<&str> = told.iter().filter_map(|word| word.to_str()).take(6).collect();
        assert_eq!(told, ["-r", "tsx", "--ui=tdd", "--exclude", "a.ts", "/work/test/a.spec.ts"]);
        assert!(arguments(&options, &[]).contains(&"test/**/*.ts".into()));
    }
}
