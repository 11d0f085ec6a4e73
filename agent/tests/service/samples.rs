//! One of each noun, and a store to put them in.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bugstack_agent::model::{
    Diagnosis, Event, IssueId, Progress, Project, ProjectId, Proposal, Site, Verdict,
};
use bugstack_agent::store::sqlite::SqliteStore;
use bugstack_agent::store::{Clock, Occurrence, ProjectKey, Store};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The key of the project `chat`.
pub(crate) const KEY: &str = "bs_test_key";

/// A clock that a test turns by hand.
#[derive(Clone, Default)]
pub(crate) struct HandClock(Arc<AtomicI64>);

impl HandClock {
    /// Starts some day.
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_795_000_000_000)))
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// What it shows.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    /// As the product takes it.
    pub(crate) fn clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

/// A store in a directory that goes with it.
pub(crate) struct World {
    pub(crate) clock: HandClock,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) directory: tempfile::TempDir,
}

impl World {
    /// An empty store with the project `chat`.
    pub(crate) async fn new() -> Self {
        let (clock, directory) = (HandClock::new(), tempfile::tempdir().unwrap());
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(directory.path(), clock.clock()).unwrap());
        store.seed_project(project("chat"), Some(ProjectKey::presented(KEY).hash())).await.unwrap();
        Self { clock, store, directory }
    }
}

pub(crate) fn project(id: &str) -> Project {
    Project {
        id: ProjectId(id.to_owned()),
        repository: "/srv/chat.git".to_owned(),
        base_branch: "main".to_owned(),
    }
}

fn noun<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

pub(crate) fn event(id: &str) -> Event {
    noun(json!({
        "id": id,
        "timestamp": "2026-11-22T19:00:00Z",
        "platform": "node",
        "exceptions": [{
            "type": "Error",
            "message": "WebSocket is not open: readyState 3 (CLOSED)",
            "frames": [
                {"function": "sendAfterClose", "file": "/app/node_modules/ws/lib/websocket.js", "line": 1153, "column": 17, "in_app": false},
                {"function": "WebSocket.send", "file": "/app/node_modules/ws/lib/websocket.js", "line": 468, "column": 7, "in_app": false},
                {"function": "RoomsGateway.announce", "file": "/app/src/rooms.gateway.ts", "line": 31, "column": 14, "in_app": true},
            ],
        }],
        "release": "chat@1.4.0",
        "environment": "production",
    }))
}

/// A message dropped so long after its socket closed.
pub(crate) fn drop_after(id: &str, closed_for_ms: u64) -> Event {
    let mut event = serde_json::to_value(event(id)).unwrap();
    event["send"] = json!({"ready_state": 3, "outcome": "dropped", "closed_for_ms": closed_for_ms});
    noun(event)
}

pub(crate) fn occurrence(id: &str, key: &str) -> Occurrence {
    Occurrence {
        project: ProjectId("chat".to_owned()),
        event: event(id),
        key: key.to_owned(),
        title: "Error: WebSocket is not open: readyState 3 (CLOSED)".to_owned(),
    }
}

pub(crate) fn site() -> Site {
    noun(json!({
        "base": "5f0c1a9b2d3e4f5061728394a5b6c7d8e9f00112",
        "evidence": {
            "message": "WebSocket is not open: readyState 3 (CLOSED)", "outcome": "thrown",
            "callee": {"package": "ws", "function": "WebSocket.send"},
            "path": "src/rooms.gateway.ts",
            "place": {"exact": {"line": 31, "column": 14}},
            "function": "RoomsGateway.announce",
        },
    }))
}

pub(crate) fn diagnosis(fix_key: &str) -> Diagnosis {
    noun(json!({
        "site": site(),
        "found": {
            "template": "guard-send", "family": "websocket-closed",
            "cause": "`announce` sends to every socket in `this.clients` without asking whether it is still open.",
            "path": "src/rooms.gateway.ts", "line": 31, "column": 7,
            "function": "RoomsGateway.announce",
        },
        "fix_key": fix_key,
    }))
}

