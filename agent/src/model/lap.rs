//! Where a repair's time goes, so that the agent's own share can be told from the project's.

use serde::{Deserialize, Serialize};

/// What the project's own tools take. Everything else is the agent's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The package manager.
    Install,
    /// Type check and build.
    Build,
    /// The project's tests and ours.
    Tests,
}

/// One run of one of the project's tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lap {
    /// What it was for: `baseline and red`.
    pub name: String,
    /// Whose time it is.
    pub phase: Phase,
    /// Milliseconds.
    pub ms: u64,
}

/// The sum of a phase, milliseconds. Runs beside each other count once each.
pub fn spent(laps: &[Lap], phase: Phase) -> u64 {
    laps.iter().filter(|lap| lap.phase == phase).map(|lap| lap.ms).sum()
}
