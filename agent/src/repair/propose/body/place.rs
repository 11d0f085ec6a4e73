//! Places in the repository: frames, what was changed, what was left alone.

use anyhow::Result;
use bugstack_patch::SiteEvidence;

use crate::markdown::{code, phrase};
use crate::model::Verdict;
use crate::repair::Context;
use crate::repair::locate::paths::{self, Origin};

/// Frames that are shown.
const MAX_FRAMES: usize = 6;
/// Places that are named.
const MAX_PLACES: usize = 10;
/// Characters of the reason why a place was left alone.
const MAX_REASON: usize = 300;

/// The frames that a reader of the repository can follow: its own files, and packages where those
/// are told too.
pub(super) fn frames(context: &Context<'_>, base: &str, packages: bool) -> Result<Vec<String>> {
    let tree = context.repository.tree(base)?;
    let frames = context.event.thrown().map(|thrown| thrown.frames.as_slice()).unwrap_or_default();
    let shown = frames.iter().filter_map(|frame| {
        let file = frame.file.as_deref()?;
        let place = match paths::classify(file) {
            Origin::Package(_) if packages => file.rsplit_once("node_modules/")?.1.to_owned(),
            Origin::Package(_) | Origin::Runtime => return None,
            Origin::Application => paths::direct(file, |path| tree.contains(path))?,
        };
        let function = frame.function.as_deref().unwrap_or("<anonymous>");
        let line = frame.line.map_or_else(String::new, |line| format!(":{line}"));
        Some(format!("    at {function} ({place}{line})"))
    });
    Ok(shown.take(MAX_FRAMES).collect())
}

/// Each changed place, and why it may be changed; then the new test.
pub(super) fn changed(verdict: &Verdict) -> Vec<String> {
    let sites = verdict.patch.sites.iter().map(|site| {
        let why = match site.evidence {
            SiteEvidence::Proved => "where production failed",
            SiteEvidence::Typed => "the same fault, proved by its type",
            SiteEvidence::Companion => "needed beside it",
        };
        format!("{} {}: {why}", code(&site.path), lines(site.lines))
    });
    let mut told = bounded(sites);
    let source = |path: &str| verdict.patch.sites.iter().any(|site| site.path == path);
    let tests = verdict.files.iter().filter(|(path, _)| !source(path));
    told.extend(tests.map(|(path, _)| format!("{}: new test", code(path))));
    told
}

/// Places of the same shape that were not touched, and why.
pub(super) fn left_alone(verdict: &Verdict) -> Vec<String> {
    bounded(verdict.patch.left_alone.iter().map(|place| {
        let why: String = place.reason.explanation.chars().take(MAX_REASON).collect();
        format!("{} {}: {}", code(&place.path), lines((place.line, place.line)), phrase(&why))
    }))
}

pub(super) fn lines((first, last): (u32, u32)) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}–{last}") }
}

fn bounded(places: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    let more = places.len().saturating_sub(MAX_PLACES);
    let mut told: Vec<String> = places.take(MAX_PLACES).collect();
    told.extend((more > 0).then(|| format!("and {more} more")));
    told
}
