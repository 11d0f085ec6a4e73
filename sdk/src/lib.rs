//! Reports panics and errors of a Rust service to a BugStack agent, and tells it how much the
//! service does.
//!
//! ```no_run
//! // First in `main`. Reads BUGSTACK_API_KEY, _ENDPOINT, _RELEASE and _ENVIRONMENT; without a key
//! // it does nothing. At the end of `main` the guard waits for what is still queued, two seconds
//! // at most.
//! let _guard = bugstack::init(bugstack::Options::default());
//!
//! if let Err(error) = std::fs::read("settings.toml") {
//!     bugstack::capture_error(&error);
//! }
//! ```
//!
//! # A good guest
//!
//! - A captured error costs the caller a walk of the stack and a place in a bounded queue; names
//!   are looked up and requests are made on a thread of its own. A full queue drops and counts.
//!   Once in the life of a process, while the debug information is loaded for the first stack, a
//!   second capture may have to wait for that.
//! - Every wait has one deadline. Nothing here panics, and no `unsafe` is used.
//! - The panic hook that was there before still runs, last.
//! - Sent are the error's words, its causes, the stack, and what [`Options`] says; no variables,
//!   no requests, no environment.
//!
//! `std::process::exit` and signals end a process without asking anyone: call [`flush`] before.
//! For file and line in a release build set `debug = "line-tables-only"` in its profile; the
//! place of a panic and of [`capture_error`] is known without.

#![forbid(unsafe_code)]

mod bounded;
mod capture;
mod client;
mod counts;
mod guard;
mod options;
mod panic;
mod queue;
mod stack;
mod transport;
mod worker;

pub use capture::{SocketState, capture_error, capture_message, capture_send_error};
pub use client::{dropped, flush};
pub use counts::{count_connection, count_request, count_send, count_send_not_open};
pub use guard::Guard;
pub use options::Options;

/// Starts reporting. Keep the guard: reporting ends where it is dropped.
///
/// Without an API key, or while an earlier guard is alive, the guard does nothing. A bad endpoint
/// does nothing either: what cannot be sent is counted by [`dropped`].
///
/// ```
/// // There is no key here, so nothing is sent.
/// let guard = bugstack::init(bugstack::Options {
///     endpoint: Some("http://127.0.0.1:7717".to_owned()),
///     release: Some("chat@1.2.0+ce082b9a1f".to_owned()),
///     ..bugstack::Options::default()
/// });
/// bugstack::capture_message("started");
/// assert!(guard.close(std::time::Duration::from_secs(2)));
/// ```
#[must_use = "reporting ends where the guard is dropped"]
pub fn init(options: Options) -> Guard {
    options.settings().map_or_else(Guard::inert, Guard::start)
}
