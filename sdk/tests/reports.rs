//! What the agent receives from a process that goes on, and what the process has to wait for.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod support;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bugstack::{Guard, Options, SocketState};
use support::{Agent, LONG, events};

/// There is one client in a process, so one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start(agent: &Agent) -> Guard {
    bugstack::init(options(agent))
}

fn options(agent: &Agent) -> Options {
    Options {
        api_key: Some("project-key".to_owned()),
        endpoint: Some(agent.endpoint.clone()),
        release: Some("chat@1.2.0".to_owned()),
        environment: Some("test".to_owned()),
        ..Options::default()
    }
}

#[test]
fn an_error_arrives_with_its_causes_and_its_place() {
    let _alone = alone();
    let agent = Agent::answering(&[200]);
    let guard = start(&agent);
    let inner = "x".parse::<i32>().unwrap_err();
    let line = line!() + 1;
    bugstack::capture_error(&std::io::Error::other(inner));
    assert!(bugstack::flush(LONG));
    let event = agent.events().pop().unwrap();
    let thrown = &event["exceptions"][0];
    assert_eq!(thrown["type"], "std::io::error::Error");
    assert_eq!(thrown["message"], "invalid digit found in string");
    assert_eq!(thrown["frames"][0]["line"], line);
    assert!(thrown["frames"][0]["file"].as_str().unwrap().ends_with("sdk/tests/reports.rs"));
    let function = thrown["frames"][0]["function"].as_str().unwrap();
    assert!(function.contains("an_error_arrives"), "{function}");
    assert_eq!(event["mechanism"]["handled"], true);
    assert_eq!(event["release"], "chat@1.2.0");
    assert_eq!(event["environment"], "test");
    // What the agent does with it.
    let wire: bugstack_proto::Event = serde_json::from_value(event).unwrap();
    assert_eq!(wire.platform.as_deref(), Some("rust"));
    assert!(guard.close(LONG));
}

#[test]
fn a_key_goes_with_each_request_and_pulses_count_what_was_done() {
    let _alone = alone();
    let agent = Agent::answering(&[202]);
    let guard = start(&agent);
    let first = agent.wait(|requests| !requests.is_empty());
    assert_eq!(first[0].path, "/api/v1/pulse", "a pulse at the start");
    bugstack::count_request();
    bugstack::count_request();
    bugstack::count_connection();
    bugstack::count_send();
    bugstack::count_send_not_open();
    bugstack::capture_message("told");
    assert!(guard.close(LONG));
    assert_eq!(
        ["requests", "connections", "sends", "sends_not_open", "panics"].map(|c| agent.counted(c)),
        [2, 1, 2, 1, 0]
    );
    let requests = agent.wait(|requests| events(requests).len() == 1);
    assert!(requests.iter().all(|request| request.authorization == "Bearer project-key"));
    let pulses: Vec<_> = requests.iter().filter(|r| r.path == "/api/v1/pulse").collect();
    assert_eq!(pulses.len(), 2, "and one at the end");
    assert_eq!(pulses[0].body["instance"], pulses[1].body["instance"]);
}

#[test]
fn a_failed_send_is_reported_and_counted() {
    let _alone = alone();
    let agent = Agent::answering(&[200]);
    let guard = start(&agent);
    let gone = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
    let line = line!() + 1;
    bugstack::capture_send_error(&gone, SocketState::Closing);
    assert!(guard.close(LONG));
    let event = agent.events().pop().unwrap();
    assert_eq!(event["send"]["ready_state"], 2);
    assert_eq!(event["send"]["outcome"], "thrown");
    assert_eq!(event["exceptions"][0]["frames"][0]["line"], line);
    assert_eq!((agent.counted("sends"), agent.counted("sends_not_open")), (1, 1));
}

#[test]
fn a_pulse_is_sent_again_and_again() {
    let _alone = alone();
    let agent = Agent::answering(&[200]);
    let often = Options { pulse_interval: Duration::from_secs(1), ..options(&agent) };
    let guard = bugstack::init(often);
    bugstack::count_request();
    agent.wait(|requests| requests.len() >= 2);
    assert!(guard.close(LONG));
}

