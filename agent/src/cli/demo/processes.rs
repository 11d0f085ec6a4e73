//! The two processes of the demo: the agent's service and the application. Both die with the
//! demo unless they are to be kept.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A process that is not up by then will not be.
const START: Duration = Duration::from_secs(60);
/// The published client keeps a dying process for one second.
const DEATH: Duration = Duration::from_secs(30);
/// An orderly stop of the agent.
const STOP: Duration = Duration::from_secs(20);
/// Between two looks at a log.
const LOOK: Duration = Duration::from_millis(50);
const PROJECT: &str = "nest-chat";

/// `bugstack serve`, with a store of its own.
pub(super) struct Agent {
    child: Child,
    url: String,
    key: String,
}

impl Agent {
    /// Adds the project, then starts the service.
    pub(super) async fn start(folder: &Path, repository: &Path) -> Result<Self> {
        let program = std::env::current_exe().context("finding this program")?;
        let data = folder.join("agent");
        std::fs::create_dir_all(&data)?;
        let key = add_project(&program, &data, repository).await?;
        let mut command = Command::new(&program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&data);
        let (child, url) = listening(command, &folder.join("agent.log")).await?;
        Ok(Self { child, url, key })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Asks the service to stop, and waits.
    pub(super) async fn stop(mut self) -> Result<()> {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::SIGTERM)?;
        }
        timeout(STOP, self.child.wait()).await.context("the agent does not stop")??;
        Ok(())
    }

    /// Lets it live on, and returns its process id.
    pub(super) fn keep(self) -> u32 {
        keep(self.child)
    }
}

async fn add_project(program: &Path, data: &Path, repository: &Path) -> Result<String> {
    let output = Command::new(program)
        .arg("project")
        .arg("--data-dir")
        .arg(data)
        .args(["add", PROJECT, "--repo"])
        .arg(repository)
        .stdin(Stdio::null())
        .output()
        .await
        .context("adding the project")?;
    if !output.status.success() {
        bail!("adding the project: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The application, serving.
pub(super) struct RunningApp {
    child: Child,
    port: u16,
}

impl RunningApp {
    pub(super) async fn start(command: Command, log: &Path) -> Result<Self> {
        let (child, port) = listening(command, log).await?;
        Ok(Self { child, port: port.parse().context("the application's port")? })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The published client reports, then ends the process with 1.
    pub(super) async fn wait_for_the_report(mut self) -> Result<()> {
        let status = timeout(DEATH, self.child.wait()).await;
        let status = status.context("the application survived: the fault did not happen")??;
        if status.code() != Some(1) {
            bail!("the application ended with {status}, not by its uncaught error");
        }
        Ok(())
    }

    /// Lets it live on, and returns its process id.
    pub(super) fn keep(self) -> u32 {
        keep(self.child)
    }
}

fn keep(child: Child) -> u32 {
    let pid = child.id().unwrap_or_default();
    // Its handle would kill it.
    std::mem::forget(child);
    pid
}

/// Starts a process that writes into `log`, and waits until it says where it listens. A file and
/// no pipe: a process that is kept must not lose its reader.
async fn listening(mut command: Command, log: &Path) -> Result<(Child, String)> {
    let file = File::create(log).with_context(|| format!("making {}", log.display()))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .kill_on_drop(true)
        .spawn()
        .context("starting a process of the demo")?;
    let told = timeout(START, told_in(log, &mut child)).await.context("it does not listen");
    let told = told.and_then(|told| told).with_context(|| format!("see {}", log.display()))?;
    Ok((child, told))
}

async fn told_in(log: &Path, child: &mut Child) -> Result<String> {
    let mut looks = tokio::time::interval(LOOK);
    loop {
        looks.tick().await;
        let ended = child.try_wait()?;
        let said = std::fs::read_to_string(log)?;
        if let Some(told) = said.lines().find_map(|line| line.strip_prefix("listening on ")) {
            return Ok(told.trim().to_owned());
        }
        if let Some(status) = ended {
            bail!("it ended with {status} and never listened");
        }
    }
}
