//! Real requests and pasted traces through the whole of intake, and hostile ones.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod hostile;

use bugstack_proto::{Outcome, SendFailure};
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::json;

use super::*;
use crate::model::Event;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("fixtures/", $name)).as_slice()
    };
}

/// One line for an event: what was thrown, its innermost in-app frame, how the send failed.
fn told(bytes: &[u8]) -> String {
    let (format, event) = read(bytes).unwrap();
    let thrown = event.thrown().unwrap();
    let own = thrown.frames.iter().find(|frame| frame.in_app == Some(true));
    let own = own.map_or("nowhere".to_owned(), |frame| {
        let file = frame.file.as_deref().unwrap_or("?");
        let line = frame.line.map_or(String::new(), |line| format!(":{line}"));
        let column = frame.column.map_or(String::new(), |column| format!(":{column}"));
        format!("{} {file}{line}{column}", frame.function.as_deref().unwrap_or("-"))
    });
    let handled = event.mechanism.as_ref().map_or("-".to_owned(), |mechanism| {
        format!("{}{}", mechanism.kind, if mechanism.handled { "" } else { "!" })
    });
    let send = event.send.as_ref().map_or(String::new(), |send| {
        format!(" | send in state {} {:?}", send.ready_state, send.outcome)
    });
    format!(
        "{format:?} {} {:?} {handled} | {} | {own}{send}",
        event.platform.as_deref().unwrap_or("-"),
        event.level,
        group(&event).title,
    )
}

