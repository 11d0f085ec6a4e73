//! "No patch, because …": a value, not an error.

use serde::{Deserialize, Serialize};

/// Why nothing was changed. The code is stable; the explanation is for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Kebab case, the same in CLI, API and pages: `already-guarded`.
    pub code: String,
    /// Cause, place and, where there is one, the remedy.
    pub explanation: String,
}

impl Refusal {
    /// A refusal with its reason.
    pub fn new(code: impl Into<String>, explanation: impl Into<String>) -> Self {
        Self { code: code.into(), explanation: explanation.into() }
    }
}
