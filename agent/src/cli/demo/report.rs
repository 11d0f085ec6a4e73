//! What the demo says at the end: one JSON object, or a table, a diff and an address.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::Serialize;

use super::app::App;
use super::processes::Agent;
use super::steps::{self, Step};
use super::watch::Ended;
use crate::model::{Phase, Proof, spent};

/// The JSON of `demo`; its fields are a public contract.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    outcome: &'static str,
    repository: String,
    base: String,
    commit: String,
    branch: String,
    pull_request: String,
    proof: Proof,
    steps: Vec<Step>,
    timings_ms: Timings,
    #[serde(skip)]
    diff: String,
}

/// Milliseconds. `repair` runs from the failing send to the open proposal and is the sum of the
/// four below it; the application's own set-up stands beside it.
#[derive(Debug, Serialize)]
struct Timings {
    total: u64,
    setup: u64,
    repair: u64,
    agent: u64,
    install: u64,
    build: u64,
    tests: u64,
}

impl Report {
    pub(super) fn new(
        app: &App,
        agent: &Agent,
        ended: &Ended,
        failed_at: Timestamp,
        start: Instant,
    ) -> Result<Self> {
        let proposal = &ended.proposal;
        let first = ended.issue.repairs.first().and_then(|repair| repair.stages.first());
        let noticed = first.map(|stage| between(failed_at, stage.started));
        let repository = app.repository().to_str().context("the folder's name is not UTF-8")?;
        Ok(Self {
            outcome: "proposed",
            repository: repository.to_owned(),
            base: proposal.base.clone(),
            commit: proposal.commit.clone(),
            branch: proposal.branch.clone(),
            pull_request: format!("{}/proposals/{}", agent.url(), proposal.id),
            proof: proposal.proof.clone(),
            steps: steps::of(ended, noticed),
            timings_ms: timings(ended, failed_at, start.elapsed()),
            diff: proposal.diff.clone(),
        })
    }

    /// The same for a person.
    pub(super) fn told(&self, kept: bool) -> String {
        let mut text = self.diff.clone();
        let _ = writeln!(text, "\n  #  step                       ms  by");
        for step in &self.steps {
            let ms = step.ms.map_or_else(|| "·".to_owned(), |ms| ms.to_string());
            let _ = writeln!(text, " {:>2}  {:<24} {ms:>6}  {}", step.number, step.name, step.by);
        }
        let t = &self.timings_ms;
        let _ = writeln!(
            text,
            "\nFrom the failing send to the open proposal: {}. Of that the agent itself took {}; \
             npm {}, type check {}, tests {}.\nWith the application's own installation and build: \
             {}.",
            seconds(t.repair),
            seconds(t.agent),
            seconds(t.install),
            seconds(t.build),
            seconds(t.tests),
            seconds(t.total)
        );
        let _ = writeln!(
            text,
            "\nRepository {}\nBranch     {} at {}",
            self.repository,
            self.branch,
            &self.commit[..12.min(self.commit.len())]
        );
        let _ = match kept {
            true => writeln!(text, "Proposal   {}", self.pull_request),
            false => {
                writeln!(text, "Proposal   run with --keep to see its page while the agent runs")
            }
        };
        text
    }
}

fn timings(ended: &Ended, failed_at: Timestamp, total: Duration) -> Timings {
    let laps = &ended.proposal.laps;
    let [install, build, tests] =
        [Phase::Install, Phase::Build, Phase::Tests].map(|phase| spent(laps, phase));
    let total = u64::try_from(total.as_millis()).unwrap_or(u64::MAX);
    let repair = between(failed_at, ended.at());
    Timings {
        total,
        setup: total.saturating_sub(repair),
        repair,
        agent: repair.saturating_sub(install + build + tests),
        install,
        build,
        tests,
    }
}

/// Milliseconds; nothing when the clock stood still or went back.
fn between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond() - from.as_millisecond()).unwrap_or(0)
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}
