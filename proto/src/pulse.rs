//! How much an application does: the exposure that makes silence mean something.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Sent at start, each minute and at exit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    /// One running process.
    pub instance: Uuid,
    /// The name of the deployed version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The commit that the deployed version was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// `production`, `staging`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What happened since the last pulse of this instance.
    pub counts: Counts,
}

/// What a process did since its last pulse.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// WebSocket sends.
    pub sends: u64,
    /// Sends on a socket that was not open.
    pub sends_not_open: u64,
    /// WebSocket connections opened.
    pub connections: u64,
    /// HTTP requests served.
    pub requests: u64,
    /// Panics, or uncaught errors.
    pub panics: u64,
}
