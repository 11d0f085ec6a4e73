//! The life of the reporting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::client::{self, Client};
use crate::counts::Counters;
use crate::options::Settings;
use crate::queue::{Item, Queue};
use crate::{panic, worker};

/// Reporting ends where this is dropped, after at most
/// [`Options::shutdown_timeout`](crate::Options::shutdown_timeout).
#[derive(Debug)]
#[must_use = "reporting ends where the guard is dropped"]
pub struct Guard {
    active: Option<Active>,
}

#[derive(Debug)]
struct Active {
    client: Arc<Client>,
    /// The worker ends when this is dropped.
    stop: oneshot::Sender<()>,
}

impl Guard {
    /// A guard that does nothing.
    pub(crate) fn inert() -> Self {
        Self { active: None }
    }

    /// Starts the worker, installs the panic hook and sends the first pulse.
    pub(crate) fn start(settings: Settings) -> Self {
        let client = Arc::new(Client {
            instance: Uuid::now_v7(),
            counters: Counters::default(),
            queue: Queue::new(settings.queue),
            settings,
        });
        if !client::install(&client) {
            return Self::inert();
        }
        let (stop, stopped) = oneshot::channel();
        if worker::start(Arc::clone(&client), stopped).is_err() {
            client::remove(&client);
            return Self::inert();
        }
        panic::install();
        client.queue.push(Item::Pulse);
        Self { active: Some(Active { client, stop }) }
    }

    /// Whether anything is reported: there is a key, and no other guard is alive.
    ///
    /// ```
    /// // No key, no reports.
    /// assert!(!bugstack::init(bugstack::Options::default()).is_active());
    /// ```
    pub fn is_active(&self) -> bool {
        self.active.is_some()
    }

    /// Sends the last pulse and what is still queued, and ends the reporting, in at most `timeout`.
    ///
    /// True if the agent has acknowledged all events.
    pub fn close(mut self, timeout: Duration) -> bool {
        self.active.take().is_none_or(|active| active.close(timeout))
    }
}

impl Active {
    fn close(self, timeout: Duration) -> bool {
        let started = Instant::now();
        client::remove(&self.client);
        let sent = self.client.queue.flush(timeout);
        // Last, so that it also counts what was under way.
        self.client.queue.push(Item::Pulse);
        let left = timeout.saturating_sub(started.elapsed());
        let told = self.client.queue.flush(left);
        self.client.queue.abandon();
        drop(self.stop);
        sent && told
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(active) = self.active.take() {
            let timeout = active.client.settings.shutdown_timeout;
            active.close(timeout);
        }
    }
}
