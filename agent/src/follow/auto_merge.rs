//! Whether the forge may merge a proposal by itself. Every guard that is not met has a name, which
//! the pages show.

use super::Policy;
use super::mirror::Mirror;
use crate::git::Repository;
use crate::model::{Checks, Review, Standing, Watched};

/// Source files that a proposal may change to be merged without a person.
const MAX_FILES: usize = 3;
/// Lines of them, added plus deleted.
const MAX_LINES: usize = 30;
/// The repository's own settings, which may only tighten.
const SETTINGS: &str = ".bugstack.toml";

/// Who merges proposals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Merge {
    /// People.
    #[default]
    People,
    /// The forge, where every guard is met.
    Auto,
}

/// The names of the guards that are not met.
pub(super) fn guards(
    policy: &Policy,
    watched: &Watched,
    standing: &Standing,
    mirror: &Mirror<'_>,
) -> Vec<String> {
    let in_git = || -> anyhow::Result<Vec<&'static str>> {
        let proposal = &watched.proposal;
        let git = mirror.with(&[&standing.tip, &proposal.commit])?;
        let (files, lines) = git.size(&proposal.base, &proposal.commit)?;
        Ok(unmet([
            ("tree-differs", git.diff(&proposal.base, &proposal.commit)? != proposal.diff),
            ("too-large", files > MAX_FILES || lines > MAX_LINES),
            ("repository-wants-people", wants_people(git, &standing.tip)?),
        ]))
    };
    let mut names = unmet([
        ("head-moved", standing.found.head != watched.proposal.commit),
        ("checks-not-green", standing.checks != Checks::Green),
        ("draft", standing.draft),
        ("changes-requested", standing.review == Review::ChangesRequested),
        ("not-mergeable", standing.mergeable == Some(false)),
        ("record-too-short", watched.record < policy.least_record),
    ]);
    names.extend(in_git().unwrap_or_else(|error| {
        tracing::warn!(%error, "a proposal could not be compared with its record");
        vec!["not-compared"]
    }));
    names.into_iter().map(str::to_owned).collect()
}

fn unmet<const N: usize>(guards: [(&'static str, bool); N]) -> Vec<&'static str> {
    guards.into_iter().filter(|(_, unmet)| *unmet).map(|(name, _)| name).collect()
}

/// Settings that cannot be read want people.
fn wants_people(git: &Repository, tip: &str) -> anyhow::Result<bool> {
    let Some(text) = git.tree(tip)?.read_text(SETTINGS) else { return Ok(false) };
    let merge = text.parse::<toml::Table>().map(|table| table.get("merge").cloned());
    Ok(match merge {
        Ok(None) => false,
        Ok(Some(merge)) => merge.as_str() != Some("auto"),
        Err(_) => true,
    })
}
