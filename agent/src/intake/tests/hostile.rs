//! Whatever the bytes, intake answers, and what it lets through is bounded.

use bugstack_proto::{Event as WireEvent, Exception, Frame, Level};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::super::*;
use crate::model::Event;

const FORMATS: [Format; 6] = [
    Format::Wire,
    Format::BugstackNpm,
    Format::BugstackPython,
    Format::SentryEvent,
    Format::SentryEnvelope,
    Format::Trace,
];

const BODIES: [&[u8]; 6] = [
    include_bytes!("../fixtures/npm-nest-callback.json"),
    include_bytes!("../fixtures/python.json"),
    include_bytes!("../fixtures/sentry-node.envelope"),
    include_bytes!("../fixtures/sentry-rust-capture.envelope"),
    include_bytes!("../fixtures/trace-cause.txt"),
    include_bytes!("../fixtures/trace-nest10.txt"),
];

fn assert_bounded(event: &Event) {
    let clean = |text: &str, max: usize| {
        assert!(text.len() <= max, "{} bytes of at most {max}", text.len());
        let harmful = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
        assert!(!text.contains(harmful), "{text:?}");
    };
    assert!((1..=ID_BYTES).contains(&event.id.len()));
    clean(&event.id, ID_BYTES);
    clean(event.platform.as_deref().unwrap_or_default(), PLATFORM_BYTES);
    clean(event.release.as_deref().unwrap_or_default(), RELEASE_BYTES);
    clean(event.commit.as_deref().unwrap_or_default(), 40);
    clean(event.environment.as_deref().unwrap_or_default(), ENVIRONMENT_BYTES);
    assert!((1..=EXCEPTIONS).contains(&event.exceptions.len()));
    for exception in &event.exceptions {
        clean(&exception.kind, KIND_BYTES);
        clean(&exception.message, MESSAGE_BYTES);
        assert!(!exception.kind.is_empty() && exception.frames.len() <= FRAMES);
        for frame in &exception.frames {
            clean(frame.function.as_deref().unwrap_or_default(), FUNCTION_BYTES);
            clean(frame.file.as_deref().unwrap_or_default(), FILE_BYTES);
            assert!(frame.in_app.is_some() && frame.line != Some(0) && frame.column != Some(0));
        }
    }
    assert!(event.send.as_ref().is_none_or(|send| [0, 2, 3].contains(&send.ready_state)));
    let key = group(event);
    clean(&key.title, 200);
    assert_eq!(key.key.len(), 35);
}

fn answer(bytes: &[u8]) {
    if let Ok((_, event)) = read(bytes) {
        assert_bounded(&event);
    }
    for format in FORMATS {
        if let Ok(event) = decode(format, bytes).and_then(normalise) {
            assert_bounded(&event);
        }
    }
}

/// Text as an attacker would write it: long, with control and bidi characters, with our syntax.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<String>(),
        "[ -~]{0,20}",
        Just("x".repeat(9_000)),
        Just("\u{202e}\u{1b}[31m\0".to_owned()),
        Just("Error: WebSocket is not open: readyState 3 (CLOSED)".to_owned()),
        Just("\n    at async f [as g] (file:///a%2fb%ff.js:0:99999999999)".to_owned()),
        Just("\n    at C:\\a.js:1:2\nCaused by: X".to_owned()),
        Just("thread 'a' panicked at ', b:1:".to_owned()),
        Just("Traceback (most recent call last):\n".to_owned()),
        Just("/C:/%".to_owned()),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn frame() -> impl Strategy<Value = Frame> {
    let place = (any::<Option<u32>>(), any::<Option<u32>>(), any::<Option<bool>>());
    (prop::option::of(text()), prop::option::of(text()), place).prop_map(
        |(function, file, (line, column, in_app))| Frame { function, file, line, column, in_app },
    )
}

fn exception() -> impl Strategy<Value = Exception> {
    let frames = prop_oneof![
        prop::collection::vec(frame(), 0..4),
        Just(vec![Frame { file: Some("/srv/app/a.js".to_owned()), ..Frame::default() }; 300]),
    ];
    (text(), text(), frames).prop_map(|(kind, message, frames)| Exception { kind, message, frames })
}

/// Replaces the `at`-th value of a JSON tree.
fn replace(value: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        *value = with.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|v| replace(v, at, with)),
        Value::Array(items) => items.iter_mut().for_each(|v| replace(v, at, with)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        answer(&bytes);
    }

    #[test]
    fn any_text_gets_an_answer(text in text()) {
        answer(text.as_bytes());
    }

    #[test]
    fn a_damaged_body_gets_an_answer(
        body in prop::sample::select(BODIES.as_slice()),
        at in any::<prop::sample::Index>(),
        with in prop::collection::vec(any::<u8>(), 0..8),
        cut in 0_usize..40,
    ) {
        let mut bytes = body.to_vec();
        let at = at.index(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with);
        answer(&bytes);
    }

    #[test]
    fn a_field_of_another_type_gets_an_answer(
        body in prop::sample::select(BODIES.as_slice()),
        at in 0_usize..120,
        text in text(),
        kind in 0_usize..6,
    ) {
        let with = match kind {
            0 => Value::Null,
            1 => Value::from(-1),
            2 => Value::from(1e300),
            3 => Value::from(vec![0; 3]),
            4 => serde_json::json!({ "values": { "a": 1 } }),
            _ => Value::from(text),
        };
        for line in body.split(|&byte| byte == b'\n').chain([body]) {
            if let Ok(mut value) = serde_json::from_slice::<Value>(line) {
                replace(&mut value, &mut { at }, &with);
                answer(value.to_string().as_bytes());
            }
        }
    }

    #[test]
    fn any_wire_event_is_bounded(
        words in (text(), prop::option::of(text()), prop::option::of(text()), prop::option::of(text())),
        exceptions in prop::collection::vec(exception(), 0..13),
    ) {
        let (id, platform, release, commit) = words;
        let event = WireEvent {
            id,
            timestamp: Timestamp::UNIX_EPOCH,
            platform,
            level: Level::Error,
            exceptions,
            mechanism: None,
            environment: release.clone(),
            release,
            commit,
            send: None,
        };
        let none = event.exceptions.is_empty();
        match normalise(event) {
            Ok(event) => assert_bounded(&event),
            Err(error) => prop_assert!(none && matches!(error, DecodeError::NoException)),
        }
    }
}
