//! What Sentry's clients send, read from recorded requests of their Rust, Node, NestJS and Python
//! SDKs: <https://develop.sentry.dev/sdk/data-model/envelopes/>.

use bugstack_proto::{Event, Exception, Frame, Level, Mechanism};
use serde_json::Value;

use super::{DecodeError, Format, derived_id, json, parse};
use crate::intake::text;

/// Takes the first error event of an envelope; items of other types are skipped with their payload.
pub(super) fn decode_envelope(bytes: &[u8]) -> Result<Event, DecodeError> {
    let header = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    parse(Format::SentryEnvelope, header)?;
    let mut seen = Vec::new();
    let mut at = header.len() + 1;
    while bytes.get(at..).is_some_and(|rest| !rest.trim_ascii().is_empty()) {
        let item = Item::at(bytes, at)?;
        if item.kind == "event" {
            return decode_event(item.payload);
        }
        seen.push(format!("`{}`", text::line(&item.kind, 40)));
        at = item.end;
    }
    seen.truncate(8);
    let items = if seen.is_empty() { "a header".to_owned() } else { seen.join(", ") };
    Err(DecodeError::NoEvent { items })
}

/// An item of an envelope.
struct Item<'a> {
    kind: String,
    payload: &'a [u8],
    /// Where the next item begins.
    end: usize,
}

impl<'a> Item<'a> {
    fn at(bytes: &'a [u8], at: usize) -> Result<Self, DecodeError> {
        let broken = |cause| DecodeError::Envelope { offset: at, cause };
        let (header, start) = line(bytes, at);
        let header: Value = serde_json::from_slice(header)
            .map_err(|_| broken("an item's header is not a JSON object"))?;
        let kind = json::text(&header, "/type").ok_or(broken("an item's header has no `type`"))?;
        let Some(length) = header.get("length").filter(|length| !length.is_null()) else {
            let (payload, end) = line(bytes, start);
            return Ok(Self { kind, payload, end });
        };
        let length = length.as_u64().and_then(|length| usize::try_from(length).ok());
        let stop = length.and_then(|length| start.checked_add(length));
        let stop = stop.ok_or(broken("an item's `length` is not a number of bytes"))?;
        let payload = bytes.get(start..stop).ok_or(broken("an item is shorter than its length"))?;
        match bytes.get(stop) {
            None | Some(b'\n') => Ok(Self { kind, payload, end: stop.saturating_add(1) }),
            Some(_) => Err(broken("an item is longer than its length")),
        }
    }
}

/// The line that begins at `at`, and where the next begins.
fn line(bytes: &[u8], at: usize) -> (&[u8], usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
    (line, at.saturating_add(line.len()).saturating_add(1))
}

/// One event. Sentry lists the oldest cause first and the outermost frame first; we do the reverse.
pub(super) fn decode_event(bytes: &[u8]) -> Result<Event, DecodeError> {
    let value = parse(Format::SentryEvent, bytes)?;
    let id = json::text(&value, "/event_id").map(|id| id.replace('-', ""));
    Ok(Event {
        id: id.unwrap_or_else(|| derived_id(bytes)),
        timestamp: json::time(&value, "/timestamp"),
        platform: platform(&value),
        level: level(&value),
        exceptions: exceptions(&value)?,
        mechanism: mechanism(&value),
        release: json::text(&value, "/release"),
        commit: None,
        environment: json::text(&value, "/environment"),
        send: None,
    })
}

/// The Rust SDK says `native`, as do others.
fn platform(value: &Value) -> Option<String> {
    let sdk = json::text(value, "/sdk/name").unwrap_or_default();
    if sdk.starts_with("sentry.rust") || value.pointer("/contexts/rust").is_some() {
        return Some("rust".to_owned());
    }
    json::text(value, "/platform").map(|platform| match platform.as_str() {
        "javascript" => "node".to_owned(),
        _ => platform,
    })
}

fn level(value: &Value) -> Level {
    match json::text(value, "/level").as_deref() {
        Some("fatal") => Level::Fatal,
        Some("warning") => Level::Warning,
        Some("info" | "debug" | "log") => Level::Info,
        _ => Level::Error,
    }
}

fn mechanism(value: &Value) -> Option<Mechanism> {
    let mechanism = json::list(value, "/exception").last()?.get("mechanism")?;
    Some(Mechanism {
        kind: json::text(mechanism, "/type")?,
        handled: json::flag(mechanism, "/handled").unwrap_or(true),
        thread: json::list(value, "/threads").iter().find_map(|thread| json::text(thread, "/name")),
    })
}

fn exceptions(value: &Value) -> Result<Vec<Exception>, DecodeError> {
    let mut exceptions: Vec<_> =
        json::list(value, "/exception").iter().rev().map(exception).collect();
    if exceptions.is_empty() {
        exceptions.push(told(value)?);
    }
    let has_frames = exceptions.iter().any(|exception| !exception.frames.is_empty());
    if let Some(thrown) = exceptions.first_mut().filter(|_| !has_frames) {
        // The Rust SDK puts the stack of a captured error on the thread.
        thrown.frames = json::list(value, "/threads")
            .iter()
            .map(frames)
            .find(|f| !f.is_empty())
            .unwrap_or_default();
    }
    Ok(exceptions)
}

fn exception(value: &Value) -> Exception {
    Exception {
        kind: json::text(value, "/type").unwrap_or_else(|| "Error".to_owned()),
        message: json::text(value, "/value").unwrap_or_default(),
        frames: frames(value),
    }
}

/// An event that was told, not thrown.
fn told(value: &Value) -> Result<Exception, DecodeError> {
    let message = ["/logentry/formatted", "/logentry/message", "/message"]
        .into_iter()
        .find_map(|pointer| json::text(value, pointer));
    let missing = DecodeError::Missing { format: Format::SentryEvent, field: "exception.values" };
    let message = message.ok_or(missing)?;
    Ok(Exception { kind: "Message".to_owned(), message, frames: Vec::new() })
}

fn frames(value: &Value) -> Vec<Frame> {
    let frames = value.pointer("/stacktrace/frames").and_then(Value::as_array);
    frames.into_iter().flatten().rev().map(frame).collect()
}

fn frame(value: &Value) -> Frame {
    Frame {
        function: json::text(value, "/function"),
        file: json::text(value, "/abs_path").or_else(|| json::text(value, "/filename")),
        line: json::number(value, "/lineno"),
        column: json::number(value, "/colno"),
        in_app: json::flag(value, "/in_app"),
    }
}
