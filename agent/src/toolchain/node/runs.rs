//! The run phase: the project's suite, one spec, or the type check, on one tree, in the sandbox.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use bugstack_patch::{Refusal, Runner};
use bugstack_sandbox::{End, Job, Mount, MountKind, Network, Outcome, Sandbox, Unavailable};

use super::{Dependencies, Node, NodeProject, jest, node_test, typescript};
use crate::model::Halt;
use crate::toolchain::{Phase, RunLimits, Stopwatch, SuiteReport};

/// Where the tree stands inside the sandbox.
pub(super) const TREE: &str = "/work";
/// Where a runner leaves its report.
pub(super) const REPORT: &str = "/tmp/bugstack-report";

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

/// What the type check said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeReport {
    /// The command, as argv joined by spaces.
    pub command: String,
    /// Each diagnostic without its position, which a patch moves.
    pub diagnostics: Vec<String>,
}

impl Runs<'_> {
    /// Runs the whole suite on the tree at `tree`, or the specs `only`; `name` says what for.
    pub fn suite(&self, name: &str, tree: &Path, only: &[&str]) -> Result<SuiteReport, Halt> {
        let (argv, mounts) = match self.project.runner {
            Runner::Jest => (jest::argv(&self.project.runner_options, only), Vec::new()),
            Runner::NodeTest => {
                let reporter = node_test::reporter()?;
                (node_test::argv(&self.project.runner_options, only), vec![reporter])
            }
        };
        let lap = (name, Phase::Tests);
        let outcome = self.run(lap, tree, argv, mounts, vec![REPORT.into()])?;
        let report = outcome.files.get(Path::new(REPORT)).map(Vec::as_slice);
        let read = match self.project.runner {
            Runner::Jest => jest::read(report, &outcome),
            Runner::NodeTest => node_test::read(report, &outcome),
        };
        Ok(agree(read?, &outcome)?)
    }

    /// Runs the type check, where the project has one.
    pub fn types(&self, tree: &Path) -> Result<Option<TypeReport>, Halt> {
        if !self.project.typescript {
            return Ok(None);
        }
        let argv = typescript::argv();
        let outcome = self.run(("types", Phase::Build), tree, argv, Vec::new(), Vec::new())?;
        Ok(Some(typescript::read(&outcome)?))
    }

    fn run(
        &self,
        lap: (&str, Phase),
        tree: &Path,
        arguments: Vec<OsString>,
        more: Vec<Mount>,
        collect: Vec<PathBuf>,
    ) -> Result<Outcome, Halt> {
        let mut argv = vec![OsString::from(&self.node.program)];
        argv.extend(arguments);
        let job = Job {
            argv,
            env: base_environment(),
            cwd: TREE.into(),
            mounts: self.mounts(tree, more),
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
                kind: MountKind::ReadOnly,
            });
        }
        mounts.extend(more);
        mounts
    }
}

/// Node may stand outside the system's folders.
pub(super) fn node_mounts(node: &Node) -> Vec<Mount> {
    let of_the_system = ["/usr", "/bin", "/lib"].iter().any(|dir| node.prefix.starts_with(dir));
    let npm = node.npm.ancestors().nth(2).map(Path::to_path_buf);
    let mut places: Vec<PathBuf> =
        if of_the_system { Vec::new() } else { vec![node.prefix.clone()] };
    places.extend(npm.filter(|npm| !npm.starts_with("/usr") && !npm.starts_with(&node.prefix)));
    let mount =
        |place: PathBuf| Mount { inside: place.clone(), host: place, kind: MountKind::ReadOnly };
    places.into_iter().map(mount).collect()
}

/// Everything that a run of repository code gets to see of the outside.
pub(super) fn base_environment() -> Vec<(OsString, OsString)> {
    [
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("HOME", "/home/sandbox"),
        ("TMPDIR", "/tmp"),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("CI", "true"),
        ("NO_COLOR", "1"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .to_vec()
}

pub(super) fn unavailable(missing: Unavailable) -> Halt {
    Halt::refused("sandbox-unavailable", missing.to_string())
}

/// The last words of a program, for an explanation.
pub(super) fn last_words(outcome: &Outcome) -> String {
    let said = if outcome.stderr.is_empty() { &outcome.stdout } else { &outcome.stderr };
    let said = String::from_utf8_lossy(said);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
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
