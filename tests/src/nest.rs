//! `nest-chat`, what production recorded of it, and what each fix must be.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::world::World;

/// A fault of the application, and its fix.
#[derive(Debug)]
pub struct Fault {
    /// Of the gateway and its recordings.
    pub name: &'static str,
    /// How the recordings end: the client's body, or a log.
    pub extension: &'static str,
    /// The send, line and column from 1.
    pub place: (u32, u32),
    /// The method around it.
    pub function: &'static str,
    /// Every candidate in order; the last is proven.
    pub tried: &'static [(&'static str, &'static str)],
    /// First and last line of each changed place.
    pub sites: &'static [(u32, u32)],
}

/// What the frames of a trace name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// `src`, by source maps.
    Source,
    /// `dist`
    Build,
}

const ALLOW: (&str, &str) = ("guard-send/allow-list", "proven");
/// A mock of the suite has no state, so that an allow-list would pass it over.
const DENY: &[(&str, &str)] =
    &[("guard-send/allow-list", "regressed"), ("guard-send/deny-list", "proven")];

/// Every fault that was recorded.
pub const FAULTS: [Fault; 4] = [
    Fault {
        name: "rooms",
        extension: "txt",
        place: (23, 16),
        function: "RoomsGateway.announce",
        tried: &[ALLOW],
        sites: &[(22, 24), (13, 13)],
    },
    Fault {
        name: "chat",
        extension: "json",
        place: (25, 14),
        function: "ChatGateway.broadcast",
        tried: DENY,
        sites: &[(25, 27), (13, 13)],
    },
    Fault {
        name: "presence",
        extension: "json",
        place: (33, 14),
        function: "PresenceGateway.push",
        tried: &[ALLOW],
        sites: &[(32, 34), (19, 19)],
    },
    Fault {
        name: "history",
        extension: "txt",
        place: (18, 14),
        function: "HistoryGateway.replay",
        tried: DENY,
        sites: &[(17, 25)],
    },
];

/// Fixes the fault in a world of `nest-chat` from its recording and checks every claim of the
/// answer.
pub fn prove(world: &World, fault: &Fault, variant: Variant) -> Result<()> {
    let before = world.look()?;
    let run = world.fix(&recording(fault, variant)?, &["--format", "json"])?;
    let told = run.json()?;
    let what = || format!("{} {variant:?}: {told:#}", fault.name);
    ensure!(run.code == 0 && told["outcome"] == "fixed", what());
    ensure!(told["template"] == "guard-send", what());
    let path = format!("src/{0}/{0}.gateway.ts", fault.name);
    let (line, column) = fault.place;
    let site = json!({ "path": path, "line": line, "column": column, "function": fault.function });
    ensure!(told["site"] == site, what());
    let proof = &told["proof"];
    let tried = fault
        .tried
        .iter()
        .map(|(template, verdict)| json!({ "template": template, "verdict": verdict }));
    ensure!(proof["tried"] == tried.collect::<Value>(), what());
    let sites = proof["sites"].as_array().context("no sites")?;
    let lines = sites.iter().map(|site| site["lines"].clone());
    let expected = fault.sites.iter().map(|(first, last)| json!([first, last]));
    ensure!(lines.eq(expected), what());
    ensure!(sites.iter().all(|site| site["red_without"].is_string()), what());
    let mutants = proof["mutants"].as_array().context("no mutants")?;
    // What is there for the compiler alone is named; everything else is noticed, or is not tried
    // where the machine is slow.
    ensure!(mutants.len() >= 9, what());
    let reason = "an interface is there for the compiler alone";
    let fine = |mutant: &Value| match mutant["survived"].as_str() {
        Some(why) => why == reason,
        None => mutant["killed_by"].is_string() || mutant["not_run"].is_string(),
    };
    ensure!(mutants.iter().all(fine), what());
    let red = proof["red"]["message"].as_str().context("no red")?;
    ensure!(red.contains("WebSocket is not open: readyState"), what());
    ensure!(proof["baseline"] == json!({ "passed": 12, "failed": 0, "flaky": 0 }), what());
    ensure!(proof["green"]["suite"]["failed"] == 0, what());
    ensure!(proof["types"]["new"] == json!([]), what());
    ensure!(world.look()? == before, "the repository is not as it was");
    Ok(())
}

fn recording(fault: &Fault, variant: Variant) -> Result<String> {
    let variant = match variant {
        Variant::Source => "src",
        Variant::Build => "dist",
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces/nest-chat");
    let path = folder.join(format!("{}.{variant}.{}", fault.name, fault.extension));
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}
