//! From an error to a draft of an event, on the thread where the error is.

use std::error::Error;
use std::panic::Location;

use bugstack_proto::{Event, Exception, Level, Mechanism, Outcome, SendFailure};
use jiff::Timestamp;
use uuid::Uuid;

use crate::bounded::{self, KIND_BYTES, MESSAGE_BYTES};
use crate::client::unless_quiet;
use crate::counts::count_send_not_open;
use crate::options::Settings;
use crate::queue::Item;
use crate::stack::Stack;

/// The most causes that are followed: a chain may be a circle.
const CAUSES: usize = 9;

/// Reports an error that the program has caught, with its causes and the stack.
///
/// ```
/// let missing = std::fs::read("/does/not/exist").unwrap_err();
/// bugstack::capture_error(&missing);
/// ```
#[track_caller]
pub fn capture_error<E: Error + ?Sized>(error: &E) {
    let place = Location::caller();
    unless_quiet(|client| {
        let draft = Draft {
            exceptions: chain(error),
            ..Draft::now(Level::Error, "capture_error", Stack::here(Some(place)))
        };
        client.queue.push(Item::Event(Box::new(draft)));
    });
}

/// What a socket was when a send on it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketState {
    /// Its handshake is not finished.
    Connecting,
    /// One side has begun to close it.
    Closing,
    /// It is closed.
    Closed,
}

/// Reports a WebSocket send that failed because the socket was not open, and counts it as
/// [`count_send_not_open`](crate::count_send_not_open) does.
///
/// Which state an error means is the library's to say: with `tungstenite`, `ConnectionClosed` and
/// `AlreadyClosed` are [`SocketState::Closed`], `Protocol(SendAfterClosing)` is
/// [`SocketState::Closing`].
///
/// ```
/// let gone = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
/// bugstack::capture_send_error(&gone, bugstack::SocketState::Closed);
/// ```
#[track_caller]
pub fn capture_send_error<E: Error + ?Sized>(error: &E, state: SocketState) {
    let place = Location::caller();
    count_send_not_open();
    unless_quiet(|client| {
        let draft = Draft {
            exceptions: chain(error),
            send: Some(failure(state)),
            ..Draft::now(Level::Error, "capture_send_error", Stack::here(Some(place)))
        };
        client.queue.push(Item::Event(Box::new(draft)));
    });
}

/// Numbers as in the WebSocket API of browsers.
fn failure(state: SocketState) -> SendFailure {
    SendFailure {
        ready_state: match state {
            SocketState::Connecting => 0,
            SocketState::Closing => 2,
            SocketState::Closed => 3,
        },
        outcome: Outcome::Thrown,
        closed_for_ms: None,
        buffered_amount: None,
        close_code: None,
    }
}

/// Reports that something happened, with the stack.
///
/// ```
/// bugstack::capture_message("the cache was rebuilt");
/// ```
#[track_caller]
pub fn capture_message(message: &str) {
    let place = Location::caller();
    unless_quiet(|client| {
        let draft = Draft {
            exceptions: vec![exception("Message", format_args!("{message}"))],
            ..Draft::now(Level::Info, "capture_message", Stack::here(Some(place)))
        };
        client.queue.push(Item::Event(Box::new(draft)));
    });
}

/// An event whose stack has no names yet.
#[derive(Debug)]
pub(crate) struct Draft {
    id: Uuid,
    timestamp: Timestamp,
    level: Level,
    mechanism: Mechanism,
    exceptions: Vec<Exception>,
    send: Option<SendFailure>,
    stack: Stack,
}

impl Draft {
    /// A draft without exceptions.
    pub(crate) fn now(level: Level, mechanism: &str, stack: Stack) -> Self {
        Self {
            id: Uuid::now_v7(),
            timestamp: Timestamp::now(),
            level,
            mechanism: Mechanism {
                kind: mechanism.to_owned(),
                handled: true,
                thread: thread_name(),
            },
            exceptions: Vec::new(),
            send: None,
            stack,
        }
    }

