//! `bugstack fix` to its ends: what it prints, how it exits, what it leaves alone.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use bugstack_tests::events::{self, TRACE};
use bugstack_tests::program;
use bugstack_tests::world::World;

const JSON: &[&str] = &["--format", "json"];
const UNVERIFIED: &[&str] = &["--format", "json", "--no-verify"];

/// A change to `plain-ws` or its error, and how `fix` then ends.
struct Case {
    name: &'static str,
    /// Files that are other than in the application.
    files: &'static [(&'static str, &'static str)],
    event: String,
    flags: &'static [&'static str],
    code: i32,
    refusal: &'static str,
}

impl Case {
    fn new(name: &'static str, refusal: &'static str) -> Self {
        Self { name, files: &[], event: TRACE.to_owned(), flags: JSON, code: 3, refusal }
    }

    fn files(self, files: &'static [(&'static str, &'static str)]) -> Self {
        Self { files, ..self }
    }

    fn event(self, event: impl Into<String>) -> Self {
        Self { event: event.into(), ..self }
    }

    fn flags(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }

    fn unproven(self) -> Self {
        Self { code: 4, ..self }
    }

    fn check(&self) {
        let world = World::app("plain-ws").unwrap();
        world.write(self.files).unwrap();
        world.commit("Change").unwrap();
        let before = world.look().unwrap();
        let run = world.fix(&self.event, self.flags).unwrap();
        let told = run.json().unwrap();
        let outcome = if self.code == 3 { "refused" } else { "unproven" };
        assert_eq!(told["refusal"]["code"], self.refusal, "{}: {told:#}", self.name);
        assert_eq!((run.code, &told["outcome"]), (self.code, &outcome.into()), "{}", self.name);
        assert!(told["refusal"]["explanation"].as_str().unwrap().len() > 20, "{}", self.name);
        assert_eq!(told["diff"].is_string(), self.code == 4, "{}: {told:#}", self.name);
        assert!(told["proof"].is_null(), "{}", self.name);
        assert_eq!(world.look().unwrap(), before, "{}", self.name);
    }
}

const GUARDED: &str = "'use strict';
function broadcast(clients, message) {
  for (const client of clients) {
    if (client.readyState === client.OPEN) client.send(message);
  }
}
module.exports = { broadcast };
";
const TWO_SENDS: &str = "import { WebSocket } from 'ws';
export function broadcast(first: WebSocket, second: WebSocket): void {
  first.send('a');
  second.send('b');
}
";
const TWO_ON_A_LINE: &str = "import { WebSocket } from 'ws';
export function broadcast(first: WebSocket, second: WebSocket): void {
  first.send('a'); second.send('b');
}
";
const EXPRESS: &str = "import { Response } from 'express';
export function answer(res: Response): void {
  res.send('x');
}
";
/// Does nothing while it is tested.
const NEVER_IN_TESTS: &str = "'use strict';
function broadcast(clients, message) {
  if (process.env.NODE_TEST_CONTEXT) return;
  for (const client of clients) {
    client.send(message, (error) => {
      if (error) throw error;
    });
  }
}
module.exports = { broadcast };
";
/// Insists on the fault.
const INSISTS: &str = "const assert = require('node:assert');
const { test } = require('node:test');
const { broadcast } = require('./broadcast');
test('whoever has gone is told as well', () => {
  let told = 0;
  const gone = { readyState: 3, OPEN: 1, CLOSING: 2, CLOSED: 3, send: () => (told += 1) };
  broadcast([gone], 'hello');
  assert.strictEqual(told, 1);
});
";
const NOTHING_PASSES: &str = "const assert = require('node:assert');
require('node:test').test('never', () => assert.fail('as it was'));
";
const NO_RUNNER: &str =
    r#"{ "name": "plain-ws", "version": "1.0.0", "scripts": { "test": "mocha" } }"#;
const OTHER_VERSION: &str = r#"{ "name": "plain-ws", "version": "1.0.0", "scripts": { "test": "node --test" },
  "dependencies": { "ws": "8.23.0", "left-pad": "1.3.0" } }"#;

fn at(place: &str) -> String {
    TRACE.replace("/srv/plain-ws/broadcast.js:10:12", place)
}

