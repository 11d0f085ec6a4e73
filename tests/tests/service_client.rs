//! The service and those who talk to it: the published npm client, our Rust SDK, a person with a
//! browser, and the agent itself.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::process::{Command, Stdio};
use std::time::Duration;

use bugstack_tests::agent::Agent;
use bugstack_tests::app::App;
use bugstack_tests::events;
use bugstack_tests::relay::Relay;
use bugstack_tests::wait::until;
use bugstack_tests::world::{World, git};

/// Something that needs no repair.
const SOON: Duration = Duration::from_secs(60);
/// The published client beside the application, in the version that its users have.
const CLIENT: &str = "bugstack-sdk@2.0.2";
/// A server that still holds a socket whose peer has left, with the client as its manual starts it.
const PROGRAM: &str = "
const { once } = require('node:events');
const { initBugStack, installGlobalHandlers } = require('bugstack-sdk/generic');
const { WebSocket, WebSocketServer } = require('ws');
const { broadcast } = require('./broadcast');
initBugStack({ apiKey: process.env.BUGSTACK_API_KEY, endpoint: process.env.BUGSTACK_ENDPOINT });
installGlobalHandlers();
(async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const client = new WebSocket('ws://127.0.0.1:' + server.address().port);
  const [kept] = await once(server, 'connection');
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  client.close();
  await once(kept, 'close');
  broadcast(new Set([kept]), 'hello');
})();
";

/// Reports one error and goes on until its standard input ends.
const REPORTS: &str = "
const { captureError, initBugStack } = require('bugstack-sdk/generic');
initBugStack({ apiKey: process.env.BUGSTACK_API_KEY, endpoint: process.env.BUGSTACK_ENDPOINT });
captureError(new Error('the till is empty'));
process.stdin.resume();
";

/// `plain-ws` with the published client beside it.
fn with_the_client() -> App {
    let app = App::install("plain-ws").unwrap();
    let flags = ["--no-save", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    let installed = app.run("npm", &[&["install", CLIENT], flags.as_slice()].concat()).unwrap();
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
    app
}

/// Runs the application until it dies of its fault.
fn die_of_the_fault(app: &App, agent: &Agent, key: &str) {
    let output = Command::new("timeout")
        .args(["60", "node", "-e", PROGRAM])
        .current_dir(app.path())
        .env_remove("NODE_OPTIONS")
        .env("BUGSTACK_API_KEY", key)
        .env("BUGSTACK_ENDPOINT", format!("{}/api/capture", agent.url()))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_published_client_reports_and_a_person_is_told_how_to_merge() {
    let app = with_the_client();
    let world = World::app("plain-ws").unwrap();
    let key = world.add_project("plain").unwrap();
    let agent = world.serve().unwrap();

    die_of_the_fault(&app, &agent, &key);
    die_of_the_fault(&app, &agent, &key);

    let issue = agent.until_issue_is(1, "proposed").unwrap();
    assert_eq!((&issue["events"], &issue["proposal"]), (&2.into(), &1.into()), "{issue:#}");
    assert_eq!(agent.read("issues").unwrap()["issues"].as_array().unwrap().len(), 1);
    assert_eq!(agent.get("/api/v1/proposals/2").unwrap().status, 404);

    let main = world.git(&["rev-parse", "main"]).unwrap();
    let branch = agent.read("proposals/1").unwrap()["branch"].as_str().unwrap().to_owned();
    let page = agent.click("/proposals/1/merge").unwrap();
    assert_eq!(page.status, 409, "the base is checked out: {}", page.text);
    let told = page.text.replace("&#x2f;", "/");
    assert!(told.contains(&format!("git merge {branch}")), "{told}");
    assert_eq!(world.git(&["rev-parse", "main"]).unwrap(), main);
    assert_eq!(agent.read("issues/1").unwrap()["state"], "proposed");
}

#[test]
fn an_error_whose_answer_was_lost_is_sent_again_and_counted_once() {
    let app = with_the_client();
    let world = World::app("plain-ws").unwrap();
    let key = world.add_project("plain").unwrap();
    let (agent, relay) = (world.serve().unwrap(), Relay::new().unwrap());
    let mut client = Command::new("timeout")
        .args(["60", "node", "-e", REPORTS])
        .current_dir(app.path())
        .env_remove("NODE_OPTIONS")
        .env("BUGSTACK_API_KEY", &key)
        .env("BUGSTACK_ENDPOINT", format!("{}/api/capture", relay.url().unwrap()))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    for (kept, answered) in [(201, 500), (200, 200)] {
        let request = relay.next().unwrap();
        assert_eq!(agent.capture(&key, &request.body).unwrap().status, kept);
        request.answer(answered).unwrap();
    }
    drop(client.stdin.take());
    assert!(client.wait().unwrap().success());
    let issue = agent.read("issues/1").unwrap();
    assert_eq!(issue["events"], 1, "{issue:#}");
    assert!(issue["title"].as_str().unwrap().contains("the till is empty"), "{issue:#}");
}

#[test]
fn an_event_that_is_sent_again_is_there_once_and_a_click_merges_into_a_bare_repository() {
    let world = World::app("plain-ws").unwrap();
    let bare = world.beside("bare.git");
    world.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]).unwrap();
    let key = world.add_project_at("plain", &bare).unwrap();
    let agent = world.serve().unwrap();
    let first = agent.capture(&key, &events::npm()).unwrap();
    assert_eq!((first.status, &first.json().unwrap()["duplicate"]), (201, &false.into()));
    let again = agent.capture(&key, &events::npm()).unwrap();
    assert_eq!((again.status, &again.json().unwrap()["duplicate"]), (200, &true.into()));
    let issue = agent.until_issue_is(1, "proposed").unwrap();
    assert_eq!(issue["events"], 1, "{issue:#}");

    let proposal = agent.read("proposals/1").unwrap();
    assert_eq!(git(&bare, &["rev-parse", "main"]).unwrap(), proposal["base"].as_str().unwrap());
    let foreign = [("Origin", "http://elsewhere.example")];
    assert_eq!(agent.post("/proposals/1/merge", &foreign, "").unwrap().status, 403);
    for _ in 0..2 {
        let clicked = agent.click("/proposals/1/merge").unwrap();
        assert_eq!(clicked.location.as_deref(), Some("/proposals/1"), "{}", clicked.text);
    }
    let parents = git(&bare, &["rev-parse", "main^@"]).unwrap();
    let expected = [&proposal["base"], &proposal["commit"]].map(|sha| sha.as_str().unwrap());
    assert_eq!(parents.lines().collect::<Vec<_>>(), expected);
    let merged = agent.read("proposals/1").unwrap();
    assert_eq!(merged["state"], "merged");
    assert_eq!(merged["merge_commit"], git(&bare, &["rev-parse", "main"]).unwrap().as_str());
    assert_eq!(agent.read("issues/1").unwrap()["state"], "merged");
    let page = agent.get("/proposals/1").unwrap();
    assert!(page.status == 200 && page.text.contains("Merged as"), "{}", page.text);
}

