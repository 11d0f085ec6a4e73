//! What the two BugStack clients post. Read from recorded requests of `bugstack-sdk` 2.0.2 (npm)
//! and `bugstack` 1.1.0 (PyPI); of the request, its headers and its body nothing is kept.

use bugstack_proto::{Event, Exception, Frame, Level, Mechanism};
use serde_json::Value;

use super::{DecodeError, Format, derived_id, json, parse, trace};

/// `{ error: { id, name, message, stack, stackFrames, … } }`
pub(super) fn decode_npm(bytes: &[u8]) -> Result<Event, DecodeError> {
    let value = parse(Format::BugstackNpm, bytes)?;
    let error = object(&value, Format::BugstackNpm)?;
    let kind = json::text(error, "/metadata/type");
    Ok(Event {
        // The client keeps its id over every retry.
        id: json::text(error, "/id").unwrap_or_else(|| derived_id(bytes)),
        timestamp: json::time(error, "/timestamp"),
        platform: Some("node".to_owned()),
        level: level(kind.as_deref()),
        exceptions: npm_exceptions(error)?,
        mechanism: Some(Mechanism {
            handled: !kind.as_deref().is_some_and(is_uncaught),
            kind: kind.unwrap_or_else(|| "captureError".to_owned()),
            thread: None,
        }),
        release: json::text(error, "/metadata/release"),
        commit: json::text(error, "/metadata/commit"),
        environment: json::text(error, "/environment"),
        send: None,
    })
}

/// `{ apiKey, error: { message, stackTrace, file, function, … }, timestamp, … }`
pub(super) fn decode_python(bytes: &[u8]) -> Result<Event, DecodeError> {
    let value = parse(Format::BugstackPython, bytes)?;
    let error = object(&value, Format::BugstackPython)?;
    Ok(Event {
        id: derived_id(bytes),
        timestamp: json::time(&value, "/timestamp"),
        platform: json::text(&value, "/environment/language").or(Some("python".to_owned())),
        level: Level::Error,
        exceptions: python_exceptions(error)?,
        mechanism: Some(Mechanism {
            kind: "capture_exception".to_owned(),
            handled: true,
            thread: None,
        }),
        release: json::text(&value, "/metadata/release"),
        commit: json::text(&value, "/metadata/commit"),
        environment: None,
        send: None,
    })
}

fn object(value: &Value, format: Format) -> Result<&Value, DecodeError> {
    let found = value.get("error").filter(|error| error.is_object());
    found.ok_or(DecodeError::Missing { format, field: "error" })
}

fn is_uncaught(kind: &str) -> bool {
    matches!(kind, "uncaughtException" | "unhandledRejection")
}

fn level(kind: Option<&str>) -> Level {
    if kind == Some("uncaughtException") { Level::Fatal } else { Level::Error }
}

/// The stack text wins over the client's own frames: it also holds the causes.
fn npm_exceptions(error: &Value) -> Result<Vec<Exception>, DecodeError> {
    let (name, message) = (json::text(error, "/name"), json::text(error, "/message"));
    let stack = json::text(error, "/stack");
    if name.is_none() && message.is_none() && stack.is_none() {
        return Err(DecodeError::Missing { format: Format::BugstackNpm, field: "error.message" });
    }
    let mut chain = stack.map_or(Vec::new(), |text| trace::v8(&text)).into_iter();
    let read = chain.next();
    let (kind, words, frames) = read.map_or_else(
        || ("Error".to_owned(), String::new(), Vec::new()),
        |thrown| (thrown.kind, thrown.message, thrown.frames),
    );
    let thrown = Exception {
        kind: name.unwrap_or(kind),
        message: message.unwrap_or(words),
        frames: if frames.is_empty() { npm_frames(error) } else { frames },
    };
    Ok(std::iter::once(thrown).chain(chain).collect())
}

fn npm_frames(error: &Value) -> Vec<Frame> {
    json::list(error, "/stackFrames").iter().map(npm_frame).collect()
}

fn npm_frame(frame: &Value) -> Frame {
    Frame {
        function: json::text(frame, "/function"),
        file: json::text(frame, "/file"),
        line: json::number(frame, "/line"),
        column: json::number(frame, "/column"),
        in_app: None,
    }
}

/// There is no field for the type and none for the line: both are in the traceback.
fn python_exceptions(error: &Value) -> Result<Vec<Exception>, DecodeError> {
    let message = json::text(error, "/message");
    let mut exceptions =
        json::text(error, "/stackTrace").map_or(Vec::new(), |text| trace::python(&text));
    match (exceptions.first_mut(), message) {
        (Some(thrown), Some(message)) => thrown.message = message,
        (Some(_), None) => {}
        (None, Some(message)) => exceptions.push(Exception {
            kind: "Exception".to_owned(),
            message,
            frames: vec![Frame {
                function: json::text(error, "/function"),
                file: json::text(error, "/file"),
                ..Frame::default()
            }],
        }),
        (None, None) => {
            let field = "error.stackTrace";
            return Err(DecodeError::Missing { format: Format::BugstackPython, field });
        }
    }
    Ok(exceptions)
}
