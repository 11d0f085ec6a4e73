//! `bugstack doctor`: what is here, what is missing, and what to do about it.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use bugstack_tests::program;
use bugstack_tests::world::World;
use serde_json::Value;

fn checks<'a>(told: &'a Value, group: &str) -> Vec<&'a Value> {
    told[group].as_array().unwrap().iter().collect()
}

#[test]
fn a_machine_that_has_everything_is_told_so() {
    let world = World::new(&[]).unwrap();
    let run = world.run(program::command(&["doctor", "--json"]).unwrap(), "").unwrap();
    let told = run.json().unwrap();
    assert_eq!(run.code, 0, "{told:#}");
    let tools: Vec<_> = checks(&told, "tools").iter().map(|tool| tool["name"].clone()).collect();
    assert_eq!(tools, ["Node and npm", "git", "cargo", "cc"]);
    let walls = checks(&told, "walls");
    assert!(walls.len() >= 15, "{told:#}");
    assert!(walls.iter().all(|wall| wall["stands"] == true), "{told:#}");
    let said = world.run(program::command(&["doctor"]).unwrap(), "").unwrap().stdout;
    assert!(said.ends_with("Everything that a repair needs is here.\n"), "{said}");
}

#[test]
fn a_missing_wall_is_named_with_its_remedy() {
    let world = World::new(&[]).unwrap();
    let lacking = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_without-user-namespaces"));
        command.arg(program::bugstack().unwrap()).arg("doctor");
        command
    };
    let mut command = lacking();
    command.arg("--json");
    let run = world.run(command, "").unwrap();
    let told = run.json().unwrap();
    assert_eq!(run.code, 1, "{told:#}");
    let missing: Vec<_> =
        checks(&told, "walls").into_iter().filter(|wall| wall["stands"] == false).collect();
    assert!(!missing.is_empty(), "{told:#}");
    assert!(missing.iter().any(|wall| wall["remedy"].as_str().unwrap().contains("seccomp")));
    let said = world.run(lacking(), "").unwrap();
    assert_eq!(said.code, 1);
    assert!(said.stdout.contains('✗') && said.stdout.contains("→ "), "{}", said.stdout);
}
