//! A run of a test runner: its command line, and how its report is read.

use std::ffi::OsString;
use std::path::Path;

use bugstack_patch::{Refusal, Runner};
use bugstack_sandbox::{Mount, Outcome};

use super::inside::{REPORT, TREE};
use super::{Dependencies, TestCommand, jest, lines, mocha, node_test, vitest};
use crate::model::Halt;
use crate::toolchain::SuiteReport;

/// What is run, and what it gets to see for it.
pub(super) struct Invocation {
    /// Node's own options, the program and its arguments.
    pub(super) argv: Vec<OsString>,
    pub(super) mounts: Vec<Mount>,
    pub(super) environment: Vec<(OsString, OsString)>,
}

/// The whole suite, or the specs `only`, paths in the repository.
pub(super) fn invocation(
    tests: &TestCommand,
    dependencies: &Dependencies,
    only: &[&str],
) -> Result<Invocation, Halt> {
    let program = program(tests.runner, dependencies)?;
    let arguments = match tests.runner {
        Runner::Jest => jest::arguments(&tests.options, only),
        Runner::Vitest => vitest::arguments(&tests.options, only),
        Runner::Mocha => mocha::arguments(&tests.options, only),
        Runner::NodeTest => node_test::arguments(&tests.options, only),
    };
    let mounts = match tests.runner {
        Runner::Mocha | Runner::NodeTest => vec![lines::reporters()?],
        Runner::Jest | Runner::Vitest => Vec::new(),
    };
    let mut argv: Vec<OsString> = tests.node_options.iter().map(OsString::from).collect();
    argv.extend(program);
    argv.extend(arguments);
    let environment = tests.environment.iter();
    let environment = environment.map(|(name, value)| (name.into(), value.into())).collect();
    Ok(Invocation { argv, mounts, environment })
}

/// Where the runner's own entry point stands inside; `node --test` has none.
fn program(runner: Runner, dependencies: &Dependencies) -> Result<Option<OsString>, Refusal> {
    let package = match runner {
        Runner::NodeTest => return Ok(None),
        Runner::Jest => "jest",
        Runner::Vitest => "vitest",
        Runner::Mocha => "mocha",
    };
    match dependencies.program(package, package) {
        Some(path) => Ok(Some(format!("{TREE}/{path}").into())),
        None => Err(Refusal::new(
            "no-test-runner",
            format!(
                "the tests are run by {package}, which is not among the installed packages: add \
                 it to devDependencies"
            ),
        )),
    }
}

/// The report that the runner left, brought to one form.
pub(super) fn read(runner: Runner, outcome: &Outcome) -> Result<SuiteReport, Refusal> {
    let report = outcome.files.get(Path::new(REPORT)).map(Vec::as_slice);
    match runner {
        Runner::Jest => jest::read("jest", report, outcome),
        Runner::Vitest => jest::read("vitest", report, outcome),
        Runner::Mocha => lines::read("mocha", report, outcome),
        Runner::NodeTest => lines::read("node --test", report, outcome),
    }
}
