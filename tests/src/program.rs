//! The real `bugstack`, run as a person runs it.

use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The longest run of one command, in seconds, as `timeout` takes it.
const DEADLINE_SECONDS: &str = "600";

/// The product, which `cargo test --workspace` builds beside the tests.
///
/// # Errors
/// When it is not there, with the command that builds it.
pub fn bugstack() -> Result<PathBuf> {
    beside("bugstack")
}

/// A program that cargo builds beside the tests.
pub fn beside(name: &str) -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let mut places = test.ancestors().skip(1).map(|folder| folder.join(name));
    places.find(|path| path.is_file()).with_context(|| {
        format!(
            "there is no `{name}` beside {}: run `cargo build --workspace`, or all tests with \
             `cargo test --workspace`",
            test.display()
        )
    })
}

/// A command of the program that no variable of this process changes, ended after ten minutes.
pub fn command(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", DEADLINE_SECONDS]).arg(bugstack()?).args(arguments);
    Ok(own_environment(command))
}

/// The same for a service, which its owner ends.
pub fn service(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(bugstack()?);
    command.args(arguments);
    Ok(own_environment(command))
}

fn own_environment(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("BUGSTACK_") {
            command.env_remove(name);
        }
    }
    command
}

/// How a command ended and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// Reads what is left of a process.
    pub fn of(output: Output) -> Result<Self> {
        Ok(Self {
            code: output.status.code().with_context(|| format!("it {}", output.status))?,
            stdout: String::from_utf8(output.stdout).context("standard output is not UTF-8")?,
            stderr: String::from_utf8(output.stderr).context("standard error is not UTF-8")?,
        })
    }

    /// Standard output as one JSON object and nothing else.
    pub fn json(&self) -> Result<Value> {
        let value: Value = serde_json::from_str(&self.stdout)
            .with_context(|| format!("stdout `{}`, stderr `{}`", self.stdout, self.stderr))?;
        ensure!(value.is_object(), "standard output is no object: {value}");
        Ok(value)
    }
}
