//! Every shape of the wire, as files that the SDKs of other languages test against too.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::fs;
use std::path::Path;

use bugstack_proto::{Event, Level, Pulse};
use serde_json::Value;

#[test]
fn golden_files_survive_a_round_trip() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut names = Vec::new();
    for file in fs::read_dir(golden).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let written = if name == "pulse" {
            serde_json::to_value(serde_json::from_str::<Pulse>(&text).unwrap()).unwrap()
        } else {
            serde_json::to_value(serde_json::from_str::<Event>(&text).unwrap()).unwrap()
        };
        assert_eq!(written, value, "{name}");
        names.push(name);
    }
    names.sort();
    assert_eq!(
        names,
        [
            "error-with-causes",
            "pulse",
            "rust-panic",
            "send-called-back",
            "send-dropped",
            "send-thrown"
        ]
    );
}

#[test]
fn what_an_sdk_may_leave_out_has_a_meaning() {
    let event: Event = serde_json::from_str(
        r#"{"id":"1","timestamp":"2026-11-22T19:02:45+01:00","exceptions":[{"type":"E","message":""}]}"#,
    )
    .unwrap();
    assert_eq!(event.level, Level::Error);
    assert_eq!(event.timestamp.to_string(), "2026-11-22T18:02:45Z");
    assert!(event.exceptions[0].frames.is_empty() && event.send.is_none());
    let pulse: Pulse = serde_json::from_str(
        r#"{"instance":"0193540e-8a2b-7c4d-9e5f-60718293a4b5","counts":{"panics":2}}"#,
    )
    .unwrap();
    assert_eq!((pulse.counts.panics, pulse.counts.sends), (2, 0));
}

#[test]
fn fields_of_a_later_version_are_passed_over() {
    let event = r#"{"id":"1","timestamp":"2026-11-22T19:02:45Z","exceptions":[],"later":{"a":1}}"#;
    assert_eq!(serde_json::from_str::<Event>(event).unwrap().id, "1");
}
