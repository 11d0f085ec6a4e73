//! `bugstack demo`: one JSON object, and a repository that holds what the object says.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use bugstack_tests::program;
use bugstack_tests::world::{World, git};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

#[test]
fn the_demo_ends_with_a_proven_proposal_in_a_real_repository() {
    let world = World::new(&[]).unwrap();
    let into = world.beside("demo");
    let into = into.to_str().unwrap();
    let command = program::command(&["demo", "--json", "--keep", "--into", into]).unwrap();
    let run = world.run(command, "").unwrap();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let kept = Kept::of(&run.stderr);
    assert_eq!(kept.0.len(), 2, "the agent and the application: {}", run.stderr);
    assert!(kept.0.iter().all(|pid| is_alive(*pid)), "{}", run.stderr);
    let told = run.json().unwrap();
    assert_eq!(told["outcome"], "proposed");

    let repository = std::path::Path::new(told["repository"].as_str().unwrap());
    assert!(repository.starts_with(into), "{}", repository.display());
    let git = |arguments: &[&str]| git(repository, arguments).unwrap();
    let word = |field: &str| told[field].as_str().unwrap();
    for file in ["package.json", "package-lock.json"] {
        git(&["cat-file", "-e", &format!("{}:{file}", word("commit"))]);
    }
    assert_eq!(git(&["rev-parse", "main"]), word("base"), "the base branch has not moved");
    assert_eq!(git(&["rev-parse", word("branch")]), word("commit"));
    assert_eq!(git(&["rev-parse", &format!("{}^@", word("commit"))]), word("base"));
    assert!(word("branch").starts_with("bugstack/"));
    assert!(word("pull_request").ends_with("/proposals/1"), "{}", word("pull_request"));
    assert_eq!(git(&["status", "--porcelain"]), "", "the work tree is as it was");
    let files = git(&["diff", "--name-only", word("base"), word("commit")]);
    let expected = ["src/chat/chat.gateway.ready-state.spec.ts", "src/chat/chat.gateway.ts"];
    assert_eq!(files.lines().collect::<Vec<_>>(), expected);

    assert_proof(&told["proof"]);
    assert_steps(&told["steps"]);
    let timings = &told["timings_ms"];
    let sum =
        |parts: &[&str]| parts.iter().map(|part| timings[*part].as_u64().unwrap()).sum::<u64>();
    assert_eq!(sum(&["agent", "install", "build", "tests"]), sum(&["repair"]));
    assert_eq!(sum(&["setup", "repair"]), sum(&["total"]));
}

/// The processes that `--keep` left running. Killed when dropped.
struct Kept(Vec<Pid>);

impl Kept {
    fn of(talk: &str) -> Self {
        let pids = talk.split("(pid ").skip(1).filter_map(|rest| rest.split(')').next());
        Self(pids.filter_map(|pid| pid.parse().ok().map(Pid::from_raw)).collect())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        for pid in &self.0 {
            // It may have ended by itself.
            let _ = kill(*pid, Signal::SIGKILL);
        }
    }
}

fn is_alive(pid: Pid) -> bool {
    kill(pid, None).is_ok()
}

fn assert_proof(proof: &Value) {
    let red = proof["red"]["message"].as_str().unwrap();
    assert!(red.contains("WebSocket is not open: readyState"), "{red}");
    assert_eq!(proof["green"]["suite"]["failed"], 0);
    assert_eq!(proof["tests_edited"], serde_json::json!([]));
    assert_eq!(proof["types"]["new"], serde_json::json!([]));
    let sites = proof["sites"].as_array().unwrap();
    assert!(!sites.is_empty() && sites.iter().all(|site| site["red_without"].is_string()));
    let tried = proof["tried"].as_array().unwrap();
    assert_eq!(tried.last().unwrap()["verdict"], "proven");
}

fn assert_steps(steps: &Value) {
    let steps = steps.as_array().unwrap();
    let numbers: Vec<_> = steps.iter().map(|step| step["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=18).collect::<Vec<_>>());
    for step in steps {
        assert!(step["name"].is_string() && step["by"].is_string(), "{step}");
    }
    for measured in [1, 3, 6, 7, 8, 12, 15] {
        assert!(steps[measured - 1]["ms"].is_u64(), "step {measured}");
    }
}
