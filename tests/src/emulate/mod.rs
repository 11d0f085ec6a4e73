//! An emulator of GitHub that somebody else wrote, as a second opinion: npm's `emulate` behind a
//! proxy that judges both directions by GitHub's description.
//!
//! It has no git of its own: git requests go to a [`GitHub`] of ours, and what was pushed there is
//! replayed as objects through the emulator's API, with equal ids. What is merged in the emulator
//! does not come back. It has no GraphQL.

mod proxy;
mod replay;

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::github::GitHub;
use crate::wait::until;

/// The last version that runs on Node 20; the package without a version is another one.
const PACKAGE: &str = "emulate@0.11.2";
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the emulator itself differs from GitHub's description.
const KNOWN: [&str; 4] = [
    "\"network_count\" is a required property",
    "\"subscribers_count\" is a required property",
    "/description: null is not of type \"string\"",
    "\"annotations_url\" is a required property",
];

/// A running emulator with one repository `ann/app`, whose owner has one token.
#[derive(Debug)]
pub struct Emulator {
    process: Child,
    runtime: Option<Runtime>,
    git: Arc<GitHub>,
    violations: Arc<Mutex<Vec<String>>>,
    url: String,
    token: String,
    _folder: TempDir,
}

/// Whether npm is there to bring the emulator.
pub fn available() -> bool {
    let mut npm = Command::new("npm");
    npm.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    npm.status().is_ok_and(|status| status.success())
}

impl Emulator {
    /// Installs it and starts it; the repository's `main` has one commit with these files.
    pub fn start(files: &[(&str, &str)]) -> Result<Self> {
        let folder = TempDir::new()?;
        install(&folder)?;
        let git = Arc::new(GitHub::start()?);
        git.create("ann/app", files)?;
        let token = git.token("ann", &[])?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = run(&folder, port, &url, &token)?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let violations = Arc::default();
        let state = proxy::Proxy::new(
            format!("http://127.0.0.1:{port}"),
            token.clone(),
            Arc::clone(&git),
            Arc::clone(&violations),
        )?;
        let emulator =
            Self { process, runtime: Some(runtime), git, violations, url, token, _folder: folder };
        let runtime = emulator.runtime.as_ref().context("it was just made")?;
        until("the emulator", PATIENCE, || Ok(runtime.block_on(state.answers()).then_some(())))?;
        runtime.block_on(state.replay("ann/app"))?;
        proxy::serve(runtime, listener, state)?;
        Ok(emulator)
    }

    /// Its base address, as in the agent's `[github] url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The owner's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The repository's git.
    pub fn git(&self) -> &GitHub {
        &self.git
    }

    /// Takes what broke GitHub's description so far, but for what the emulator is known for.
    pub fn violations(&self) -> Vec<String> {
        let mut violations = self.violations.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |violation: &String| KNOWN.iter().any(|known| violation.contains(known));
        std::mem::take(&mut *violations).into_iter().filter(|one| !known(one)).collect()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        // It may have ended by itself; there is nothing to do about either.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn install(folder: &TempDir) -> Result<()> {
    let output = Command::new("npm")
        .args(["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"])
        .arg("--prefix")
        .arg(folder.path())
        .arg(PACKAGE)
        .output()
        .context("npm is needed")?;
    ensure!(output.status.success(), "npm: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn run(folder: &TempDir, port: u16, url: &str, token: &str) -> Result<Child> {
    let seed = json!({
        "tokens": { token: { "login": "ann", "scopes": ["repo", "user"] } },
        "github": {
            "users": [{ "login": "ann" }, { "login": "bob" }],
            "repos": [{ "owner": "ann", "name": "app", "auto_init": true }],
        },
    });
    let place = folder.path().join("seed.json");
    std::fs::write(&place, seed.to_string())?;
    let program = folder.path().join("node_modules/emulate/dist/index.js");
    Command::new("node")
        .arg(program)
        .args(["start", "--service", "github", "--port", &port.to_string()])
        .args(["--base-url", &format!("{url}/api/v3")])
        .arg("--seed")
        .arg(place)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("node is needed")
}
