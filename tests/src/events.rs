//! The error of `plain-ws` as each kind of client tells it.

use serde_json::{Value, json};

/// A stack trace, as recorded.
pub const TRACE: &str = include_str!("../traces/plain-ws/broadcast.txt");
/// Its message.
pub const MESSAGE: &str = "WebSocket is not open: readyState 3 (CLOSED)";
const WS: &str = "/srv/plain-ws/node_modules/ws/lib/websocket.js";
const SOURCE: &str = "/srv/plain-ws/broadcast.js";

/// Our own wire format, from a build of this commit.
pub fn wire(commit: Option<&str>) -> String {
    json!({
        "id": "0197f2b0-0000-7000-8000-000000000001",
        "timestamp": "2026-11-22T19:00:00Z",
        "platform": "node",
        "exceptions": [{ "type": "Error", "message": MESSAGE, "frames": frames() }],
        "commit": commit,
    })
    .to_string()
}

/// The body of the published npm client.
pub fn npm() -> String {
    let stack = TRACE.lines().skip_while(|line| !line.starts_with("Error:")).take(4);
    let stack: Vec<&str> = stack.collect();
    json!({ "error": {
        "id": "err_mwsbkohe_t2d7lrb",
        "name": "Error",
        "message": MESSAGE,
        "stack": stack.join("\n"),
        "stackFrames": frames(),
        "timestamp": "2026-11-22T20:58:58.418Z",
        "route": "generic",
        "method": "N/A",
        "statusCode": 500,
        "url": "N/A",
        "environment": "production",
        "projectId": "",
        "sdkVersion": "0.2.0",
        "nodeVersion": "v20.20.2",
        "metadata": { "type": "uncaughtException", "autoFix": false },
        "fingerprint": "817d05aa",
    }})
    .to_string()
}

/// An envelope of Sentry's clients, who begin with the outermost frame.
pub fn sentry() -> String {
    let frame = |name: &str, path: &str, line: u32, column: u32, own: bool| json!({ "function": name, "filename": path, "lineno": line, "colno": column, "in_app": own });
    let id = "fc6d8c0c43fc4630ad850ee518f1b9d0";
    let header = json!({ "event_id": id, "sent_at": "2026-11-22T20:58:58.418Z" });
    let event = json!({
        "event_id": id,
        "timestamp": 1_795_381_138.418,
        "platform": "node",
        "level": "fatal",
        "exception": { "values": [{
            "type": "Error",
            "value": MESSAGE,
            "stacktrace": { "frames": [
                frame("broadcast", SOURCE, 10, 12, true),
                frame("WebSocket.send", WS, 489, 7, false),
                frame("sendAfterClose", WS, 1185, 17, false),
            ] },
            "mechanism": { "type": "onuncaughtexception", "handled": false },
        }] },
    });
    format!("{header}\n{{\"type\":\"event\"}}\n{event}\n")
}

fn frames() -> Value {
    let frame = |name: &str, path: &str, line: u32, column: u32| json!({ "function": name, "file": path, "line": line, "column": column });
    json!([
        frame("sendAfterClose", WS, 1185, 17),
        frame("WebSocket.send", WS, 489, 7),
        frame("broadcast", SOURCE, 10, 12),
    ])
}