#[test]
fn an_error_without_an_answer_is_refused_for_its_reason() {
    let cases = [
        Case::new("another repository's trace", "no-frame-in-repository")
            .event(TRACE.replace("broadcast", "elsewhere")),
        Case::new("another error", "not-this-family").event(TRACE.replace(
            "WebSocket is not open: readyState 3 (CLOSED)",
            "Cannot read properties of undefined (reading 'name')",
        )),
        Case::new("guarded since", "already-guarded")
            .files(&[("broadcast.js", GUARDED)])
            .event(at("/srv/plain-ws/broadcast.js:4:51")),
        Case::new("a type that is no socket", "receiver-contradicts-trace")
            .files(&[("answer.ts", EXPRESS)])
            .event(at("/srv/plain-ws/answer.ts:3:7")),
        Case::new("still connecting", "connecting")
            .event(TRACE.replace("readyState 3 (CLOSED)", "readyState 0 (CONNECTING)")),
        Case::new("a line without a send", "no-such-call")
            .files(&[("src/two.ts", TWO_SENDS)])
            .event(at("/srv/plain-ws/src/two.ts:2:3")),
        Case::new("a line with two sends", "ambiguous-site")
            .files(&[("src/two.ts", TWO_ON_A_LINE)])
            .event(at("/srv/plain-ws/src/two.ts:3")),
        Case::new("a build that two sends may come from", "no-source-map")
            .files(&[("src/two.ts", TWO_SENDS)])
            .event(at("/srv/plain-ws/dist/two.js:9:3")),
        Case::new("a template that does not answer", "other-template").flags(&[
            "--format",
            "json",
            "--template",
            "clean-up-on-disconnect",
        ]),
    ];
    cases.iter().for_each(Case::check);
}

#[test]
fn a_patch_without_a_proof_is_shown_with_the_reason() {
    let cases = [
        Case::new("no runner", "no-test-runner").files(&[("package.json", NO_RUNNER)]),
        Case::new("the lockfile is of another package.json", "lockfile-out-of-sync")
            .files(&[("package.json", OTHER_VERSION)]),
        Case::new("the function does nothing in tests", "no-red")
            .files(&[("broadcast.js", NEVER_IN_TESTS), ("broadcast.test.js", INSISTS_ON_NOTHING)])
            .event(at("/srv/plain-ws/broadcast.js:5:12")),
        Case::new("a test insists on the fault", "regressed").files(&[("gone.test.js", INSISTS)]),
        Case::new("nothing passes", "baseline-broken")
            .files(&[("broadcast.test.js", NOTHING_PASSES)]),
    ];
    cases.map(Case::unproven).iter().for_each(Case::check);
}

const INSISTS_ON_NOTHING: &str =
    "require('node:test').test('loads', () => require('./broadcast'));\n";

#[test]
fn a_system_without_a_wall_runs_nothing() {
    let world = World::app("plain-ws").unwrap();
    let before = world.look().unwrap();
    let mut lacking = std::process::Command::new(env!("CARGO_BIN_EXE_without-user-namespaces"));
    lacking.arg(program::bugstack().unwrap()).arg("fix");
    let run = world.fix_by(lacking, TRACE, JSON).unwrap();
    let told = run.json().unwrap();
    assert_eq!((run.code, &told["outcome"]), (4, &"unproven".into()), "{told:#}");
    assert_eq!(told["refusal"]["code"], "sandbox-unavailable");
    let words = told["refusal"]["explanation"].as_str().unwrap();
    assert!(words.contains("no user namespace") && words.contains("seccomp=unconfined"), "{words}");
    assert_eq!(world.look().unwrap(), before);
}

#[test]
fn a_stale_line_leaves_the_function_as_the_place() {
    let world = World::app("plain-ws").unwrap();
    let run = world.fix(&at("/srv/plain-ws/broadcast.js:7:3"), UNVERIFIED).unwrap();
    let told = run.json().unwrap();
    assert_eq!((run.code, &told["site"]["line"]), (0, &10.into()), "{told:#}");
}

/// The image holds one package of the repository, built into a folder of the project's own choice.
#[test]
fn a_container_with_one_package_of_a_monorepo_is_found_by_its_configuration() {
    let world = World::app("plain-ws").unwrap();
    let source = world.read("broadcast.js").unwrap();
    let configuration = "{ // ours\n  \"compilerOptions\": { \"outDir\": \"./build/js\", \"rootDir\": \"./code\" },\n}\n";
    let files = [
        ("packages/chat/tsconfig.json", configuration),
        ("packages/chat/code/rooms/broadcast.ts", &source),
    ];
    world.write(&files).unwrap();
    world.commit("A package of its own").unwrap();
    let run = world.fix(&at("/app/build/js/rooms/broadcast.js:12:9"), UNVERIFIED).unwrap();
    let told = run.json().unwrap();
    let path = "packages/chat/code/rooms/broadcast.ts";
    assert_eq!((run.code, &told["site"]["path"]), (0, &path.into()), "{told:#}");
}