    /// A draft of a panic; nobody has handled it.
    pub(crate) fn of_panic(message: &str, stack: Stack) -> Self {
        let draft = Self::now(Level::Fatal, "panic", stack);
        Self {
            exceptions: vec![exception("panic", format_args!("{message}"))],
            mechanism: Mechanism { handled: false, ..draft.mechanism },
            ..draft
        }
    }

    /// Looks the stack's names up and adds what the host says about itself.
    pub(crate) fn finish(self, settings: &Settings) -> Event {
        let mut exceptions = self.exceptions;
        if let Some(thrown) = exceptions.first_mut() {
            thrown.frames = self.stack.named();
        }
        Event {
            id: self.id.simple().to_string(),
            timestamp: self.timestamp,
            platform: Some("rust".to_owned()),
            level: self.level,
            exceptions,
            mechanism: Some(self.mechanism),
            release: settings.release.clone(),
            // The agent finds the commit in the release.
            commit: None,
            environment: settings.environment.clone(),
            send: self.send,
        }
    }
}

fn thread_name() -> Option<String> {
    let name = std::thread::current().name().map(str::to_owned)?;
    Some(bounded::format(format_args!("{name}"), KIND_BYTES))
}

/// The error and its causes, each the cause of the one before.
fn chain<E: Error + ?Sized>(error: &E) -> Vec<Exception> {
    let name = std::any::type_name::<E>();
    // Of a trait object only its `Debug` knows the type.
    let kind = if name.starts_with("dyn ") { debug_name(error) } else { name.to_owned() };
    let mut exceptions = vec![exception(&kind, format_args!("{error}"))];
    let mut cause = error.source();
    while let Some(error) = cause.filter(|_| exceptions.len() <= CAUSES) {
        exceptions.push(exception(&debug_name(error), format_args!("{error}")));
        cause = error.source();
    }
    exceptions
}

/// The name that a derived `Debug` begins with: `Os`, `ParseIntError`.
fn debug_name<E: Error + ?Sized>(error: &E) -> String {
    let text = bounded::format(format_args!("{error:?}"), KIND_BYTES);
    let is_name = |char: char| char.is_alphanumeric() || char == '_';
    let end = text.find(|char| !is_name(char)).unwrap_or(text.len());
    let name = text.get(..end).unwrap_or_default();
    if name.is_empty() { "Error".to_owned() } else { name.to_owned() }
}

fn exception(kind: &str, message: std::fmt::Arguments<'_>) -> Exception {
    Exception {
        kind: bounded::format(format_args!("{kind}"), KIND_BYTES),
        message: bounded::format(message, MESSAGE_BYTES),
        frames: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]
    use std::fmt;

    use super::*;

    /// Its own cause, with words that never end.
    struct Endless;

    impl Error for Endless {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&Endless)
        }
    }

    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                f.write_str("again ")?;
            }
        }
    }

    impl fmt::Debug for Endless {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }

    #[test]
    fn an_error_has_its_type_and_its_causes() {
        let number = "x".parse::<i32>().unwrap_err();
        let outer = std::io::Error::other(number);
        let read: Vec<_> = chain(&outer).into_iter().map(|e| (e.kind, e.message)).collect();
        let words = "invalid digit found in string".to_owned();
        assert_eq!(read[0], ("std::io::error::Error".to_owned(), words));
        let boxed: Box<dyn Error> = Box::new("x".parse::<i32>().unwrap_err());
        assert_eq!(chain(&*boxed)[0].kind, "ParseIntError");
    }

    #[test]
    fn a_hostile_error_is_bounded() {
        let exceptions = chain(&Endless);
        assert_eq!(exceptions.len(), CAUSES + 1);
        assert!(exceptions.iter().all(|exception| exception.message.len() <= MESSAGE_BYTES));
        assert_eq!(exceptions[1].kind, "Error");
    }

    #[test]
    fn the_stack_begins_at_the_caller() {
        let place = Location::caller();
        let line = line!() + 1;
        let draft = Draft::now(Level::Info, "test", Stack::here(Some(here())));
        let frames = draft.stack.named();
        assert_eq!(frames[0].line, Some(line));
        assert!(frames[0].file.as_deref().unwrap().ends_with(place.file()));
    }

    #[track_caller]
    fn here() -> &'static Location<'static> {
        Location::caller()
    }
}
