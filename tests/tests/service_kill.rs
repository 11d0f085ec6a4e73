//! Kill the agent anywhere in a real repair and start it again: one commit, one branch, one
//! proposal, and the same ones as if nothing had happened.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bugstack_tests::agent::Agent;
use bugstack_tests::events;
use bugstack_tests::program;
use bugstack_tests::world::World;
use serde_json::Value;

const STAGES: [&str; 5] = ["locate", "diagnose", "patch", "verify", "propose"];
const MOMENTS: [&str; 3] = ["before", "after", "stored"];
const SIGKILL: i32 = 9;

/// Repairs until the point, and returns the signal that ended it.
fn work(world: &World, point: &str) -> Option<i32> {
    let event = world.beside("event.json");
    std::fs::write(&event, events::npm()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mortal-worker"))
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

fn world() -> World {
    let world = World::app("plain-ws").unwrap();
    world.add_project("plain").unwrap();
    world
}

/// The proposal, once everything is there exactly once.
fn one_of_each(world: &World, agent: &Agent, point: &str) -> Value {
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
fn undisturbed() -> Value {
    let world = world();
    assert_eq!(work(&world, "nowhere"), None);
    one_of_each(&world, &world.serve().unwrap(), "nowhere")
}

fn assert_same(proposal: &Value, expected: &Value) {
    for field in ["base", "commit", "diff", "title", "created"] {
        assert_eq!(proposal[field], expected[field], "{field}");
    }
}

#[test]
fn a_kill_at_every_boundary_of_one_repair_changes_nothing_of_its_end() {
    let world = world();
    for stage in STAGES {
        for moment in MOMENTS {
            let point = format!("{moment} {stage}");
            assert_eq!(work(&world, &point), Some(SIGKILL), "{point}");
        }
    }
    assert_eq!(work(&world, "nowhere"), None);
    let proposal = one_of_each(&world, &world.serve().unwrap(), "every boundary");
    assert_same(&proposal, &undisturbed());
}

#[test]
fn a_service_that_is_killed_again_and_again_comes_to_one_proposal() {
    let world = World::app("plain-ws").unwrap();
    let key = world.add_project("plain").unwrap();
    let mut patience = Duration::from_millis(20);
    let mut kills = 0;
    let agent = loop {
        let agent = world.serve().unwrap();
        let reply = agent.capture(&key, &events::npm()).unwrap();
        assert!(matches!(reply.status, 200 | 201), "{}: {}", reply.status, reply.text);
        let end = Instant::now() + patience;
        let proposed = || agent.read("issues/1").unwrap()["state"] == "proposed";
        while !proposed() && Instant::now() < end {
            std::thread::yield_now();
        }
        if proposed() {
            break agent;
        }
        agent.kill().unwrap();
        kills += 1;
        patience *= 3;
        assert!(patience < Duration::from_secs(300), "it never ends");
    };
    assert!(kills > 2, "it was killed {kills} times only");
    assert_same(&one_of_each(&world, &agent, "a sweep"), &undisturbed());
}