#[test]
fn a_place_that_is_gone_from_the_base_has_drifted() {
    let world = World::app("plain-ws").unwrap();
    let deployed = world.git(&["rev-parse", "HEAD"]).unwrap();
    let event = events::wire(Some(&deployed));
    world.git(&["mv", "broadcast.js", "send-to-all.js"]).unwrap();
    world.commit("Rename").unwrap();
    let run = world.fix(&event, UNVERIFIED).unwrap();
    assert_eq!(run.json().unwrap()["refusal"]["code"], "drifted");
    assert_eq!(run.code, 3);
    let at_the_deployed = ["--format", "json", "--no-verify", "--base", &deployed];
    let run = world.fix(&event, &at_the_deployed).unwrap();
    assert_eq!((run.code, run.json().unwrap()["outcome"].as_str()), (0, Some("fixed")));
}

#[test]
fn a_fix_is_proven_and_says_how() {
    let world = World::app("plain-ws").unwrap();
    let before = world.look().unwrap();
    let run = world.fix(TRACE, JSON).unwrap();
    let told = run.json().unwrap();
    assert_eq!((run.code, &told["outcome"]), (0, &"fixed".into()), "{told:#}");
    assert_eq!(told["template"], "guard-send");
    let site = serde_json::json!({
        "path": "broadcast.js", "line": 10, "column": 12, "function": "broadcast",
    });
    assert_eq!(told["site"], site);
    let proof = &told["proof"];
    assert_eq!(proof["baseline"], serde_json::json!({ "passed": 2, "failed": 0, "flaky": 0 }));
    let red = proof["red"]["message"].as_str().unwrap();
    assert!(red.contains("WebSocket is not open: readyState 3 (CLOSED)"), "{red}");
    assert_eq!(proof["green"]["test"], proof["red"]["test"]);
    assert_eq!(proof["green"]["suite"]["passed"], 3);
    assert_eq!(proof["sites"][0]["file"], "broadcast.js");
    assert_eq!(proof["sites"][0]["red_without"], proof["red"]["test"]);
    assert_eq!(proof["unaffected"].as_array().unwrap().len(), 2);
    assert_eq!(proof["tests_edited"], serde_json::json!([]));
    let tried = serde_json::json!([{ "template": "guard-send/allow-list", "verdict": "proven" }]);
    assert_eq!(proof["tried"], tried);
    assert_eq!(proof["environment"]["ws"], "8.23.0");
    assert!(proof["environment"]["node"].as_str().unwrap().starts_with('v'));
    assert_eq!(proof["environment"]["lockfile"].as_str().unwrap().len(), 64);
    let timings = &told["timings_ms"];
    let parts = ["agent", "install", "build", "tests"].map(|part| timings[part].as_u64().unwrap());
    assert_eq!(parts.iter().sum::<u64>(), timings["total"].as_u64().unwrap());
    assert_eq!(world.look().unwrap(), before);
}

#[test]
fn a_written_fix_passes_the_projects_own_tests() {
    let world = World::app("plain-ws").unwrap();
    let run = world.fix(TRACE, &["--write", "--format", "json"]).unwrap();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let written = "?? broadcast.ready-state.test.js";
    let status = world.git(&["status", "--porcelain"]).unwrap();
    assert_eq!(status.trim(), format!("M broadcast.js\n{written}"));
    let ci = ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    for (program, arguments) in [("npm", ci.as_slice()), ("node", &["--test"])] {
        let output = std::process::Command::new("timeout")
            .args(["300", program])
            .args(arguments)
            .current_dir(world.repository())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{program}: {said}");
        assert!(program == "npm" || said.contains("sends to open sockets only"), "{said}");
    }
    let again = world.fix(TRACE, &["--write"]).unwrap();
    assert_eq!(again.code, 2, "the work tree is not clean any more");
    assert!(again.stderr.contains("clean work tree"), "{}", again.stderr);
}

