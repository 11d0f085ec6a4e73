//! A foreign event made safe and uniform: every text and list bounded, paths and names in one
//! form, and what the error's own words say about a failed send filled in.

mod frame;
mod release;
mod send;

use bugstack_proto::{Event as WireEvent, Exception, Frame, Mechanism};
use sha2::{Digest, Sha256};

pub(super) use self::release::commit;
use super::{DecodeError, text};
use crate::model::Event;

/// The longest id, in bytes; a longer one, or one with other characters than `[A-Za-z0-9._:-]`,
/// is replaced by its hash.
pub const ID_BYTES: usize = 64;
/// The longest message, in bytes (Sentry's limit too).
pub const MESSAGE_BYTES: usize = 8_192;
/// The longest name of a type, in bytes.
pub const KIND_BYTES: usize = 256;
/// The most exceptions of a chain; the innermost causes beyond are dropped.
pub const EXCEPTIONS: usize = 10;
/// The most frames of an exception; the middle is dropped, since a runaway recursion repeats there.
pub const FRAMES: usize = 250;
/// The longest name of a function, in bytes.
pub const FUNCTION_BYTES: usize = 512;
/// The longest path, in bytes; a longer one is dropped, since a cut path is another file.
pub const FILE_BYTES: usize = 1_024;
/// The longest name of a release, in bytes.
pub const RELEASE_BYTES: usize = 256;
/// The longest name of an environment, in bytes.
pub const ENVIRONMENT_BYTES: usize = 64;
/// The longest name of a platform, in bytes.
pub const PLATFORM_BYTES: usize = 32;
/// The longest name of a mechanism, and of a thread, in bytes.
pub const MECHANISM_BYTES: usize = 128;

/// Of [`FRAMES`], how many are the outermost ones.
const OUTER_FRAMES: usize = 50;

/// Checks and bounds an event.
///
/// # Errors
/// [`DecodeError::NoException`] if it says nothing of what went wrong.
pub fn normalise(event: WireEvent) -> Result<Event, DecodeError> {
    let exceptions: Vec<Exception> =
        event.exceptions.into_iter().take(EXCEPTIONS).map(exception).collect();
    if exceptions.is_empty() {
        return Err(DecodeError::NoException);
    }
    let platform = event.platform.and_then(|text| word(&text, PLATFORM_BYTES));
    let may_be_ws = platform.as_deref().is_none_or(|platform| platform == "node");
    let told = || may_be_ws.then(|| send::told_by(&exceptions)).flatten();
    let release = event.release.and_then(|text| word(&text, RELEASE_BYTES));
    Ok(Event::normalised(WireEvent {
        id: id(event.id),
        timestamp: event.timestamp,
        platform,
        level: event.level,
        mechanism: event.mechanism.map(mechanism),
        commit: commit(event.commit.as_deref(), release.as_deref()),
        release,
        environment: event.environment.and_then(|text| word(&text, ENVIRONMENT_BYTES)),
        send: event.send.and_then(send::checked).or_else(told),
        exceptions,
    }))
}

fn id(id: String) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    if (1..=ID_BYTES).contains(&id.len()) && id.bytes().all(plain) {
        return id;
    }
    let digest = hex::encode(Sha256::digest(id.as_bytes()));
    format!("id-{}", digest.get(..32).unwrap_or(&digest))
}

fn mechanism(mechanism: Mechanism) -> Mechanism {
    Mechanism {
        kind: text::line(&mechanism.kind, MECHANISM_BYTES),
        handled: mechanism.handled,
        thread: mechanism.thread.and_then(|name| word(&name, MECHANISM_BYTES)),
    }
}

fn exception(exception: Exception) -> Exception {
    Exception {
        kind: word(&exception.kind, KIND_BYTES).unwrap_or_else(|| "Error".to_owned()),
        message: text::block(&exception.message, MESSAGE_BYTES),
        frames: frames(exception.frames),
    }
}

fn frames(mut frames: Vec<Frame>) -> Vec<Frame> {
    if frames.len() > FRAMES {
        frames.drain(FRAMES - OUTER_FRAMES..frames.len() - OUTER_FRAMES);
    }
    frames.into_iter().map(frame::normalise).collect()
}

/// A name in one line; nothing if it is empty.
pub(super) fn word(text: &str, max_bytes: usize) -> Option<String> {
    Some(text::line(text, max_bytes)).filter(|text| !text.is_empty())
}
