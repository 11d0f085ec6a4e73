//! What `bugstack fix` says at the end: one JSON object, or words.

use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::exit::Exit;
use crate::model::{Lap, Phase, Proof, Refusal, spent};

/// The JSON of `fix`; its fields are a public contract.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) outcome: Outcome,
    pub(super) refusal: Option<Refusal>,
    pub(super) template: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) site: Option<Place>,
    pub(super) diff: Option<String>,
    pub(super) proof: Option<Proof>,
    pub(super) timings_ms: Timings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Fixed,
    Refused,
    Unproven,
}

#[derive(Debug, Serialize)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) function: Option<String>,
}

/// Milliseconds. The agent's share is everything that is not one of the project's own tools.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Timings {
    pub(crate) total: u64,
    pub(crate) agent: u64,
    pub(crate) install: u64,
    pub(crate) build: u64,
    pub(crate) tests: u64,
}

impl Timings {
    /// Splits `total` by the laps of the project's own tools.
    pub(crate) fn new(total: std::time::Duration, laps: &[Lap]) -> Self {
        let total = u64::try_from(total.as_millis()).unwrap_or(u64::MAX);
        let [install, build, tests] =
            [Phase::Install, Phase::Build, Phase::Tests].map(|phase| spent(laps, phase));
        let agent = total.saturating_sub(install + build + tests);
        Self { total, agent, install, build, tests }
    }
}

impl Report {
    pub(super) fn exit(&self) -> Exit {
        match self.outcome {
            Outcome::Fixed => Exit::Done,
            Outcome::Refused => Exit::Refused,
            Outcome::Unproven => Exit::Unproven,
        }
    }

    /// The same for a person.
    pub(super) fn told(&self) -> String {
        let mut text = String::new();
        let _ = match self.outcome {
            Outcome::Fixed if self.proof.is_some() => writeln!(text, "Fixed, and proven."),
            Outcome::Fixed => writeln!(text, "A patch was made; nothing was proven."),
            Outcome::Refused => writeln!(text, "No patch."),
            Outcome::Unproven => writeln!(text, "A patch exists but is not proven."),
        };
        if let Some(place) = &self.site {
            let function = place.function.as_deref().map(|name| format!(" in {name}"));
            let function = function.unwrap_or_default();
            let _ = writeln!(
                text,
                "  place     {}:{}:{}{function}",
                place.path, place.line, place.column
            );
        }
        if let Some(cause) = &self.cause {
            let _ = writeln!(text, "  cause     {}", cause.replace('\n', "\n            "));
        }
        if let Some(refusal) = &self.refusal {
            let words = refusal.explanation.replace('\n', "\n            ");
            let _ = writeln!(text, "  refusal   {}: {words}", refusal.code);
        }
        if let Some(proof) = &self.proof {
            tell_proof(&mut text, proof);
        }
        let Timings { total, agent, install, build, tests } = self.timings_ms;
        let _ = writeln!(
            text,
            "  time      {} total: agent {}, install {}, build {}, tests {}",
            seconds(total),
            seconds(agent),
            seconds(install),
            seconds(build),
            seconds(tests)
        );
        text
    }
}

fn tell_proof(text: &mut String, proof: &Proof) {
    let baseline = &proof.baseline;
    let green = &proof.green.suite;
    let lines = [
        format!("baseline  {} passed, {} failed", baseline.passed, baseline.failed),
        format!("red       {} ({})", proof.red.test, proof.red.reason),
        format!("green     the same test; suite {} passed, {} failed", green.passed, green.failed),
    ];
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
    if let Some(types) = &proof.types {
        let _ = writeln!(text, "  types     {}: nothing new", types.command);
    }
    for site in &proof.sites {
        let (first, last) = site.lines;
        let red = site.red_without.as_deref().unwrap_or("nothing");
        let _ = writeln!(text, "  needed    {}:{first}-{last}: without it, red: {red}", site.file);
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:02} s", ms / 1000, ms % 1000 / 10)
}