#[test]
fn the_same_event_gives_the_same_diff_which_git_applies() {
    let (one, other) = (World::app("plain-ws").unwrap(), World::app("plain-ws").unwrap());
    let run = one.fix(TRACE, &["--format", "diff"]).unwrap();
    assert_eq!(run.code, 0, "{}", run.stderr);
    std::fs::write(one.beside("patch.diff"), &run.stdout).unwrap();
    let diff = one.beside("patch.diff");
    one.git(&["apply", "--check", diff.to_str().unwrap()]).unwrap();
    assert_eq!(other.fix(TRACE, &["--format", "diff"]).unwrap().stdout, run.stdout);
}

#[test]
fn without_a_proof_nothing_of_the_project_is_needed() {
    let source = World::app("plain-ws").unwrap().read("broadcast.js").unwrap();
    let world = World::new(&[("broadcast.js", &source)]).unwrap();
    let run = world.fix(TRACE, UNVERIFIED).unwrap();
    let told = run.json().unwrap();
    assert_eq!((run.code, &told["outcome"]), (0, &"fixed".into()), "{told:#}");
    assert!(told["proof"].is_null() && told["refusal"].is_null());
    let written = world.fix(TRACE, &["--no-verify", "--write"]).unwrap();
    assert_eq!(written.code, 0, "{}", written.stderr);
    assert_eq!(world.git(&["status", "--porcelain"]).unwrap().trim(), "M broadcast.js");
    assert!(world.read("broadcast.js").unwrap().contains("readyState === client.OPEN"));
}

#[test]
fn an_event_is_known_by_its_looks() {
    let world = World::app("plain-ws").unwrap();
    let expected = world.fix(TRACE, &["--no-verify", "--format", "diff"]).unwrap().stdout;
    assert!(expected.contains("readyState === client.OPEN"), "{expected}");
    for event in [events::wire(None), events::npm(), events::sentry()] {
        let run = world.fix(&event, &["--no-verify", "--format", "diff"]).unwrap();
        assert_eq!((run.code, &run.stdout), (0, &expected), "{event}: {}", run.stderr);
    }
}

#[test]
fn a_repository_may_be_a_url_and_an_event_a_file() {
    let world = World::app("plain-ws").unwrap();
    let event = world.beside("event.txt");
    std::fs::write(&event, TRACE).unwrap();
    let url = format!("file://{}", world.repository().display());
    let event = event.to_str().unwrap();
    let arguments = ["fix", "--repo", &url, "--event", event, "--no-verify", "--format", "json"];
    let run = world.run(program::command(&arguments).unwrap(), "").unwrap();
    assert_eq!((run.code, run.json().unwrap()["outcome"].as_str()), (0, Some("fixed")));
}

#[test]
fn bad_usage_ends_with_2_and_says_why() {
    let world = World::app("plain-ws").unwrap();
    let plain_folder = world.beside("no-repository");
    std::fs::create_dir(&plain_folder).unwrap();
    let (here, plain_folder) = (world.repository(), plain_folder.to_str().unwrap().to_owned());
    let here = here.to_str().unwrap();
    let table: [(&[&str], &str, &str); 6] = [
        (&["--repo", here, "--event", "-"], "nothing like a trace", "is unreadable"),
        (&["--repo", here, "--event", "/nowhere/at/all"], "", "reading the event from"),
        (&["--repo", "/nowhere/at/all", "--event", "-"], TRACE, "there is no folder"),
        (&["--repo", &plain_folder, "--event", "-"], TRACE, "opening the git repository"),
        (&["--repo", here, "--event", "-", "--frobnicate"], TRACE, "--frobnicate"),
        (&["--repo", here], TRACE, "--event"),
    ];
    let before = world.look().unwrap();
    for (arguments, input, said) in table {
        let arguments = [&["fix"], arguments].concat();
        let run = world.run(program::command(&arguments).unwrap(), input).unwrap();
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
    }
    world.write(&[("broadcast.js", "// changed\n")]).unwrap();
    let run = world.fix(TRACE, &["--write"]).unwrap();
    assert_eq!(run.code, 2, "a work tree with changes is not written to: {}", run.stderr);
    assert_eq!(world.read("broadcast.js").unwrap(), "// changed\n");
    world.git(&["checkout", "--quiet", "."]).unwrap();
    assert_eq!(world.look().unwrap(), before);
}
