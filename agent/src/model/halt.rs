//! Why a stage did not find more.

use bugstack_patch::Refusal;
use jiff::Timestamp;

/// Why a stage did not find more.
#[derive(Debug)]
pub enum Halt {
    /// No patch, because …: an answer, stored and shown.
    Refused(Refusal),
    /// Not now, because …: the worker tries the stage again at this time; it does not count as an
    /// attempt.
    Wait {
        /// When to try again.
        until: Timestamp,
        /// What is waited for.
        why: String,
    },
    /// Our own failure: the worker tries the stage again, a limited number of times.
    Fault(anyhow::Error),
}

impl Halt {
    /// A refusal with its reason.
    pub fn refused(code: &str, explanation: impl Into<String>) -> Self {
        Self::Refused(Refusal::new(code, explanation))
    }
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<anyhow::Error> for Halt {
    fn from(error: anyhow::Error) -> Self {
        Self::Fault(error)
    }
}

impl From<std::io::Error> for Halt {
    fn from(error: std::io::Error) -> Self {
        Self::Fault(error.into())
    }
}
