//! The one client of the process, while a guard is alive.

use std::cell::Cell;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use uuid::Uuid;

use crate::counts::Counters;
use crate::options::Settings;
use crate::queue::Queue;

static CURRENT: RwLock<Option<Arc<Client>>> = RwLock::new(None);

/// What captures and the worker share.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) settings: Settings,
    pub(crate) instance: Uuid,
    pub(crate) counters: Counters,
    pub(crate) queue: Queue,
}

thread_local! {
    /// Set on our own threads, and while this thread is inside a capture.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Waits until everything captured so far has been sent, at most `timeout`.
///
/// This blocks the calling thread; in async code, call it at the end or from a blocking task.
///
/// True if the agent has acknowledged all events. Without [`init`](crate::init) there is nothing to
/// wait for.
///
/// ```
/// bugstack::capture_message("about to exit");
/// bugstack::flush(std::time::Duration::from_millis(500));
/// ```
pub fn flush(timeout: Duration) -> bool {
    current().is_none_or(|client| client.queue.flush(timeout))
}

/// How many events were lost since [`init`](crate::init): the queue was full, or the agent could
/// not be reached.
///
/// ```
/// assert_eq!(bugstack::dropped(), 0);
/// ```
pub fn dropped() -> u64 {
    current().map_or(0, |client| client.queue.lost())
}

pub(crate) fn current() -> Option<Arc<Client>> {
    CURRENT.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Runs `act` on the client if there is one.
pub(crate) fn with<T>(act: impl FnOnce(&Client) -> T) {
    if let Some(client) = &*CURRENT.read().unwrap_or_else(PoisonError::into_inner) {
        act(client);
    }
}

/// Makes `client` the current one; false if there is one already.
pub(crate) fn install(client: &Arc<Client>) -> bool {
    let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    let free = current.is_none();
    if free {
        *current = Some(Arc::clone(client));
    }
    free
}

/// From here on nothing is captured.
pub(crate) fn remove(client: &Arc<Client>) {
    let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, client)) {
        *current = None;
    }
}

/// Marks a thread as ours: nothing that happens on it is captured.
pub(crate) fn silence_thread() {
    QUIET.set(true);
}

/// Runs a capture, unless this thread is ours or already inside one.
pub(crate) fn unless_quiet(capture: impl FnOnce(&Client)) {
    // During the end of a thread its locals are gone; then nothing is captured.
    let was_quiet = QUIET.try_with(|quiet| quiet.replace(true)).unwrap_or(true);
    if was_quiet {
        return;
    }
    let _speak_again = SpeakAgain;
    if let Some(client) = current() {
        capture(&client);
    }
}

/// Ends the quiet of a capture, however it ends.
struct SpeakAgain;

impl Drop for SpeakAgain {
    fn drop(&mut self) {
        let _ = QUIET.try_with(|quiet| quiet.set(false));
    }
}
