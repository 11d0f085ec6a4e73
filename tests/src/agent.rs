//! `bugstack serve` over a world's repository, and what its callers see of it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::program;
use crate::wait::until;
use crate::world::World;

/// A service that is not up by then will not be.
const START: Duration = Duration::from_secs(60);
/// One request, or an orderly stop.
const ANSWER: Duration = Duration::from_secs(30);
/// A whole repair.
const REPAIR: Duration = Duration::from_secs(300);

/// A running service. Killed when dropped.
#[derive(Debug)]
pub struct Agent {
    child: Child,
    url: String,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

/// What came back for a request.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Where a redirect points.
    pub location: Option<String>,
    /// The body.
    pub text: String,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.text).with_context(|| format!("{}: {}", self.status, self.text))
    }
}

impl World {
    /// `bugstack project add` for the repository; returns the project's key.
    pub fn add_project(&self, name: &str) -> Result<String> {
        self.add_project_at(name, &self.repository())
    }

    /// The same for another repository.
    pub fn add_project_at(&self, name: &str, repository: &Path) -> Result<String> {
        let data = self.beside("data");
        let data = data.to_str().context("not UTF-8")?;
        let repository = repository.to_str().context("not UTF-8")?;
        let arguments = ["project", "--data-dir", data, "add", name, "--repo", repository];
        let run = self.run(program::command(&arguments)?, "")?;
        ensure!(run.code == 0, "project add: {}", run.stderr);
        Ok(run.stdout.trim().to_owned())
    }

    /// Starts `bugstack serve` on the world's data.
    pub fn serve(&self) -> Result<Agent> {
        self.serve_with(&[])
    }

    /// The same with variables of the environment.
    pub fn serve_with(&self, environment: &[(&str, &str)]) -> Result<Agent> {
        let mut command = program::service(&["serve", "--listen", "127.0.0.1:0", "--data-dir"])?;
        let log = std::fs::File::options().create(true).append(true).open(self.beside("log"))?;
        command.arg(self.beside("data")).envs(environment.iter().copied()).stderr(log);
        Agent::start(command).with_context(|| {
            let log = std::fs::read_to_string(self.beside("log")).unwrap_or_default();
            format!("the service did not start: {log}")
        })
    }
}

impl Agent {
    fn start(mut command: Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut agent = Self {
            child,
            url: String::new(),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
            client: reqwest::Client::builder()
                .no_proxy()
                .timeout(ANSWER)
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
        };
        let output = agent.child.stdout.take().context("no output")?;
        agent.url = line_with(output, "listening on ")?;
        Ok(agent)
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Result<Reply> {
        self.send(self.client.get(format!("{}{path}", self.url)))
    }

    /// A POST with these headers.
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Reply> {
        let mut request = self.client.post(format!("{}{path}", self.url)).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request)
    }

    /// A click on a button of one of the service's own pages.
    pub fn click(&self, path: &str) -> Result<Reply> {
        self.post(path, &[("Origin", &self.url)], "")
    }

    /// An event as the published client posts it.
    pub fn capture(&self, key: &str, event: &str) -> Result<Reply> {
        let headers = [("X-BugStack-Api-Key", key), ("Content-Type", "application/json")];
        self.post("/api/capture", &headers, event)
    }

    /// What a program reads at this path under `/api/v1/`.
    pub fn read(&self, path: &str) -> Result<Value> {
        let reply = self.get(&format!("/api/v1/{path}"))?;
        ensure!(reply.status == 200, "{path}: {} {}", reply.status, reply.text);
        reply.json()
    }

    /// Waits until issue `number` is in `state`.
    pub fn until_issue_is(&self, number: u64, state: &str) -> Result<Value> {
        until(&format!("issue {number} is {state}"), REPAIR, || {
            let issue = self.read(&format!("issues/{number}"))?;
            match issue["state"].as_str() {
                Some(now) if now == state => Ok(Some(issue)),
                Some("new" | "repairing") => Ok(None),
                _ => bail!("issue {number} is not {state}: {issue:#}"),
            }
        })
    }

    /// Ends it by SIGKILL.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    fn send(&self, request: reqwest::RequestBuilder) -> Result<Reply> {
        self.runtime.block_on(async {
            let reply = request.send().await?;
            let status = reply.status().as_u16();
            let location = reply.headers().get("location");
            let location = location.and_then(|value| value.to_str().ok()).map(str::to_owned);
            Ok(Reply { status, location, text: reply.text().await? })
        })
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The rest of the first line that begins with `start`. Later lines are read and dropped, so that
/// the process never waits for its reader.
pub fn line_with(output: impl std::io::Read + Send + 'static, start: &str) -> Result<String> {
    let (found, line) = mpsc::channel();
    let start = start.to_owned();
    let wanted = start.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(rest) = line.strip_prefix(&wanted) {
                // Nobody waits for a second one.
                let _ = found.send(rest.trim().to_owned());
            }
        }
    });
    line.recv_timeout(START).map_err(|error| match error {
        RecvTimeoutError::Timeout => anyhow::anyhow!("it never said `{start}`"),
        RecvTimeoutError::Disconnected => anyhow::anyhow!("it ended without saying `{start}`"),
    })
}
