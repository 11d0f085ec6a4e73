//! `bugstack fix` with proof on one application for each test runner; jest has `fix_nest.rs`,
//! `node --test` has `fix_outcomes.rs`.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use bugstack_tests::world::World;
use serde_json::{Value, json};

const STATION: &str = include_str!("../traces/vitest-ws/station.txt");
const BOARD: &str = include_str!("../traces/mocha-ws/board.txt");
const JSON: &[&str] = &["--format", "json"];

/// Fixes a fault by a patch with two tests, that only open sockets are sent to and that a socket
/// which has left is forgotten, and checks the claims that all runners share.
fn proven(app: &str, trace: &str) -> Value {
    let world = World::app(app).unwrap();
    let before = world.look().unwrap();
    let run = world.fix(trace, JSON).unwrap();
    let told = run.json().unwrap();
    assert_eq!((run.code, &told["outcome"]), (0, &"fixed".into()), "{told:#}");
    let proof = &told["proof"];
    assert_eq!(proof["baseline"], json!({ "passed": 2, "failed": 0, "flaky": 0 }));
    assert_eq!(proof["green"]["suite"], json!({ "passed": 4, "failed": 0, "flaky": 0 }));
    let red = proof["red"]["message"].as_str().unwrap();
    assert!(red.contains("WebSocket is not open: readyState 3 (CLOSED)"), "{red}");
    assert_eq!(proof["sites"][0]["red_without"], proof["red"]["test"]);
    assert_eq!(world.look().unwrap(), before);
    told
}

#[test]
fn vitest_proves_a_fix_in_native_modules() {
    let told = proven("vitest-ws", STATION);
    assert_eq!(told["proof"]["types"]["new"], json!([]));
    let diff = told["diff"].as_str().unwrap();
    assert!(diff.contains("+++ b/src/station.ready-state.spec.ts"), "{diff}");
    assert!(diff.contains("+import { Station } from './station.js';"), "{diff}");
}

#[test]
fn mocha_proves_a_fix_in_common_js() {
    let told = proven("mocha-ws", BOARD);
    let diff = told["diff"].as_str().unwrap();
    assert!(diff.contains("+++ b/test/board.ready-state.test.js"), "{diff}");
    assert!(diff.contains("+const { Board } = require('../lib/board');"), "{diff}");
}

/// Ends well, whatever happened.
const ALWAYS_WELL: &str = "
it('fails', () => assert.fail('as it was'));
process.on('exit', () => { process.exitCode = 0; });
";
const ONE_TEST: &str = "{ \"grep\": \"to nobody\" }\n";
const ONE_FILE: &str = "import { defineConfig } from 'vitest/config';
export default defineConfig({ test: { include: ['src/station.spec.ts'] } });
";
/// Leaves a rejection behind that nobody handles: vitest fails the run, and no test.
const LEFT_BEHIND: &str = "import { it } from 'vitest';
it('passes', () => {
  void Promise.reject(new Error('left behind'));
});
";

#[test]
fn a_report_that_its_run_does_not_bear_out_is_refused() {
    let exit = format!("const assert = require('node:assert');{ALWAYS_WELL}");
    let cases = [
        ("mocha-ws", BOARD, "test/exit.js", exit.as_str(), "report-contradicts-exit"),
        ("mocha-ws", BOARD, ".mocharc.json", ONE_TEST, "report-incomplete"),
        ("vitest-ws", STATION, "vitest.config.ts", ONE_FILE, "report-incomplete"),
        ("vitest-ws", STATION, "src/left.spec.ts", LEFT_BEHIND, "report-contradicts-exit"),
    ];
    for (app, trace, path, text, code) in cases {
        let world = World::app(app).unwrap();
        world.write(&[(path, text)]).unwrap();
        world.commit("Change").unwrap();
        let run = world.fix(trace, JSON).unwrap();
        let told = run.json().unwrap();
        assert_eq!((run.code, &told["refusal"]["code"]), (4, &code.into()), "{path}: {told:#}");
    }
}
