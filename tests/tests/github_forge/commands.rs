//! The commands that meet GitHub: `doctor`, `project add`, and `fix` for a repository there.

use std::process::Command;

use bugstack_tests::events::TRACE;
use bugstack_tests::github::{GitHub, Repo};
use bugstack_tests::program;
use bugstack_tests::world::World;
use serde_json::Value;

use crate::PERMISSIONS;

/// The application that fails, at the fake, for its owner only.
fn application(github: &GitHub) -> Repo<'_> {
    let world = World::app("plain-ws").unwrap();
    let listed =
        Command::new("git").args(["ls-files"]).current_dir(world.repository()).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<(String, String)> =
        listed.lines().map(|path| (path.to_owned(), world.read(path).unwrap())).collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let repo = github.create("o/r", &files).unwrap();
    repo.make_private().unwrap();
    repo
}

/// A command with GitHub configured; its working directory has no `bugstack.toml`.
fn command(github: &GitHub, world: &World, token: &str, arguments: &[&str]) -> Command {
    let mut command = program::command(arguments).unwrap();
    command
        .current_dir(world.repository())
        .env("BUGSTACK_GITHUB_URL", github.url())
        .env("BUGSTACK_GITHUB_TOKEN", token)
        .env("BUGSTACK_DATA_DIR", world.beside("data"));
    command
}

#[test]
fn doctor_says_who_we_are_and_what_is_missing() {
    let github = GitHub::start().unwrap();
    application(&github);
    let world = World::new(&[]).unwrap();
    let address = format!("{}/o/r", github.url());
    let toml = format!("[projects.chat]\nrepository = '{address}'\n");
    std::fs::write(world.beside("bugstack.toml"), toml).unwrap();
    let config = world.beside("bugstack.toml");
    let examine = |permissions: &[(&str, &str)]| -> (i32, Value) {
        let token = github.token("o", permissions).unwrap();
        let arguments = ["doctor", "--json", "--config", config.to_str().unwrap()];
        let run = world.run(command(&github, &world, &token, &arguments), "").unwrap();
        assert!(!run.stdout.contains(&token) && !run.stderr.contains(&token));
        (run.code, run.json().unwrap()["github"].take())
    };
    let (_, told) = examine(&PERMISSIONS);
    assert_eq!(told[0]["seen"], "we are o", "{told:#}");
    assert_eq!((&told[1]["name"], &told[1]["stands"]), (&"o/r".into(), &true.into()), "{told:#}");
    let (code, told) = examine(&[("contents", "read"), ("pull_requests", "read")]);
    assert_eq!(code, 1);
    assert_eq!(told[1]["stands"], false, "{told:#}");
    let seen = told[1]["seen"].as_str().unwrap();
    for missing in ["checks: read", "statuses: read", "contents: write"] {
        assert!(seen.contains(missing), "{seen}");
    }
    let wrong = ["doctor", "--json"];
    let run = world.run(command(&github, &world, "ghp_wrong", &wrong), "").unwrap();
    let told = run.json().unwrap();
    assert!(told["github"][0]["seen"].as_str().unwrap().contains("does not know"), "{told:#}");
    assert!(!run.stdout.contains("ghp_wrong"));
}

#[test]
fn a_project_is_added_by_its_address_if_its_branch_is_there() {
    let github = GitHub::start().unwrap();
    application(&github);
    let world = World::new(&[]).unwrap();
    let token = github.token("o", &PERMISSIONS).unwrap();
    let address = format!("{}/o/r", github.url());
    let add = |name: &str, branch: &str| {
        let arguments = ["project", "add", name, "--repo", &address, "--branch", branch];
        world.run(command(&github, &world, &token, &arguments), "").unwrap()
    };
    let run = add("chat", "trunk");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("has no branch `trunk`"), "{}", run.stderr);
    assert_eq!(add("chat", "main").code, 0);
    let listed = world.run(command(&github, &world, &token, &["project", "list"]), "").unwrap();
    assert!(listed.stdout.contains(&address), "{}", listed.stdout);
}

#[test]
fn fix_fetches_a_private_repository_with_the_configured_token() {
    let github = GitHub::start().unwrap();
    application(&github);
    let world = World::new(&[]).unwrap();
    let address = format!("{}/o/r", github.url());
    let arguments = ["fix", "--repo", &address, "--event", "-", "--no-verify", "--format", "json"];
    let token = github.token("o", &PERMISSIONS).unwrap();
    let run = world.run(command(&github, &world, &token, &arguments), TRACE).unwrap();
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.json().unwrap()["diff"].as_str().unwrap().contains("readyState"));
    let run = world.run(command(&github, &world, "ghp_wrong", &arguments), TRACE).unwrap();
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("wants a token that it knows"), "{}", run.stderr);
    assert!(!run.stderr.contains("ghp_wrong"), "{}", run.stderr);
}
