//! `bugstack doctor`: what this machine lacks, which walls of the sandbox stand, and what GitHub
//! lets us do.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;

use bugstack_sandbox::Sandbox;
use clap::Args;
use serde::Serialize;

use super::exit::{Exit, fail};
use super::progress::print;
use super::serve::{self, ConfigArgs};
use crate::config::Config;
use crate::forge::Github;
use crate::forge::github::{Examined, Timer};
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;
use crate::toolchain::node::Node;

/// Say what this machine lacks, and which walls of the sandbox stand.
///
/// Each wall is tested by attacking it from inside a real sandbox. With GitHub configured, it is
/// asked who we are there and what each project's repository lets us do. Exit codes: 0 everything
/// that a repair needs is there; 1 something is missing; 2 the configuration cannot be used.
#[derive(Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    config: ConfigArgs,
    /// One JSON object on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Examination {
    tools: Vec<Check>,
    walls: Vec<Check>,
    /// None where GitHub is not configured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    github: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    name: String,
    /// Without it no repair can be proven.
    needed: bool,
    stands: bool,
    seen: String,
    remedy: Option<String>,
}

impl Doctor {
    pub(super) fn run(self) -> Exit {
        let config = match self.config.load() {
            Ok(config) => config,
            Err(error) => return fail(Exit::Usage, &error),
        };
        let found = Examination { tools: tools(), walls: walls(), github: github(&config) };
        let text = if self.json {
            serde_json::to_string_pretty(&found).unwrap_or_default() + "\n"
        } else {
            found.told()
        };
        print(&text);
        let missing = found.checks().any(|check| check.needed && !check.stands);
        if missing { Exit::Fault } else { Exit::Done }
    }
}

fn tools() -> Vec<Check> {
    let node = Node::find();
    let node = Check {
        name: "Node and npm".into(),
        needed: true,
        stands: node.is_ok(),
        seen: node.as_ref().map_or_else(|error| format!("{error:#}"), |node| node.version.clone()),
        remedy: node.is_err().then(|| "install Node 20 or newer; npm comes with it".into()),
    };
    let build = "only to build from source; install it from your system's packages";
    vec![
        node,
        tool("git", "only for you: the agent brings its own; install `git`"),
        tool("cargo", build),
        tool("cc", build),
    ]
}

fn tool(name: &str, remedy: &str) -> Check {
    let output = Command::new(name).arg("--version").output();
    let seen = output.as_ref().ok().filter(|output| output.status.success()).map(|output| {
        String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
    });
    Check {
        name: name.to_owned(),
        needed: false,
        stands: seen.is_some(),
        remedy: seen.is_none().then(|| remedy.to_owned()),
        seen: seen.unwrap_or_else(|| "not found".to_owned()),
    }
}

fn walls() -> Vec<Check> {
    let walls = Sandbox::new().walls().into_iter();
    walls
        .map(|wall| Check {
            name: wall.name.to_string(),
            needed: true,
            stands: wall.stands,
            seen: wall.seen,
            remedy: (!wall.stands).then(|| wall.remedy.to_string()),
        })
        .collect()
}

/// What GitHub says of the projects in the file and of those that the service keeps.
fn github(config: &Config) -> Vec<Check> {
    let Some(settings) = &config.github else { return Vec::new() };
    let github = match Github::new(settings, Timer::system()) {
        Ok(github) => github,
        Err(error) => {
            let remedy = "correct `[github]` in the configuration".to_owned();
            return vec![Check {
                name: "GitHub".into(),
                needed: true,
                stands: false,
                seen: format!("{error:#}"),
                remedy: Some(remedy),
            }];
        }
    };
    let mut repositories: Vec<String> =
        config.seeds().map(|(project, _)| project.repository).chain(kept(config)).collect();
    repositories.sort();
    repositories.dedup();
    let found = github.examine(&repositories).into_iter();
    found
        .map(|Examined { name, seen, remedy }| Check {
            name,
            needed: true,
            stands: remedy.is_none(),
            seen,
            remedy,
        })
        .collect()
}

/// Repositories of the service's projects. A service that never ran has none, and none is told
/// for a store that cannot be read: `serve` says why.
fn kept(config: &Config) -> Vec<String> {
    if !config.data_dir.is_dir() {
        return Vec::new();
    }
    let projects = serve::runtime().and_then(|runtime| {
        let store = SqliteStore::open(&config.data_dir, Arc::new(jiff::Timestamp::now))?;
        Ok(runtime.block_on(store.projects())?)
    });
    let projects = projects.unwrap_or_default().into_iter();
    projects.map(|summary| summary.project.repository).collect()
}

impl Examination {
    fn checks(&self) -> impl Iterator<Item = &Check> {
        self.tools.iter().chain(&self.walls).chain(&self.github)
    }

    fn told(&self) -> String {
        let mut text = String::new();
        let sections = [
            ("Tools", &self.tools),
            ("Walls of the sandbox", &self.walls),
            ("GitHub", &self.github),
        ];
        for (title, checks) in sections.into_iter().filter(|(_, checks)| !checks.is_empty()) {
            let _ = writeln!(text, "{title}");
            for check in checks {
                let mark = match (check.stands, check.needed) {
                    (true, _) => "✓",
                    (false, true) => "✗",
                    (false, false) => "·",
                };
                let _ = writeln!(text, "  {mark} {:<34} {}", check.name, check.seen);
                if let Some(remedy) = &check.remedy {
                    let _ = writeln!(text, "    → {remedy}");
                }
            }
        }
        let missing = self.checks().filter(|check| check.needed && !check.stands).count();
        let _ = match missing {
            0 => writeln!(text, "Everything that a repair needs is here."),
            1 => writeln!(text, "One thing is missing: no repair can be proven on this machine."),
            _ => writeln!(text, "{missing} things are missing: no repair can be proven here."),
        };
        text
    }
}
