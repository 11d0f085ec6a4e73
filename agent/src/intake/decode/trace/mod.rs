//! A stack trace as text: V8's, Rust's or Python's, as pasted from a terminal or a log.

mod header;
mod python;
mod rust;
mod v8;
mod v8_frame;

use bugstack_proto::{Event, Exception, Level, Mechanism};
use jiff::Timestamp;

use super::{DecodeError, derived_id};
use crate::intake::text;

pub(super) use python::parse as python;
pub(super) use v8::parse as v8;

/// Text without an id and a date: the id is the text's hash, the date 1970.
pub(super) fn decode(bytes: &[u8]) -> Result<Event, DecodeError> {
    let lossy = String::from_utf8_lossy(bytes);
    let text = text::strip_ansi(&lossy);
    let language = Language::of(&text);
    let exceptions = match language {
        Language::Node => v8(&text),
        Language::Rust => rust::parse(&text),
        Language::Python => python(&text),
    };
    if exceptions.is_empty() {
        return Err(DecodeError::NotATrace);
    }
    let (platform, level) = match language {
        Language::Node => ("node", Level::Error),
        Language::Rust => ("rust", Level::Fatal),
        Language::Python => ("python", Level::Error),
    };
    Ok(Event {
        id: derived_id(bytes),
        timestamp: Timestamp::UNIX_EPOCH,
        platform: Some(platform.to_owned()),
        level,
        exceptions,
        mechanism: (language == Language::Rust).then(|| Mechanism {
            kind: "panic".to_owned(),
            handled: false,
            thread: None,
        }),
        release: None,
        commit: None,
        environment: None,
        send: None,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Node,
    Rust,
    Python,
}

impl Language {
    fn of(text: &str) -> Self {
        if text.lines().any(|line| line.trim_end() == python::OPENING) {
            Self::Python
        } else if text.lines().any(|line| rust::Panic::opens(line).is_some()) {
            Self::Rust
        } else {
            Self::Node
        }
    }
}

/// `path:line:column` or `path:line`; the path may hold colons itself (`C:\…`, `node:…`).
fn location(text: &str) -> Option<(&str, u32, Option<u32>)> {
    let (rest, last) = split_number(text)?;
    match split_number(rest) {
        Some((path, line)) => Some((path, line, Some(last))),
        None => Some((rest, last, None)),
    }
}

fn split_number(text: &str) -> Option<(&str, u32)> {
    let (rest, number) = text.rsplit_once(':')?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !rest.is_empty()).then_some((rest, number.parse().ok()?))
}

/// An exception whose frames are still to be read.
fn exception(kind: &str, message: &str) -> Exception {
    Exception { kind: kind.to_owned(), message: message.trim_end().to_owned(), frames: Vec::new() }
}
