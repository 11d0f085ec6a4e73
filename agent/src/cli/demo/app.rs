//! The application under repair: laid down, installed, built and started as its developers would.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

use super::processes::{Agent, RunningApp};
use crate::git::Repository;
use crate::toolchain::node::Node;

/// Path and text of every file, see `build.rs`.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/nest_chat.rs"));
const IGNORED: &str = "node_modules/\ndist/\ncoverage/\n";

/// The application's repository.
pub(super) struct App {
    folder: PathBuf,
    node: Node,
}

impl App {
    /// Writes the files and commits them on `main`.
    pub(super) fn lay_down(folder: &Path) -> Result<Self> {
        let node = Node::find().context("the demo's application runs on Node")?;
        for (path, text) in FILES.iter().copied().chain([(".gitignore", IGNORED)]) {
            let place = folder.join(path);
            std::fs::create_dir_all(place.parent().unwrap_or(folder))?;
            std::fs::write(&place, text).with_context(|| format!("writing {path}"))?;
        }
        Repository::init(folder, "main", "Add the chat application", Timestamp::now())?;
        Ok(Self { folder: folder.to_path_buf(), node })
    }

    pub(super) fn repository(&self) -> &Path {
        &self.folder
    }

    /// `npm ci`
    pub(super) fn install(&self) -> Result<()> {
        self.npm(&["ci", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"])
    }

    /// `npm run build`
    pub(super) fn build(&self) -> Result<()> {
        self.npm(&["run", "build", "--loglevel=error"])
    }

    /// Starts the built application on a port of its own choice.
    pub(super) async fn start(&self, agent: &Agent) -> Result<RunningApp> {
        let mut command = tokio::process::Command::new(&self.node.program);
        command
            .args(["--enable-source-maps", "dist/main.js"])
            .current_dir(&self.folder)
            .env("BUGSTACK_API_KEY", agent.key())
            .env("BUGSTACK_ENDPOINT", format!("{}/api/capture", agent.url()))
            .env("PORT", "0")
            .env("NO_COLOR", "1");
        RunningApp::start(command, &self.folder.with_extension("log")).await
    }

    fn npm(&self, arguments: &[&str]) -> Result<()> {
        let output = Command::new(&self.node.program)
            .arg(&self.node.npm)
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .context("running npm")?;
        if !output.status.success() {
            bail!(
                "npm {} ended with {}\n{}{}",
                arguments.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    }
}
