//! The applications of `tests/apps`, copied and installed where a test may change them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// What an installation or a run of a suite may take.
const DEADLINE_SECONDS: &str = "300";

/// What a checkout of an application has not.
const NOT_SOURCE: [&str; 3] = ["node_modules", "dist", "coverage"];

/// The folder of the applications.
pub fn apps() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("apps")
}

/// A copy of an application with its dependencies installed. Goes away when dropped.
#[derive(Debug)]
pub struct App {
    folder: TempDir,
}

impl App {
    /// Copies an application of `tests/apps` and runs `npm ci` in the copy.
    pub fn install(name: &str) -> Result<Self> {
        let app = Self { folder: tempfile::tempdir()? };
        copy(&apps().join(name), app.path()).with_context(|| format!("no application {name}"))?;
        let flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
        let output = app.run("npm", &[&["ci"], flags.as_slice()].concat())?;
        ensure!(output.status.success(), "npm ci: {}", String::from_utf8_lossy(&output.stderr));
        Ok(app)
    }

    /// The copy's folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a program in the copy; it is ended after five minutes.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Result<Output> {
        Command::new("timeout")
            .args([DEADLINE_SECONDS, program])
            .args(arguments)
            .current_dir(self.path())
            .env_remove("NODE_OPTIONS")
            .env("FORCE_COLOR", "0")
            .output()
            .with_context(|| format!("{program} does not run"))
    }
}

/// Copies a folder of sources.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if NOT_SOURCE.iter().any(|skipped| name == *skipped) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(name))?;
        } else {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}
