//! The time as the forge sees it, and how it waits: a test steps both.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// The longest exchange, from the first byte sent to the last one read.
const EXCHANGE: Duration = Duration::from_secs(30);

/// Reads the clock and waits.
#[derive(Clone)]
pub struct Timer {
    /// The longest exchange.
    pub exchange: Duration,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    wait: Arc<dyn Fn(Duration) + Send + Sync>,
}

impl Timer {
    /// The system's.
    pub fn system() -> Self {
        Self::new(Timestamp::now, std::thread::sleep)
    }

    /// Another clock, and what waiting means there.
    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        wait: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        Self { exchange: EXCHANGE, now: Arc::new(now), wait: Arc::new(wait) }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.now)()
    }

    pub(super) fn wait(&self, pause: Duration) {
        if !pause.is_zero() {
            (self.wait)(pause);
        }
    }
}
