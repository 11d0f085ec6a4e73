//! Repairs of `plain-ws` that are killed on their way, and what must be there at their end. What is
//! not as promised is a panic.
#![expect(clippy::unwrap_used, reason = "a broken promise fails the story")]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::agent::Agent;
use crate::world::World;
use crate::{events, program};

const STAGES: [&str; 5] = ["locate", "diagnose", "patch", "verify", "propose"];
const MOMENTS: [&str; 3] = ["before", "after", "stored"];
const SIGKILL: i32 = 9;

/// Every point at which `mortal-worker` can be told to die, in order.
pub fn boundaries() -> impl Iterator<Item = String> {
    STAGES.into_iter().flat_map(|stage| MOMENTS.map(|moment| format!("{moment} {stage}")))
}

/// Repairs until the process is killed at the point.
pub fn killed(world: &World, point: &str) {
    assert_eq!(work(world, point), Some(SIGKILL), "{point}");
}

/// Repairs to the end.
pub fn finished(world: &World) {
    assert_eq!(work(world, "nowhere"), None);
}

/// The signal that ended it.
fn work(world: &World, point: &str) -> Option<i32> {
    let event = world.beside("event.json");
    std::fs::write(&event, events::npm()).unwrap();
    let output = Command::new(program::beside("mortal-worker").unwrap())
        .arg(world.beside("data"))
        .args([event, program::bugstack().unwrap()])
        .arg(point)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.signal().is_some() || output.status.success(), "{point}: {said}");
    output.status.signal()
}

/// `plain-ws` as the agent's only project.
pub fn world() -> World {
    let world = World::app("plain-ws").unwrap();
    world.add_project("plain").unwrap();
    world
}

/// The proposal, once everything is there exactly once.
pub fn one_of_each(world: &World, agent: &Agent, point: &str) -> Value {
    let issues = agent.read("issues").unwrap();
    assert_eq!(issues["issues"].as_array().unwrap().len(), 1, "{point}: {issues:#}");
    let issue = agent.read("issues/1").unwrap();
    assert_eq!((&issue["state"], &issue["events"]), (&"proposed".into(), &1.into()), "{point}");
    assert_eq!((&issue["proposal"], &issue["repairs"][1]), (&1.into(), &Value::Null), "{point}");
    let stages = issue["repairs"][0]["stages"].as_array().unwrap();
    let found = stages.iter().filter(|run| run["outcome"] == "found");
    let found: Vec<_> = found.map(|run| run["stage"].as_str().unwrap()).collect();
    assert_eq!(found, STAGES, "{point}");
    assert_eq!(agent.get("/api/v1/proposals/2").unwrap().status, 404, "{point}");

    let proposal = agent.read("proposals/1").unwrap();
    let heads = world.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]).unwrap();
    let branch = proposal["branch"].as_str().unwrap();
    assert_eq!(heads.lines().collect::<Vec<_>>(), [branch, "main"], "{point}");
    let commits = world.git(&["rev-list", branch, "^main"]).unwrap();
    assert_eq!(Value::from(commits), proposal["commit"], "{point}");
    assert_eq!(Value::from(world.git(&["rev-parse", "main"]).unwrap()), proposal["base"]);
    assert_eq!(world.git(&["status", "--porcelain"]).unwrap(), "", "{point}");
    proposal
}

/// What an agent that nobody disturbs proposes.
pub fn undisturbed() -> Value {
    let world = world();
    finished(&world);
    one_of_each(&world, &world.serve().unwrap(), "nowhere")
}

/// Two proposals of equal repositories say and hold the same.
pub fn assert_same(proposal: &Value, expected: &Value) {
    for field in ["base", "commit", "diff", "title", "created"] {
        assert_eq!(proposal[field], expected[field], "{field}");
    }
}
