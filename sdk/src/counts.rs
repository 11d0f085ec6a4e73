//! How much the service does: counted here, told by each pulse.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bugstack_proto::Counts;

use crate::client;

/// Counts an HTTP request that the service has answered.
pub fn count_request() {
    client::with(|client| client.counters.requests.fetch_add(1, Relaxed));
}

/// Counts a WebSocket connection that was opened.
pub fn count_connection() {
    client::with(|client| client.counters.connections.fetch_add(1, Relaxed));
}

/// Counts a WebSocket send.
pub fn count_send() {
    client::with(|client| client.counters.sends.fetch_add(1, Relaxed));
}

/// Counts a WebSocket send that failed because the socket was not open; it counts as a send too.
pub fn count_send_not_open() {
    client::with(|client| {
        client.counters.sends.fetch_add(1, Relaxed);
        client.counters.sends_not_open.fetch_add(1, Relaxed)
    });
}

/// What happened since the last pulse.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    sends: AtomicU64,
    sends_not_open: AtomicU64,
    connections: AtomicU64,
    requests: AtomicU64,
    pub(crate) panics: AtomicU64,
}

impl Counters {
    /// Takes the counts out.
    pub(crate) fn take(&self) -> Counts {
        Counts {
            sends: self.sends.swap(0, Relaxed),
            sends_not_open: self.sends_not_open.swap(0, Relaxed),
            connections: self.connections.swap(0, Relaxed),
            requests: self.requests.swap(0, Relaxed),
            panics: self.panics.swap(0, Relaxed),
        }
    }

    /// Puts counts back that did not arrive.
    pub(crate) fn put_back(&self, counts: &Counts) {
        self.sends.fetch_add(counts.sends, Relaxed);
        self.sends_not_open.fetch_add(counts.sends_not_open, Relaxed);
        self.connections.fetch_add(counts.connections, Relaxed);
        self.requests.fetch_add(counts.requests, Relaxed);
        self.panics.fetch_add(counts.panics, Relaxed);
    }
}
