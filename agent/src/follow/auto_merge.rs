//! Whether the forge may merge a proposal by itself. Every guard that is not met has a name, which
//! the pages show.

use super::Policy;
use super::mirror::Mirror;
use crate::model::{Checks, Review, Standing, Watched};

/// Source files that a proposal may change to be merged without a person.
const MAX_FILES: usize = 3;
/// Lines of them, added plus deleted.
const MAX_LINES: usize = 30;

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
        let git = mirror.with(&[&proposal.base, &proposal.commit])?;
        let (files, lines) = git.size(&proposal.base, &proposal.commit)?;
        Ok(unmet([
            ("tree-differs", git.diff(&proposal.base, &proposal.commit)? != proposal.diff),
            ("too-large", files > MAX_FILES || lines > MAX_LINES),
        ]))
    };
    let mut names = unmet([
        ("head-moved", standing.found.head != watched.proposal.commit),
        ("checks-not-green", standing.checks != Checks::Green),
        ("repository-wants-people", watched.proposal.people_merge),
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
