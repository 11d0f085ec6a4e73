//! What the agent receives from a process that ends: this program runs itself in several roles.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod support;

use std::panic::{set_hook, take_hook};
use std::process::{Command, Output};
use std::time::Duration;

use support::{Agent, LONG};

const ROLE: &str = "BUGSTACK_TEST_ROLE";

fn main() {
    match std::env::var(ROLE).as_deref() {
        Ok("panic") => panic_in_main(),
        Ok("exit") => exit_after_flush(),
        Ok("no-key") => panic_without_key(),
        _ => {
            a_panic_in_main_arrives_and_the_old_hook_still_runs();
            an_event_flushed_before_exit_arrives();
            without_a_key_a_panic_is_only_printed();
        }
    }
}

fn a_panic_in_main_arrives_and_the_old_hook_still_runs() {
    let agent = Agent::answering(&[200]);
    let output = run("panic", &agent, "key");
    assert_eq!(output.status.code(), Some(101), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.matches("the hook before: boom in main").count(), 1, "{said}");
    let events = agent.events();
    assert_eq!(events.len(), 1, "{events:#?}");
    assert_eq!(events[0]["exceptions"][0]["message"], "boom in main");
    let top = &events[0]["exceptions"][0]["frames"][0];
    assert!(top["file"].as_str().unwrap().ends_with("sdk/tests/process.rs"), "{top}");
    assert!(top["function"].as_str().unwrap().contains("panic_in_main"), "{top}");
    assert_eq!(agent.counted("panics"), 1);
}

fn an_event_flushed_before_exit_arrives() {
    let agent = Agent::answering(&[200]);
    let output = run("exit", &agent, "key");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert_eq!(agent.events().len(), 1);
}

fn without_a_key_a_panic_is_only_printed() {
    let agent = Agent::answering(&[200]);
    let output = run("no-key", &agent, "");
    assert_eq!(output.status.code(), Some(101), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("boom in main"), "{output:?}");
    assert_eq!(agent.events().len(), 0);
}

fn run(role: &str, agent: &Agent, key: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .env(ROLE, role)
        .env("BUGSTACK_ENDPOINT", &agent.endpoint)
        .env("BUGSTACK_API_KEY", key)
        .output()
        .unwrap()
}

/// The names of a debug build take a while to look up.
fn patient() -> bugstack::Options {
    bugstack::Options { shutdown_timeout: LONG, ..bugstack::Options::default() }
}

fn panic_in_main() {
    let before = take_hook();
    set_hook(Box::new(move |info| {
        let said = info.payload_as_str().unwrap_or_default();
        std::io::Write::write_all(
            &mut std::io::stderr(),
            format!("the hook before: {said}\n").as_bytes(),
        )
        .unwrap();
        before(info);
    }));
    let _guard = bugstack::init(patient());
    panic!("boom in main");
}

fn panic_without_key() {
    let _guard = bugstack::init(bugstack::Options::default());
    panic!("boom in main");
}

fn exit_after_flush() {
    let _guard = bugstack::init(patient());
    bugstack::capture_message("about to exit");
    let code = if bugstack::flush(LONG.max(Duration::from_secs(1))) { 7 } else { 1 };
    std::process::exit(code);
}
