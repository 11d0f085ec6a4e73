//! The run phase: the project's suite, one spec, or the type check, on one tree, in the sandbox.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use bugstack_patch::Refusal;
use bugstack_sandbox::{End, Job, Mount, MountKind, Network, Outcome, Sandbox, Unavailable};

use super::inside::{REPORT, TREE, base_environment, last_words, node_mounts};
use super::runner::{self, Invocation};
use super::typescript::{self, TypeReport};
use super::{Dependencies, Node, NodeProject};
use crate::model::{Halt, Phase};
use crate::toolchain::{RunLimits, Stopwatch, SuiteReport};

/// Runs the tools of one project on any of its trees.
pub struct Runs<'a> {
    /// Holds the code back.
    pub sandbox: &'a Sandbox,
    /// Node.
    pub node: &'a Node,
    /// What is run.
    pub project: &'a NodeProject,
    /// What it needs.
    pub dependencies: &'a Dependencies,
    /// What a run may use up.
    pub limits: RunLimits,
    /// Books the time.
    pub stopwatch: &'a Stopwatch,
}

impl Runs<'_> {
    /// Runs the whole suite on the tree at `tree`, or the specs `only`; `name` says what for.
    pub fn suite(&self, name: &str, tree: &Path, only: &[&str]) -> Result<SuiteReport, Halt> {
        let invocation = runner::invocation(&self.project.tests, self.dependencies, only)?;
        let collect = vec![REPORT.into()];
        let outcome = self.run((name, Phase::Tests), tree, invocation, collect)?;
        let report = runner::read(self.project.tests.runner, &outcome)?;
        Ok(agree(report, &outcome)?)
    }

    /// Runs the type check, where the project has one.
    pub fn types(&self, tree: &Path) -> Result<Option<TypeReport>, Halt> {
        if !self.project.typescript {
            return Ok(None);
        }
        let invocation =
            Invocation { argv: typescript::argv(), mounts: Vec::new(), environment: Vec::new() };
        let outcome = self.run(("types", Phase::Build), tree, invocation, Vec::new())?;
        Ok(Some(typescript::read(&outcome)?))
    }

    fn run(
        &self,
        lap: (&str, Phase),
        tree: &Path,
        invocation: Invocation,
        collect: Vec<PathBuf>,
    ) -> Result<Outcome, Halt> {
        let mut argv = vec![OsString::from(&self.node.program)];
        argv.extend(invocation.argv);
        let mut env = base_environment();
        env.extend(invocation.environment);
        let job = Job {
            argv,
            env,
            cwd: TREE.into(),
            mounts: self.mounts(tree, invocation.mounts),
            network: Network::None,
            limits: self.limits.for_tests(),
            collect,
        };
        let outcome = self.sandbox.run(&job).map_err(unavailable)?;
        self.stopwatch.add(lap.0, lap.1, outcome.wall);
        match outcome.end {
            End::TimedOut => Err(ended("time-out", &outcome)),
            End::OutOfMemory => Err(ended("out-of-memory", &outcome)),
            End::TooMuchOutput => Err(ended("too-much-output", &outcome)),
            End::Exited(_) | End::Killed(_) => Ok(outcome),
        }
    }

    fn mounts(&self, tree: &Path, more: Vec<Mount>) -> Vec<Mount> {
        let mut mounts = node_mounts(self.node);
        mounts.push(Mount {
            host: tree.to_path_buf(),
            inside: TREE.into(),
            kind: MountKind::Overlay,
        });
        if let Some(node_modules) = &self.dependencies.node_modules {
            mounts.push(Mount {
                host: node_modules.clone(),
                inside: format!("{TREE}/node_modules").into(),
                // Some tools keep a cache among the packages; it is thrown away with the run.
                kind: MountKind::Overlay,
            });
        }
        mounts.extend(more);
        mounts
    }
}

pub(super) fn unavailable(missing: Unavailable) -> Halt {
    Halt::refused("sandbox-unavailable", missing.to_string())
}

fn ended(code: &str, outcome: &Outcome) -> Halt {
    let after = outcome.wall.as_secs();
    let words = format!("the run ended with {code} after {after} s\n{}", last_words(outcome));
    Halt::refused(code, words)
}

/// The report comes from a process that nobody trusts: its exit must say the same.
fn agree(report: SuiteReport, outcome: &Outcome) -> Result<SuiteReport, Refusal> {
    let clean_exit = outcome.end == End::Exited(0);
    if clean_exit == report.failed() {
        return Err(Refusal::new(
            "report-contradicts-exit",
            format!(
                "the test runner ended with {:?} but its report names {} failed tests and {} \
                 broken files\n{}",
                outcome.end,
                report.with(crate::toolchain::TestStatus::Failed).count(),
                report.broken.len(),
                last_words(outcome)
            ),
        ));
    }
    Ok(report)
}
