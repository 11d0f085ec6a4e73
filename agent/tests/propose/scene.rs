//! A repository with a fault, a proven fix of it, and the stage that proposes it.

use std::fs;
use std::path::Path;

use bugstack_agent::forge::{Forge, LocalForge};
use bugstack_agent::git::{NewCommit, Repository};
use bugstack_agent::model::{
    Details, Errand, Event, Halt, Issue, Occasion, Progress, Project, ProjectId, Proposal, Verdict,
};
use bugstack_agent::repair::{self, Context, Workshop};
use bugstack_agent::toolchain::{RunLimits, Stopwatch};
use bugstack_sandbox::Sandbox;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) const FIX_KEY: &str = "c0ffee00c0ffee00c0ffee00";
pub(crate) const BRANCH: &str = "bugstack/c0ffee00c0ff";
pub(crate) const SOURCE: &str = "src/rooms.gateway.ts";
const BEFORE: &str = "class RoomsGateway {\n  announce(text) {\n    client.send(text);\n  }\n}\n";
const AFTER: &str = "class RoomsGateway {\n  announce(text) {\n    if (client.readyState === WebSocket.OPEN) {\n      client.send(text);\n    }\n  }\n}\n";

/// A project with its mirror, both gone with the scene.
pub(crate) struct Scene {
    pub(crate) project: Project,
    pub(crate) workshop: Workshop,
    pub(crate) mirror: Repository,
    folder: tempfile::TempDir,
}

