//! One occurrence of an error, checked and bounded.

use bugstack_proto as wire;
use serde::{Deserialize, Serialize};

pub use wire::SendFailure;

/// One occurrence of an error. Made only by `intake`, which has bounded every text in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Event(wire::Event);

impl Event {
    /// Wraps what `intake::normalise` has bounded.
    pub(crate) fn normalised(event: wire::Event) -> Self {
        Self(event)
    }

    /// The exception that was thrown, before its causes.
    pub fn thrown(&self) -> Option<&wire::Exception> {
        self.0.exceptions.first()
    }
}

impl std::ops::Deref for Event {
    type Target = wire::Event;

    fn deref(&self) -> &wire::Event {
        &self.0
    }
}
