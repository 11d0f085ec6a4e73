//! The forge against servers that answer as a test wants: how reads, changes and tokens end.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod app;
mod calls;
mod server;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::model::{Project, ProjectId, Proposal};
use server::Server;

const BRANCH: &str = "bugstack/0123456789ab";
const COMMIT: &str = "1111111111111111111111111111111111111111";

fn project(server: &Server) -> Project {
    Project {
        id: ProjectId("a".into()),
        repository: format!("{}/o/r", server.url()),
        base_branch: "main".into(),
    }
}

fn proposal() -> Proposal {
    let proposal = json!({
        "fix_key": "x", "issue": 1, "branch": BRANCH, "base_branch": "main",
        "base": "0".repeat(40), "commit": COMMIT, "title": "fix: a", "body": "why", "diff": "",
        "proof": {
            "baseline": {"passed": 1, "failed": 0, "flaky": 0},
            "red": {"test": "", "message": "", "reason": ""},
            "green": {"test": "", "suite": {"passed": 1, "failed": 0, "flaky": 0}},
            "types": null, "sites": [], "mutants": [], "unaffected": [],
            "tests_edited": [], "tried": [], "environment": {}
        },
        "laps": [], "state": "open", "created": "2026-11-22T19:00:00Z", "number": 7
    });
    serde_json::from_value(proposal).unwrap()
}

/// A pull request as GitHub tells it, shortened.
fn pull(state: &str) -> Value {
    json!({
        "number": 7, "html_url": "https://h/o/r/pull/7", "node_id": "PR_7", "state": state,
        "draft": false, "title": "fix: a", "body": "why",
        "head": {"ref": BRANCH, "sha": COMMIT, "repo": {"full_name": "o/r"}},
        "user": {"login": "me", "type": "User"},
        "merged_at": null, "closed_at": null, "merge_commit_sha": "2".repeat(40),
        "mergeable": true, "requested_reviewers": [], "auto_merge": null,
    })
}

fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}