#[test]
fn the_rust_sdk_reports_an_error_and_how_much_is_done() {
    let world = World::app("plain-ws").unwrap();
    let key = world.add_project("plain").unwrap();
    let agent = world.serve().unwrap();
    let guard = bugstack::init(bugstack::Options {
        api_key: Some(key),
        endpoint: Some(agent.url().to_owned()),
        environment: Some("test".to_owned()),
        ..bugstack::Options::default()
    });
    bugstack::capture_error(&std::io::Error::other("the disk said no"));
    assert!(guard.close(SOON), "something was not sent");
    let issue = agent.read("issues/1").unwrap();
    assert!(issue["title"].as_str().unwrap().contains("the disk said no"), "{issue:#}");
    let metrics = agent.get("/metrics").unwrap().text;
    let pulses = metrics.lines().find_map(|line| line.strip_prefix("bugstack_pulses_total "));
    assert!(pulses.unwrap().parse::<u32>().unwrap() >= 1, "{metrics}");
}

#[test]
fn an_agent_that_fails_reports_itself_to_another() {
    let watching = World::app("plain-ws").unwrap();
    let key = watching.add_project("agent").unwrap();
    let watcher = watching.serve().unwrap();
    let world = World::app("plain-ws").unwrap();
    let project_key = world.add_project("plain").unwrap();
    let report = [("BUGSTACK_API_KEY", key.as_str()), ("BUGSTACK_ENDPOINT", watcher.url())];
    let agent = world.serve_with(&report).unwrap();

    std::fs::rename(world.repository(), world.beside("gone")).unwrap();
    assert_eq!(agent.capture(&project_key, &events::npm()).unwrap().status, 201);
    let failed = agent.until_issue_is(1, "failed").unwrap();
    let error = failed["repairs"][0]["error"].as_str().unwrap();
    assert!(error.contains("fetching "), "{error}");

    let issue = until("a report", SOON, || {
        let issues = watcher.read("issues")?;
        Ok(issues["issues"].as_array().and_then(|issues| issues.first()).cloned())
    });
    let issue = issue.unwrap();
    let title = issue["title"].as_str().unwrap();
    assert!(title.contains("a repair ended in `locate` by a fault of the agent's own"), "{title}");
    assert_eq!((&issue["project"], &issue["events"]), (&"agent".into(), &1.into()), "{issue:#}");
}

#[test]
fn a_second_service_leaves_the_data_to_the_first() {
    let world = World::new(&[("a.js", "")]).unwrap();
    let first = world.serve().unwrap();
    let refused = format!("{:#}", world.serve().unwrap_err());
    assert!(refused.contains("another `bugstack serve` owns"), "{refused}");
    assert_eq!(first.get("/healthz").unwrap().status, 200);
    drop(first);
    world.serve().unwrap();
}
