//! Collects what the project's own tools take.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::{Lap, Phase};

/// Collects the laps of one repair.
#[derive(Debug, Default)]
pub struct Stopwatch(Mutex<Vec<Lap>>);

impl Stopwatch {
    /// Books a run.
    pub fn add(&self, name: &str, phase: Phase, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let mut laps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        laps.push(Lap { name: name.to_owned(), phase, ms });
    }

    /// What was booked so far, in the order of the ends.
    pub fn laps(&self) -> Vec<Lap> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