/// What a proposal is made of.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) errand: Errand,
    pub(crate) event: Value,
    pub(crate) verdict: Value,
    pub(crate) issue: Value,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// With more files on the base branch.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let origin = folder.path().join("origin");
        let own = [
            (SOURCE, BEFORE),
            ("package.json", r#"{"scripts": {"test": "node --test"}}"#),
            ("package-lock.json", r#"{"lockfileVersion": 3, "packages": {}}"#),
        ];
        for (path, text) in own.iter().chain(files) {
            let place = origin.join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, text).unwrap();
        }
        Repository::init(&origin, "main", "Begin", time("2026-11-01T00:00:00Z")).unwrap();
        // Nobody has the base branch checked out, as in a bare repository.
        fs::write(origin.join(".git/HEAD"), "ref: refs/heads/somewhere-else\n").unwrap();
        let mirror =
            Repository::mirror(&folder.path().join("mirror.git"), path(&origin), None).unwrap();
        let workshop =
            Workshop::new(&folder.path().join("cache"), Sandbox::new(), RunLimits::default());
        let project = Project {
            id: ProjectId("chat".into()),
            repository: path(&origin).to_owned(),
            base_branch: "main".into(),
        };
        Self { project, workshop: workshop.unwrap(), mirror, folder }
    }

    pub(crate) fn origin(&self) -> Repository {
        Repository::open(Path::new(&self.project.repository)).unwrap()
    }

    pub(crate) fn telling(self, details: Details) -> Self {
        Self { workshop: self.workshop.telling(details), ..self }
    }

    /// A repair begins: what the origin has is fetched.
    pub(crate) fn fetch(&mut self) {
        let place = self.folder.path().join("mirror.git");
        self.mirror = Repository::mirror(&place, &self.project.repository, None).unwrap();
    }

    /// The first repair of the fault, on the present base.
    pub(crate) fn job(&self) -> Job {
        let base = self.origin().branch_head("main").unwrap();
        Job { errand: Errand::first(), event: event(), verdict: verdict(&base), issue: issue() }
    }

    pub(crate) fn propose(&self, forge: &dyn Forge, job: &Job) -> Result<Proposal, Halt> {
        let event: Event = noun(&job.event);
        let issue: Issue = noun(&job.issue);
        let context = Context {
            workshop: &self.workshop,
            project: &self.project,
            issue: Some(&issue),
            errand: &job.errand,
            event: &event,
            repository: &self.mirror,
            base: "main",
            forge: Some(forge),
            stopwatch: &Stopwatch::default(),
        };
        let verdict: Verdict = noun(&job.verdict);
        match repair::advance(&context, Progress::Verified(Box::new(verdict)))? {
            Progress::Proposed(proposal) => Ok(*proposal),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn proposed(&self, job: &Job) -> Proposal {
        self.propose(&LocalForge, job).unwrap()
    }

    /// The refusal's code.
    pub(crate) fn refused(&self, job: &Job) -> String {
        match self.propose(&LocalForge, job) {
            Err(Halt::Refused(refusal)) => refusal.code,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// Somebody commits to a branch of the origin.
    pub(crate) fn push(&self, branch: &str, file: (&str, &str)) -> String {
        let origin = self.origin();
        let base = origin.branch_head(branch).unwrap();
        let files = [(file.0.to_owned(), file.1.to_owned())];
        let new = NewCommit { base: &base, files: &files, message: "x", time: time(NOW) };
        // By the agent's own hand, and then signed by another.
        let commit = origin.commit(&new).unwrap();
        let commit = self.resign(&commit);
        origin.set_branch(branch, &commit).unwrap();
        commit
    }

    fn resign(&self, commit: &str) -> String {
        let git = git2::Repository::open(&self.project.repository).unwrap();
        let ada = git2::Signature::now("Ada", "1815+ada@users.noreply.github.com").unwrap();
        let commit = git.find_commit(git2::Oid::from_str(commit).unwrap()).unwrap();
        commit.amend(None, Some(&ada), Some(&ada), None, None, None).unwrap().to_string()
    }

    /// Every proposal of the register, by number, and every branch of ours.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let git = git2::Repository::open(&self.project.repository).unwrap();
        let count = |glob: &str| git.references_glob(glob).unwrap().count();
        (count("refs/bugstack/proposals/*"), count("refs/heads/bugstack/*"))
    }
}

impl Job {
    pub(crate) fn after(&self, occasion: Occasion, last: Option<&Proposal>) -> Self {
        let errand = Errand { occasion, last: last.cloned(), ..Errand::first() };
        Self { errand, ..self.clone() }
    }

    /// With a later event of this release, so that the commit is another one.
    pub(crate) fn seen_in(&self, release: &str, timestamp: &str) -> Self {
        let mut job = self.clone();
        job.event["release"] = release.into();
        job.event["timestamp"] = timestamp.into();
        job
    }
}

pub(crate) const NOW: &str = "2026-11-22T19:00:00Z";

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(crate) fn noun<T: DeserializeOwned>(json: &Value) -> T {
    serde_json::from_value(json.clone()).unwrap()
}

fn event() -> Value {
    json!({
        "id": "1", "timestamp": NOW, "platform": "node",
        "exceptions": [{
            "type": "Error",
            "message": "WebSocket is not open: readyState 3 (CLOSED)",
            "frames": [
                {"function": "WebSocket.send", "file": "/app/node_modules/ws/lib/websocket.js", "line": 468},
                {"function": "RoomsGateway.announce", "file": "/app/src/rooms.gateway.ts", "line": 3},
                {"function": "process.processTicksAndRejections", "file": "node:internal/process/task_queues", "line": 95},
            ],
        }],
        "release": "chat@1.4.0",
        "environment": "production",
    })
}

fn issue() -> Value {
    json!({
        "id": 1, "project": "chat", "key": "k", "title": "Error: …", "state": "repairing",
        "events": 12, "first_seen": "2026-11-20T10:02:00Z", "last_seen": NOW,
    })
}

fn verdict(base: &str) -> Value {
    let test = "RoomsGateway announce sends only to open sockets";
    json!({
        "diagnosis": {
            "site": {
                "base": base,
                "evidence": {
                    "message": "WebSocket is not open: readyState 3 (CLOSED)", "outcome": "thrown",
                    "callee": {"package": "ws", "function": "WebSocket.send"},
                    "path": SOURCE, "place": {"exact": {"line": 3, "column": 12}},
                    "function": "RoomsGateway.announce",
                },
            },
            "found": {
                "template": "guard-send", "family": "websocket-closed",
                "cause": "`client` was closed when `RoomsGateway.announce` sent to it. `this.members` still held it: a socket stays in a collection until somebody takes it out. `send` answered with the error that production reported.",
                "path": SOURCE, "line": 3, "column": 5, "function": "RoomsGateway.announce",
            },
            "fix_key": FIX_KEY,
        },
        "patch": {
            "template": "guard-send", "candidate": "allow-list",
            "title": "fix: check readyState before sending in RoomsGateway",
            "summary": "`RoomsGateway.announce` now sends only while `client` is open.\nA socket that is closing or closed is passed over, and the others still get their message.\n\n`RoomsGateway` now removes a socket from `this.members` when it disconnects.",
            "risk": "A message for a socket that is closing or closed is left out: nothing is logged, and a callback\npassed to `send` does not run.",
            "sites": [
                {"template": "guard-send", "path": SOURCE, "lines": [3, 3], "evidence": "proved", "edits": []},
                {"template": "clean-up-on-disconnect", "path": SOURCE, "lines": [1, 2], "evidence": "companion", "edits": []},
            ],
            "left_alone": [
                {"path": SOURCE, "line": 4, "reason": {"code": "untyped", "explanation": "nothing proves that `peer` is a WebSocket"}},
            ],
            "subject": {"path": SOURCE, "owner": {"function": {"export": "named"}}, "scenarios": []},
        },
        "files": [[SOURCE, AFTER], ["src/rooms.gateway.ready-state.spec.ts", "test('x', () => {});\n"]],
        "proof": {
            "baseline": {"passed": 12, "failed": 0, "flaky": 0},
            "red": {"test": test, "message": "Error: WebSocket is not open: readyState 3 (CLOSED)\n    at x", "reason": "r"},
            "green": {"test": test, "suite": {"passed": 14, "failed": 0, "flaky": 1}},
            "types": {"command": "tsc --noEmit", "before": 0, "new": []},
            "sites": [
                {"file": SOURCE, "lines": [3, 3], "red_without": test},
                {"file": SOURCE, "lines": [1, 2], "red_without": "RoomsGateway forgets a socket that disconnects"},
            ],
            "mutants": [], "unaffected": ["a"], "tests_edited": [],
            "tried": [{"template": "guard-send/allow-list", "verdict": "proven"}],
            "environment": {"node": "v20.20.2", "ws": "8.18.0", "lockfile": "ab12"},
        },
        "laps": [],
    })
}
