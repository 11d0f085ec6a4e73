//! `bugstack doctor`: what this machine lacks, and which walls of the sandbox stand.

use std::fmt::Write as _;
use std::process::Command;

use bugstack_sandbox::Sandbox;
use clap::Args;
use serde::Serialize;

use super::exit::Exit;
use super::progress::print;
use crate::toolchain::node::Node;

/// Say what this machine lacks, and which walls of the sandbox stand.
///
/// Each wall is tested by attacking it from inside a real sandbox. Exit codes: 0 everything that
/// a repair needs is there; 1 something is missing.
#[derive(Args)]
pub(super) struct Doctor {
    /// One JSON object on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Examination {
    tools: Vec<Check>,
    walls: Vec<Check>,
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
        let found = Examination { tools: tools(), walls: walls() };
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

impl Examination {
    fn checks(&self) -> impl Iterator<Item = &Check> {
        self.tools.iter().chain(&self.walls)
    }

    fn told(&self) -> String {
        let mut text = String::new();
        for (title, checks) in [("Tools", &self.tools), ("Walls of the sandbox", &self.walls)] {
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
