//! What runs in production: releases, each a commit of the base branch.

use serde_json::json;
use uuid::Uuid;

/// A release that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Release {
    /// Built from.
    pub(super) commit: String,
    /// The line of its send, from 1, where nothing guards it.
    pub(super) fault: Option<usize>,
    /// Its process.
    pub(super) instance: Uuid,
}

impl Release {
    /// A release of this commit, whose `broadcast.js` says `source`.
    pub(super) fn of(commit: &str, source: &str, number: u128) -> Self {
        let guarded = source.contains("readyState");
        let line = source.lines().position(|line| line.contains("client.send("));
        let fault = line.filter(|_| !guarded).map(|index| index + 1);
        Self { commit: commit.to_owned(), fault, instance: Uuid::from_u128(number) }
    }

    /// What its SDK says when it fails; none where it cannot.
    pub(super) fn event(&self, number: u128, time: &str) -> Option<String> {
        let line = self.fault?;
        let ws = "/srv/plain-ws/node_modules/ws/lib/websocket.js";
        let frame = |name: &str, file: &str, line: usize, column: usize| json!({ "function": name, "file": file, "line": line, "column": column });
        let event = json!({
            "id": Uuid::from_u128(number),
            "timestamp": time,
            "platform": "node",
            "exceptions": [{
                "type": "Error",
                "message": "WebSocket is not open: readyState 3 (CLOSED)",
                "frames": [
                    frame("sendAfterClose", ws, 1185, 17),
                    frame("WebSocket.send", ws, 489, 7),
                    frame("broadcast", "/srv/plain-ws/broadcast.js", line, 12),
                ],
            }],
            "commit": self.commit,
            "environment": "production",
        });
        Some(event.to_string())
    }

    /// How much it did.
    pub(super) fn pulse(&self, sends: u64) -> String {
        json!({
            "instance": self.instance,
            "commit": self.commit,
            "environment": "production",
            "counts": { "sends": sends },
        })
        .to_string()
    }
}
