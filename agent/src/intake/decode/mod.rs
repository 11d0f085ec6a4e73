//! Bytes to a wire event: which format it is, and one decoder for each.

mod bugstack;
mod json;
mod sentry;
mod trace;
mod wire;

use std::fmt;

use bugstack_proto::Event as WireEvent;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{normalise, text};
use crate::model::Event;

/// The longest input, in bytes. Sentry's own limit for one event is 1 MB; an envelope may carry
/// attachments beside it.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;

/// What an event may be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Ours, `bugstack_proto::Event`.
    Wire,
    /// The body that `bugstack-sdk` (npm, 2.0.2) posts.
    BugstackNpm,
    /// The body that `bugstack` (PyPI, 1.1.0) posts.
    BugstackPython,
    /// One Sentry event as JSON, the body of `/store/`.
    SentryEvent,
    /// A Sentry envelope, the body of `/envelope/`; compression is undone before.
    SentryEnvelope,
    /// A stack trace as V8, Rust or Python print it, with a log's prefixes or without.
    Trace,
}

/// Why bytes are not an event.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Nothing but white space.
    #[error(
        "the event is empty; give an event as JSON, a Sentry envelope, or a stack trace as text"
    )]
    Empty,
    /// More than [`MAX_BYTES`].
    #[error("the event has {size} bytes; send at most {MAX_BYTES}, without attachments")]
    TooLarge {
        /// Bytes of the input.
        size: usize,
    },
    /// Not JSON, or JSON of another shape. The cause names line and column.
    #[error("{format} cannot be read: {cause}; compare it with docs/wire.md")]
    Json {
        /// What it was taken for.
        format: Format,
        /// The parser's words, with line and column.
        cause: String,
    },
    /// Not a pulse. The cause names line and column.
    #[error("the pulse cannot be read: {cause}; compare it with docs/wire.md")]
    Pulse {
        /// The parser's words, with line and column.
        cause: String,
    },
    /// A field without which there is no event.
    #[error("{format} has no usable `{field}`; send the body as its client wrote it")]
    Missing {
        /// What it was taken for.
        format: Format,
        /// The path of the field.
        field: &'static str,
    },
    /// The framing of an envelope is broken.
    #[error(
        "the Sentry envelope is broken at byte {offset}: {cause}; send it uncompressed and whole"
    )]
    Envelope {
        /// Where the item begins, in bytes.
        offset: usize,
        /// What is wrong.
        cause: &'static str,
    },
    /// A well-formed envelope without an error event: sessions, reports, transactions. A server
    /// accepts and drops it.
    #[error(
        "the Sentry envelope holds no error event, only {items}; pick the envelope whose item type is `event`"
    )]
    NoEvent {
        /// Types of the items.
        items: String,
    },
    /// JSON of an unknown shape.
    #[error(
        "this JSON is no event: its keys are {keys}; an event has `exceptions` (BugStack wire), \
         `error` (a BugStack client) or `exception` (Sentry)"
    )]
    Unrecognised {
        /// The first keys.
        keys: String,
    },
    /// Text that holds no stack trace.
    #[error(
        "no stack trace in the text: no line reads `Name: message` followed by `    at …`, no \
         `panicked at`, no `Traceback`; paste the error's header with its frames"
    )]
    NotATrace,
    /// An event that says nothing of what went wrong.
    #[error("the event has no exception; send at least one in `exceptions`, with a type")]
    NoException,
}

impl DecodeError {
    pub(super) fn pulse(error: &serde_json::Error) -> Self {
        Self::Pulse { cause: text::line(&error.to_string(), 300) }
    }
}

/// Tells the format by looking, decodes and normalises.
///
/// # Errors
/// See [`DecodeError`].
pub fn read(bytes: &[u8]) -> Result<(Format, Event), DecodeError> {
    let format = recognise(bytes)?;
    Ok((format, normalise(decode(format, bytes)?)?))
}

/// Decodes bytes whose format is known. Nothing is bounded yet but the size of the input.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(format: Format, bytes: &[u8]) -> Result<WireEvent, DecodeError> {
    let bytes = checked(bytes)?;
    match format {
        Format::Wire => wire::decode(bytes),
        Format::BugstackNpm => bugstack::decode_npm(bytes),
        Format::BugstackPython => bugstack::decode_python(bytes),
        Format::SentryEvent => sentry::decode_event(bytes),
        Format::SentryEnvelope => sentry::decode_envelope(bytes),
        Format::Trace => trace::decode(bytes),
    }
}

pub(super) fn checked(bytes: &[u8]) -> Result<&[u8], DecodeError> {
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::TooLarge { size: bytes.len() });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() { Err(DecodeError::Empty) } else { Ok(bytes) }
}

fn recognise(bytes: &[u8]) -> Result<Format, DecodeError> {
    let bytes = checked(bytes)?.trim_ascii_start();
    if bytes.first() != Some(&b'{') {
        return Ok(Format::Trace);
    }
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => recognise_json(&value),
        Err(_) if begins_envelope(bytes) => Ok(Format::SentryEnvelope),
        Err(error) => Err(json_error(Format::Wire, &error)),
    }
}

fn begins_envelope(bytes: &[u8]) -> bool {
    let mut lines = bytes.splitn(2, |&byte| byte == b'\n');
    let header = lines.next().and_then(|line| serde_json::from_slice::<Value>(line).ok());
    header.is_some_and(|header| header.is_object()) && lines.next().is_some()
}

fn recognise_json(value: &Value) -> Result<Format, DecodeError> {
    let has = |key| value.get(key).is_some();
    if has("exceptions") {
        Ok(Format::Wire)
    } else if value.pointer("/error/stackTrace").is_some() {
        Ok(Format::BugstackPython)
    } else if value.get("error").is_some_and(Value::is_object) {
        Ok(Format::BugstackNpm)
    } else if ["exception", "event_id", "logentry", "threads"].into_iter().any(has) {
        Ok(Format::SentryEvent)
    } else {
        Err(DecodeError::Unrecognised { keys: keys(value) })
    }
}

fn keys(value: &Value) -> String {
    let keys = value.as_object().into_iter().flat_map(|object| object.keys().take(8));
    let keys: Vec<String> = keys.map(|key| format!("`{}`", text::line(key, 40))).collect();
    if keys.is_empty() { "none".to_owned() } else { keys.join(", ") }
}

fn json_error(format: Format, error: &serde_json::Error) -> DecodeError {
    DecodeError::Json { format, cause: text::line(&error.to_string(), 300) }
}

fn parse(format: Format, bytes: &[u8]) -> Result<Value, DecodeError> {
    serde_json::from_slice(bytes).map_err(|error| json_error(format, &error))
}

/// An id for a body that brings none: the same bytes, sent again, are the same event.
fn derived_id(bytes: &[u8]) -> String {
    let digest = hex::encode(Sha256::digest(bytes));
    format!("sha256-{}", digest.get(..32).unwrap_or(&digest))
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wire => "the BugStack event",
            Self::BugstackNpm => "the payload of the BugStack client for Node",
            Self::BugstackPython => "the payload of the BugStack client for Python",
            Self::SentryEvent => "the Sentry event",
            Self::SentryEnvelope => "the Sentry envelope",
            Self::Trace => "the stack trace",
        })
    }
}