#[test]
fn recorded_requests_are_understood() {
    let bodies = [
        fixture!("npm-nest-callback.json"),
        fixture!("npm-nest-floating.json"),
        fixture!("npm-nest-ws6-timer.json"),
        fixture!("npm-express.json"),
        fixture!("npm-generic.json"),
        fixture!("python.json"),
        fixture!("sentry-node.envelope"),
        fixture!("sentry-nest.envelope"),
        fixture!("sentry-rust-panic.envelope"),
        fixture!("sentry-rust-capture.envelope"),
        fixture!("sentry-python.envelope"),
    ];
    assert_snapshot!(bodies.map(told).join("\n"), @r#"
        BugstackNpm node Fatal uncaughtException! | Error: WebSocket is not open: readyState 3 (CLOSED) | OwnSetGateway.cbthrow /srv/app/dist/gateways/a2-ownset.gateway.js:32:15 | send in state 3 CalledBack
        BugstackNpm node Error unhandledRejection! | Error: WebSocket is not open: readyState 3 (CLOSED) | - /srv/app/dist/gateways/a2-ownset.gateway.js:56:15 | send in state 3 CalledBack
        BugstackNpm node Fatal uncaughtException! | Error: WebSocket is not open: readyState 3 (CLOSED) | OwnSetGateway.broadcastMessage /srv/app/dist/gateways/a2-ownset.gateway.js:27:20 | send in state 3 Thrown
        BugstackNpm node Error captureError | Error: WebSocket is not open: readyState 3 (CLOSED) | WebSocket.<anonymous> /srv/app/t.js:4:224 | send in state 3 Thrown
        BugstackNpm node Error captureError | Error: WebSocket is not open: readyState 3 (CLOSED) | WebSocket.<anonymous> /srv/app/t.js:4:224 | send in state 3 Thrown
        BugstackPython python Error capture_exception | WsClosed: WebSocket is not open: readyState 3 (CLOSED) | boom /srv/app/t.py:6
        SentryEnvelope node Error auto.node.onunhandledrejection! | Error: socket is not open: readyState 2 (CLOSING) | inner /srv/app/wire.js:4:29
        SentryEnvelope node Error auto.ws.nestjs.global_filter! | Error: gateway handler boom | G.onThrow /srv/app/dist/main2.js:77:24
        SentryEnvelope rust Fatal panic! | panic: boom in main | cases::main /srv/app/src/main.rs:48
        SentryEnvelope rust Error - | SendError: websocket send failed | cases::main /srv/app/src/main.rs:45
        SentryEnvelope python Error generic | ConnectionError: socket closed | inner /srv/app/wire.py:3
        "#);
}

#[test]
fn pasted_traces_are_understood() {
    let texts = [
        fixture!("trace-nest11.txt"),
        fixture!("trace-nest10.txt"),
        fixture!("trace-uncaught.txt"),
        fixture!("trace-cause.txt"),
        b"thread 'main' panicked at src/room.rs:9:5:\nsocket closed\n",
        b"Traceback (most recent call last):\n  File \"/srv/app/a.py\", line 6, in boom\nValueError: x\n",
    ];
    assert_snapshot!(texts.map(told).join("\n"), @r#"
        Trace node Error - | Error: WebSocket is not open: readyState 3 (CLOSED) | OwnSetGateway.awaited /srv/app/dist/gateways/a2-ownset.gateway.js:48:56 | send in state 3 CalledBack
        Trace node Error - | Error: WebSocket is not open: readyState 3 (CLOSED) | OwnSetGateway.awaited /srv/app/dist/gateways/a2-ownset.gateway.js:48:56 | send in state 3 CalledBack
        Trace node Error - | Error: WebSocket is not open: readyState 3 (CLOSED) | OwnSetGateway.cbthrow /srv/app/dist/gateways/a2-ownset.gateway.js:32:15 | send in state 3 CalledBack
        Trace node Error - | BroadcastError: could not announce to room 42 | RoomsService.announce /srv/app/src/rooms.service.ts:20:11 | send in state 0 Thrown
        Trace rust Fatal panic! | panic: socket closed | - src/room.rs:9:5
        Trace python Error - | ValueError: x | boom /srv/app/a.py:6
        "#);
}

#[test]
fn our_own_sdks_are_understood() {
    macro_rules! golden {
        ($name:literal) => {
            include_bytes!(concat!("../../../proto/golden/", $name)).as_slice()
        };
    }
    let events = [
        golden!("rust-panic.json"),
        golden!("error-with-causes.json"),
        golden!("send-dropped.json"),
        golden!("send-thrown.json"),
        golden!("send-called-back.json"),
    ];
    assert_snapshot!(events.map(told).join("\n"), @r#"
        Wire rust Fatal panic! | panic: called `Result::unwrap()` on an `Err` value: ConnectionClosed | chat::room::broadcast /srv/app/src/room.rs:41:27
        Wire rust Error capture_error | chat::AnnounceError: could not announce to room 42 | chat::room::announce /srv/app/src/room.rs:52:13
        Wire node Error ws.send! | Error: WebSocket is not open: readyState 3 (CLOSED) | RoomsGateway.announce /srv/app/dist/rooms.gateway.js:27:20 | send in state 3 Dropped
        Wire node Fatal uncaughtException! | Error: WebSocket is not open: readyState 0 (CONNECTING) | RoomsGateway.announce /srv/app/dist/rooms.gateway.js:32:15 | send in state 0 Thrown
        Wire node Fatal uncaughtException! | Error: WebSocket is not open: readyState 3 (CLOSED) | RoomsGateway.announce /srv/app/dist/rooms.gateway.js:32:15 | send in state 3 CalledBack
        "#);
    assert_eq!(read_pulse(golden!("pulse.json")).unwrap().counts.sends_not_open, 3);
}

#[test]
fn the_whole_of_one_event() {
    let (_, event) = read(fixture!("npm-nest-callback.json")).unwrap();
    assert_json_snapshot!(event, @r#"
        {
          "id": "err_mws7f7yr_jn17t37",
          "timestamp": "2026-11-22T19:02:45.267Z",
          "platform": "node",
          "level": "fatal",
          "exceptions": [
            {
              "type": "Error",
              "message": "WebSocket is not open: readyState 3 (CLOSED)",
              "frames": [
                {
                  "function": "sendAfterClose",
                  "file": "/srv/app/node_modules/ws/lib/websocket.js",
                  "line": 1153,
                  "column": 17,
                  "in_app": false
                },
                {
                  "function": "WebSocket.send",
                  "file": "/srv/app/node_modules/ws/lib/websocket.js",
                  "line": 468,
                  "column": 7,
                  "in_app": false
                },
                {
                  "function": "OwnSetGateway.cbthrow",
                  "file": "/srv/app/dist/gateways/a2-ownset.gateway.js",
                  "line": 32,
                  "column": 15,
                  "in_app": true
                },
                {
                  "file": "/srv/app/node_modules/@nestjs/websockets/context/ws-context-creator.js",
                  "line": 43,
                  "column": 33,
                  "in_app": false
                },
                {
                  "function": "process.processTicksAndRejections",
                  "file": "node:internal/process/task_queues",
                  "line": 95,
                  "column": 5,
                  "in_app": false
                },
                {
                  "function": "OwnSetGateway.<anonymous>",
                  "file": "/srv/app/node_modules/@nestjs/websockets/context/ws-proxy.js",
                  "line": 12,
                  "column": 32,
                  "in_app": false
                },
                {
                  "function": "WebSocketsController.pickResult",
                  "file": "/srv/app/node_modules/@nestjs/websockets/web-sockets-controller.js",
                  "line": 98,
                  "column": 24,
                  "in_app": false
                }
              ]
            }
          ],
          "mechanism": {
            "kind": "uncaughtException",
            "handled": false
          },
          "environment": "development",
          "send": {
            "ready_state": 3,
            "outcome": "called_back"
          }
        }
        "#);
}

#[test]
fn causes_follow_what_was_thrown() {
    let (_, event) = read(fixture!("trace-cause.txt")).unwrap();
    let chain: Vec<_> = event
        .exceptions
        .iter()
        .map(|e| (e.kind.as_str(), e.message.as_str(), e.frames.len()))
        .collect();
    assert_eq!(
        chain,
        [
            ("BroadcastError", "could not announce\nto room 42", 2),
            ("Error", "WebSocket is not open: readyState 0 (CONNECTING)", 2),
            ("Error", "no route", 1),
        ]
    );
}

#[test]
fn an_id_survives_a_retry() {
    let id = |bytes| read(bytes).unwrap().1.id.clone();
    assert_eq!(id(fixture!("npm-nest-callback.json")), "err_mws7f7yr_jn17t37");
    // The PyPI client sends none, and the same bytes again.
    assert_eq!(id(fixture!("python.json")), id(fixture!("python.json")));
    assert!(id(fixture!("python.json")).starts_with("sha256-"));
    assert_eq!(id(fixture!("sentry-rust-panic.envelope")).len(), 32);
}

#[test]
fn an_event_keeps_no_secret_of_the_request() {
    for body in [fixture!("npm-express.json"), fixture!("python.json")] {
        assert!(String::from_utf8_lossy(body).contains("hunter2"), "the fixture holds a password");
        let (_, event) = read(body).unwrap();
        assert!(!serde_json::to_string(&event).unwrap().contains("hunter2"));
    }
}

#[test]
fn one_fault_is_one_issue_however_it_arrives() {
    let key = |bytes| group(&read(bytes).unwrap().1).key;
    let nest11 = key(fixture!("trace-nest11.txt"));
    assert_eq!(nest11, key(fixture!("trace-nest10.txt")));
    let moved = String::from_utf8_lossy(fixture!("trace-nest11.txt"))
        .replace(
            "/srv/app/dist/gateways/a2-ownset.gateway.js:48:56",
            "/app/src/gateways/a2-ownset.gateway.ts:31:9",
        )
        .replace("3 (CLOSED)", "2 (CLOSED)");
    assert_eq!(nest11, key(moved.as_bytes()));
    assert_eq!(key(fixture!("npm-nest-callback.json")), key(fixture!("trace-uncaught.txt")));
    assert_ne!(nest11, key(fixture!("npm-nest-callback.json")));
    assert_ne!(key(fixture!("npm-nest-callback.json")), key(fixture!("npm-nest-floating.json")));
}

#[test]
fn the_issue_key_is_stable_across_versions() {
    let (_, event) = read(fixture!("npm-nest-callback.json")).unwrap();
    assert_snapshot!(group(&event).key, @r#"v1:b9774b54452ffe12f4a304b39ebc961d"#);
}

#[test]
fn what_the_sdk_knows_of_a_send_wins_over_the_words() {
    let body = |send: serde_json::Value| {
        json!({
            "id": "1", "timestamp": "2026-11-22T19:00:00Z", "send": send,
            "exceptions": [{
                "type": "Error", "message": "WebSocket is not open: readyState 3 (CLOSED)"
            }],
        })
        .to_string()
    };
    let send = |text: String| read(text.as_bytes()).unwrap().1.send.clone().unwrap();
    let dropped = json!({
        "ready_state": 2, "outcome": "dropped", "closed_for_ms": 1500, "close_code": 1006
    });
    assert_eq!(
        send(body(dropped)),
        SendFailure {
            ready_state: 2,
            outcome: Outcome::Dropped,
            closed_for_ms: Some(1500),
            buffered_amount: None,
            close_code: Some(1006),
        }
    );
    // An open socket is no failure: the words decide.
    let open = json!({ "ready_state": 1, "outcome": "thrown", "close_code": 7 });
    assert_eq!(send(body(open)).ready_state, 3);
    assert_eq!(send(body(serde_json::Value::Null)).outcome, Outcome::CalledBack);
}

#[test]
fn an_envelope_gives_its_first_event_and_skips_the_rest() {
    let event = br#"{"event_id":"ab-cd","exception":{"values":[{"type":"E","value":"v"}]}}"#;
    let mut envelope = b"{}\n{\"type\":\"session\"}\n{}\n".to_vec();
    envelope.extend(b"{\"type\":\"attachment\",\"length\":5,\"filename\":\"x\"}\n{\n}\n{\n");
    envelope.extend(b"{\"type\":\"event\"}\n");
    envelope.extend(event);
    let read: Event = read(&envelope).unwrap().1;
    assert_eq!(read.id, "abcd");
    assert_eq!(read.thrown().unwrap().kind, "E");
}

#[test]
fn a_body_that_is_no_event_says_why_and_what_to_do() {
    let bodies: [&[u8]; 13] = [
        b" \n",
        b"{\"exceptions\": [,]}",
        b"{\"exceptions\": []}",
        b"{\"id\":\"1\",\"timestamp\":\"2026-11-22T19:00:00Z\",\"exceptions\":[]}",
        b"{\"a\":1,\"b\\u001b[31m\":2}",
        b"{\"error\":{}}",
        b"{\"error\":{\"stackTrace\":\"\"}}",
        b"{\"event_id\":\"1\"}",
        fixture!("sentry-session.envelope"),
        b"{}\n{\"type\":\"event\",\"length\":9}\n{}\n",
        b"{}\n{\"type\":\"event\",\"length\":1}\n{}\n",
        b"{}\n[]\n{}\n",
        b"we look into it at noon",
    ];
    let said = bodies.map(|body| read(body).unwrap_err().to_string()).join("\n");
    assert_snapshot!(said, @r#"
        the event is empty; give an event as JSON, a Sentry envelope, or a stack trace as text
        the BugStack event cannot be read: expected value at line 1 column 17; compare it with docs/wire.md
        the BugStack event cannot be read: missing field `id` at line 1 column 18; compare it with docs/wire.md
        the event has no exception; send at least one in `exceptions`, with a type
        this JSON is no event: its keys are `a`, `b`; an event has `exceptions` (BugStack wire), `error` (a BugStack client) or `exception` (Sentry)
        the payload of the BugStack client for Node has no usable `error.message`; send the body as its client wrote it
        the payload of the BugStack client for Python has no usable `error.stackTrace`; send the body as its client wrote it
        the Sentry event has no usable `exception.values`; send the body as its client wrote it
        the Sentry envelope holds no error event, only `session`; pick the envelope whose item type is `event`
        the Sentry envelope is broken at byte 3: an item is shorter than its length; send it uncompressed and whole
        the Sentry envelope is broken at byte 3: an item is longer than its length; send it uncompressed and whole
        the Sentry envelope is broken at byte 3: an item's header has no `type`; send it uncompressed and whole
        no stack trace in the text: no line reads `Name: message` followed by `    at …`, no `panicked at`, no `Traceback`; paste the error's header with its frames
        "#);
    let long = vec![b'x'; MAX_BYTES + 1];
    assert!(matches!(read(&long), Err(DecodeError::TooLarge { .. })));
}
