//! What production has shown of an issue, release by release.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What production has shown of an issue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Production {
    /// The issue is about sends on a WebSocket.
    pub send: bool,
    /// Every release of the project in each of its environments.
    pub releases: Vec<ReleaseSeen>,
}

/// One release in one environment: how often the issue was seen there, and how much it did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseSeen {
    /// The commit that it was built from, as it was sent: full or abbreviated.
    pub commit: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// `production`, `staging`, …
    pub environment: Option<String>,
    /// The events.
    pub events: u64,
    /// Those of them that came while the release also sent pulses: only they make a rate.
    pub measured: u64,
    /// How much it did; none without a pulse.
    pub exposure: Option<Exposure>,
}

/// How much a release did, from its pulses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// The first pulse's arrival.
    pub since: Timestamp,
    /// The newest pulse's arrival.
    pub until: Timestamp,
    /// WebSocket sends.
    pub sends: u64,
    /// WebSocket connections opened.
    pub connections: u64,
    /// HTTP requests served.
    pub requests: u64,
    /// Time between pulses, summed over instances, milliseconds.
    pub running_ms: u64,
}

/// What exposure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// WebSocket sends.
    Sends,
    /// WebSocket connections opened.
    Connections,
    /// HTTP requests served.
    Requests,
    /// Hours that instances ran.
    Hours,
}

impl Unit {
    /// How it is named beside a number.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sends => "sends",
            Self::Connections => "connections",
            Self::Requests => "requests",
            Self::Hours => "instance-hours",
        }
    }
}
