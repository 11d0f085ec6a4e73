//! Why a forge did not do what it was asked; each kind says what comes next.

use jiff::Timestamp;

use crate::model::Halt;

/// Why a forge did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// Not now: a rate limit or an outage. To be asked again at this time.
    #[error("{why}; asking again at {until}")]
    Later {
        /// When to ask again.
        until: Timestamp,
        /// What the forge said.
        why: String,
    },
    /// Never, with these credentials.
    #[error("{why}; {remedy}")]
    Denied {
        /// What was denied.
        why: String,
        /// What the operator can do.
        remedy: String,
    },
    /// There is no such repository, proposal or branch, or it cannot be seen.
    #[error("there is no {0}")]
    Missing(String),
    /// A branch or head is not where it was expected: somebody else moved it.
    #[error("`{branch}` is at {found}, not where we left it: somebody changed it")]
    Moved {
        /// Which branch.
        branch: String,
        /// What it points at; a word when it is gone.
        found: String,
    },
    /// The forge's own rules forbid it.
    #[error("the forge refused: {0}")]
    Rejected(String),
    /// The connection, the forge or git failed in a way that may pass.
    #[error(transparent)]
    Fault(#[from] anyhow::Error),
}

impl From<ForgeError> for Halt {
    fn from(error: ForgeError) -> Self {
        match error {
            ForgeError::Later { until, why } => Self::Wait { until, why },
            ForgeError::Denied { .. } => Self::refused("forge-denied", error.to_string()),
            ForgeError::Rejected(_) => Self::refused("forge-rejected", error.to_string()),
            ForgeError::Moved { .. } => Self::refused("branch-edited", error.to_string()),
            ForgeError::Missing(_) | ForgeError::Fault(_) => Self::Fault(error.into()),
        }
    }
}
