//! The proof as a table: what was run, and what it said.

use super::place::lines;
use crate::markdown::cell;
use crate::model::{Baseline, MutantEnd, Proof};

/// Rows of one kind.
const MAX_ROWS: usize = 10;

/// Name and finding of each row. `told` where the runner's own words may be shown.
pub(super) fn rows(proof: &Proof, told: bool) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("Before", format!("project's own suite: {}", suite(&proof.baseline))),
        ("Red", red(proof, told)),
        (
            "Green",
            format!("the same test passes with the change; suite: {}", suite(&proof.green.suite)),
        ),
    ];
    if let Some(types) = &proof.types {
        rows.push(("Types", format!("{}: no new error", cell(&types.command))));
    }
    rows.extend(needed(proof).take(MAX_ROWS));
    rows.extend(mutants(proof).take(MAX_ROWS));
    let tried = proof.tried.iter().take(MAX_ROWS);
    let tried = tried.map(|it| format!("{} {}", cell(&it.template), cell(&it.verdict)));
    rows.push(("Tried", tried.collect::<Vec<_>>().join(", ")));
    rows.push(("Ran on", environment(proof)));
    rows
}

fn red(proof: &Proof, told: bool) -> String {
    let said = proof.red.message.lines().map(str::trim).find(|line| !line.is_empty());
    let said = match said {
        Some(said) if told => format!(" with {}", cell(said)),
        _ => " with production's error".to_owned(),
    };
    format!("new test {} fails without the change{said}", cell(&proof.red.test))
}

fn needed(proof: &Proof) -> impl Iterator<Item = (&'static str, String)> {
    proof.sites.iter().map(|site| {
        let place = format!("{} {}", cell(&site.file), lines(site.lines));
        match &site.red_without {
            Some(test) if *test == proof.red.test => {
                ("Needed", format!("{place}: without it the new test fails"))
            }
            Some(test) => ("Needed", format!("{place}: without it {} fails", cell(test))),
            None => ("Look at", format!("{place}: no test fails without it")),
        }
    })
}

fn mutants(proof: &Proof) -> impl Iterator<Item = (&'static str, String)> {
    proof.mutants.iter().map(|mutant| match &mutant.end {
        MutantEnd::KilledBy(test) => {
            ("Mutant", format!("{}: noticed by {}", cell(&mutant.change), cell(test)))
        }
        MutantEnd::Survived(why) => {
            ("Look at", format!("{}: not noticed, {}", cell(&mutant.change), cell(why)))
        }
    })
}

fn suite(count: &Baseline) -> String {
    let Baseline { passed, failed, flaky } = count;
    let flaky = if *flaky > 0 { format!(", {flaky} flaky") } else { String::new() };
    format!("{passed} passed, {failed} failed{flaky}")
}

fn environment(proof: &Proof) -> String {
    let set = &proof.environment;
    let known = [("Node", &set.node), ("ws", &set.ws)];
    let known = known.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let words: Vec<_> = known.map(|(name, value)| format!("{name} {}", cell(value))).collect();
    if words.is_empty() { "unknown".to_owned() } else { words.join(", ") }
}