fn patch() -> Value {
    json!({
        "template": "guard-send", "candidate": "allow-list",
        "title": "fix: check readyState before sending in RoomsGateway",
        "summary": "Sends only to sockets that are open.",
        "sites": [], "left_alone": [],
        "subject": {"path": "src/rooms.gateway.ts", "owner": {"function": {"export": "named"}}, "scenarios": []},
    })
}

fn proof() -> Value {
    json!({
        "baseline": {"passed": 14, "failed": 0, "flaky": 1},
        "red": {"test": "RoomsGateway announce reaches only open sockets",
                "message": "WebSocket is not open: readyState 3 (CLOSED)",
                "reason": "it fails with the words of the production error"},
        "green": {"test": "RoomsGateway announce reaches only open sockets",
                  "suite": {"passed": 15, "failed": 0, "flaky": 1}},
        "types": {"command": "tsc --noEmit", "before": 0, "new": []},
        "sites": [{"file": "src/rooms.gateway.ts", "lines": [30, 32],
                   "red_without": "RoomsGateway announce reaches only open sockets"}],
        "mutants": [{"change": "`===` became `!==`", "killed_by": "RoomsGateway announce reaches only open sockets"},
                    {"change": "guard dropped", "survived": "no test for it"}],
        "unaffected": ["RoomsGateway joins a room"],
        "tests_edited": [],
        "tried": [{"template": "guard-send/allow-list", "verdict": "proven"}],
        "environment": {"node": "v20.20.2", "ws": "8.18.0", "lockfile": "ab12"},
    })
}

pub(crate) fn verdict(fix_key: &str) -> Verdict {
    noun(json!({
        "diagnosis": diagnosis(fix_key), "patch": patch(),
        "files": [["src/rooms.gateway.ts", "…"]], "proof": proof(), "laps": [],
    }))
}

pub(crate) const DIFF: &str = "diff --git a/src/rooms.gateway.ts b/src/rooms.gateway.ts
--- a/src/rooms.gateway.ts
+++ b/src/rooms.gateway.ts
@@ -28,7 +28,9 @@ export class RoomsGateway {
   announce(room: string, text: string) {
     for (const client of this.clients) {
-      client.send(JSON.stringify({ room, text }));
+      if (client.readyState === WebSocket.OPEN) {
+        client.send(JSON.stringify({ room, text }));
+      }
     }
   }
 
";

pub(crate) fn proposal(fix_key: &str) -> Proposal {
    noun(json!({
        "fix_key": fix_key, "issue": 1,
        "branch": format!("bugstack/{}", &fix_key[..fix_key.len().min(12)]),
        "base_branch": "main",
        "base": "5f0c1a9b2d3e4f5061728394a5b6c7d8e9f00112",
        "commit": "90ab1a9b2d3e4f5061728394a5b6c7d8e9f0cdef",
        "title": "fix: check readyState before sending in RoomsGateway",
        "body": "Production sent to a closed socket.\n\n<!-- bugstack:abc -->",
        "diff": DIFF, "proof": proof(), "laps": [], "state": "open",
        "created": "2026-11-22T19:00:00Z", "number": null,
    }))
}

/// What a repair with this fix key has found after each stage, in order.
pub(crate) fn found_by_each_stage(fix_key: &str) -> [Progress; 5] {
    [
        Progress::Located(site()),
        Progress::Diagnosed(diagnosis(fix_key)),
        Progress::Patched(diagnosis(fix_key), noun(json!([patch()]))),
        Progress::Verified(Box::new(verdict(fix_key))),
        Progress::Proposed(Box::new(proposal(fix_key))),
    ]
}

/// The step after this one.
pub(crate) fn next_progress(progress: &Progress, fix_key: &str, issue: IssueId) -> Progress {
    let [located, diagnosed, patched, verified, _] = found_by_each_stage(fix_key);
    match progress {
        Progress::Queued => located,
        Progress::Located(_) => diagnosed,
        Progress::Diagnosed(_) => patched,
        Progress::Patched(..) => verified,
        Progress::Verified(_) | Progress::Proposed(_) => {
            Progress::Proposed(Box::new(Proposal { issue, ..proposal(fix_key) }))
        }
    }
}
