//! The forge's clock: the machine's, until a test moves or stops it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Says what time it is on the fake, in whole seconds. Clones are the same clock.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    stopped_at: Option<Timestamp>,
    ahead: SignedDuration,
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let base = state.stopped_at.unwrap_or_else(Timestamp::now);
        let now = base.checked_add(state.ahead).unwrap_or(base);
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.ahead = state.ahead.saturating_add(by);
    }

    /// From now on only [`Self::advance`] moves it.
    pub fn stop_at(&self, instant: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            State { stopped_at: Some(instant), ahead: SignedDuration::ZERO };
    }
}