#[test]
fn a_caught_panic_arrives_and_is_counted() {
    let _alone = alone();
    let agent = Agent::answering(&[200]);
    let guard = start(&agent);
    let line = line!() + 1;
    let thread = std::thread::Builder::new().name("rooms".into()).spawn(|| panic!("socket {}", 7));
    assert!(thread.unwrap().join().is_err());
    assert!(bugstack::flush(LONG));
    let event = agent.events().pop().unwrap();
    assert_eq!(event["level"], "fatal");
    assert_eq!(event["mechanism"]["kind"], "panic");
    assert_eq!(event["mechanism"]["handled"], false);
    assert_eq!(event["exceptions"][0]["type"], "panic");
    assert_eq!(event["exceptions"][0]["message"], "socket 7");
    assert_eq!(event["mechanism"]["thread"], "rooms");
    assert_eq!(event["exceptions"][0]["frames"][0]["line"], line);
    assert!(guard.close(LONG));
    assert_eq!(agent.counted("panics"), 1);
}

#[test]
fn an_event_is_sent_again_under_the_same_id_until_the_agent_has_it() {
    let _alone = alone();
    let agent = Agent::answering(&[500, 429, 200]);
    let guard = start(&agent);
    bugstack::capture_message("again");
    assert!(bugstack::flush(LONG));
    let events = agent.events();
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| event["id"] == events[0]["id"]));
    assert!(guard.close(LONG));
}

#[test]
fn what_the_agent_refuses_is_counted_and_not_sent_again() {
    let _alone = alone();
    let agent = Agent::answering(&[401]);
    let guard = start(&agent);
    bugstack::capture_message("refused");
    assert!(!bugstack::flush(LONG));
    assert_eq!(bugstack::dropped(), 1);
    assert_eq!(agent.events().len(), 1);
    assert!(guard.close(LONG), "nothing more is waiting");
}

#[test]
fn an_agent_that_never_answers_holds_nobody_longer_than_asked() {
    let _alone = alone();
    let agent = Agent::answering(&[]);
    let guard = start(&agent);
    agent.wait(|requests| !requests.is_empty());
    let started = Instant::now();
    bugstack::capture_message("into the void");
    assert!(started.elapsed() < Duration::from_secs(1), "a capture waits for nobody");
    assert!(!bugstack::flush(Duration::from_millis(300)));
    assert!(!guard.close(Duration::from_millis(300)));
    let waited = started.elapsed();
    assert!(waited < Duration::from_secs(3), "{waited:?} for 600 ms");
}

#[test]
fn a_full_queue_drops_and_counts() {
    let _alone = alone();
    let agent = Agent::answering(&[]);
    let guard = bugstack::init(Options { queue: 4, ..options(&agent) });
    // The worker is busy with the first pulse, and stays so.
    agent.wait(|requests| !requests.is_empty());
    for _ in 0..10 {
        bugstack::capture_message("burst");
    }
    assert_eq!(bugstack::dropped(), 6);
    assert!(!guard.close(Duration::from_millis(50)));
}

#[test]
fn without_a_key_or_beside_another_guard_nothing_is_sent() {
    let _alone = alone();
    let agent = Agent::answering(&[200]);
    let quiet = bugstack::init(Options { api_key: Some(" ".to_owned()), ..options(&agent) });
    assert!(!quiet.is_active());
    bugstack::capture_message("to nobody");
    assert!(bugstack::flush(LONG) && quiet.close(LONG));

    let first = start(&agent);
    let second = start(&Agent::answering(&[]));
    assert!(first.is_active() && !second.is_active());
    drop(second);
    bugstack::capture_message("to the first");
    assert!(first.close(LONG));
    let messages: Vec<_> =
        agent.events().iter().map(|e| e["exceptions"][0]["message"].clone()).collect();
    assert_eq!(messages, ["to the first"]);
}

#[test]
fn an_endpoint_that_is_none_costs_nothing_but_the_reports() {
    let _alone = alone();
    for endpoint in ["", "not a url", "http://127.0.0.1:1", "https://127.0.0.1:1"] {
        let options = Options {
            api_key: Some("key".to_owned()),
            endpoint: Some(endpoint.to_owned()),
            ..Options::default()
        };
        let guard = bugstack::init(options);
        bugstack::capture_message("lost");
        assert!(!guard.close(Duration::from_millis(100)), "{endpoint}");
    }
}
