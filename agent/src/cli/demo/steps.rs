//! The article's 18 steps: who did each, and how long it took.

use serde::Serialize;

use super::watch::Ended;
use crate::model::Lap;

/// One of the 18 steps.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) number: u8,
    pub(super) name: &'static str,
    pub(super) by: &'static str,
    /// None where the step is not part of this demo, or is done inside its neighbour.
    pub(super) ms: Option<u64>,
}

/// The steps of a repair that has ended; `noticed` is the time from the failing send to the
/// repair's begin.
pub(super) fn of(ended: &Ended, noticed: Option<u64>) -> Vec<Step> {
    let stage = |name: &str| ended.stage_ms(name);
    let laps = Laps(&ended.proposal.laps);
    let rows: [(&str, &str, Option<u64>); 18] = [
        ("notice the error", "bugstack-sdk, then intake", noticed),
        ("read the stack trace", "intake, with 1", None),
        ("identify file and line", "locate, by the frames in the commit", stage("locate")),
        ("open the file", "locate, with 3", None),
        ("read the code around it", "diagnose, with 7", None),
        ("reproduce the error", "verify: the new test is red", laps.named("baseline and red")),
        ("identify the root cause", "diagnose, by template", stage("diagnose")),
        ("write the fix", "patch, by template", stage("patch")),
        ("run the test suite", "verify: baseline, with 6", None),
        ("fix failing tests", "verify: candidates that break tests are dropped", laps.dropped()),
        ("write new tests", "verify, by template, with 6", None),
        ("run the full suite again", "verify: suite, types, necessity", laps.winner()),
        ("create a branch", "propose, with 15", None),
        ("commit and push", "propose, with 15", None),
        ("open a pull request", "propose, at the local forge", stage("propose")),
        ("wait for review", "you: the merge button; not in this demo yet", None),
        ("merge and deploy", "you; not in this demo yet", None),
        ("confirm in production", "follow; not in this demo yet", None),
    ];
    let numbered = (1..).zip(rows);
    numbered.map(|(number, (name, by, ms))| Step { number, name, by, ms }).collect()
}

struct Laps<'a>(&'a [Lap]);

impl Laps<'_> {
    fn named(&self, name: &str) -> Option<u64> {
        self.0.iter().find(|lap| lap.name == name).map(|lap| lap.ms)
    }

    /// What candidates cost that were not the last to run the suite.
    fn dropped(&self) -> Option<u64> {
        Some(self.0[self.first_green()..self.last_green()].iter().map(|lap| lap.ms).sum())
    }

    fn winner(&self) -> Option<u64> {
        Some(self.0[self.last_green()..].iter().map(|lap| lap.ms).sum())
    }

    fn first_green(&self) -> usize {
        self.0.iter().position(|lap| lap.name == "green").unwrap_or(self.0.len())
    }

    fn last_green(&self) -> usize {
        self.0.iter().rposition(|lap| lap.name == "green").unwrap_or(self.0.len())
    }
}
