//! Which releases contain the merge: by ancestry, never by date or name. It holds for a merge, a
//! squash and a rebase alike, because the commit asked for is the one on the base branch.

use jiff::{SignedDuration, Timestamp};

use super::exposure::Side;
use super::mirror::Mirror;
use crate::model::{Handled, ReleaseSeen};

/// A commit that was not there is looked for again after so long.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// Tells releases apart. The mirror is fetched when a commit is new to it; one that the origin does
/// not have either stays unknown, and is remembered so that it is not asked for all the time.
pub(super) fn sides<'a>(
    releases: &'a [ReleaseSeen],
    merge: &str,
    mirror: &Mirror<'_>,
    handled: &mut Handled,
    now: Timestamp,
) -> anyhow::Result<Vec<(&'a ReleaseSeen, Side)>> {
    let missing: Vec<&str> = missing(releases, merge, mirror);
    let rested = handled.fetched.is_none_or(|then| now.duration_since(then) >= PATIENCE);
    let news = missing.iter().any(|commit| !handled.unknown.contains(*commit));
    if !missing.is_empty() && (news || rested) {
        mirror.fetched()?;
        handled.fetched = Some(now);
        let still = self::missing(releases, merge, mirror);
        handled.unknown = still.into_iter().map(str::to_owned).collect();
    }
    let side = |release: &ReleaseSeen| {
        let there = mirror.as_it_is().zip(release.commit.as_deref());
        match there.and_then(|(mirror, commit)| mirror.includes(commit, merge)) {
            Some(true) => Side::With,
            Some(false) => Side::Without,
            None => Side::Unknown,
        }
    };
    Ok(releases.iter().map(|release| (release, side(release))).collect())
}

fn missing<'a>(releases: &'a [ReleaseSeen], merge: &'a str, mirror: &Mirror<'_>) -> Vec<&'a str> {
    let stated = releases.iter().filter_map(|release| release.commit.as_deref());
    let known = |commit: &str| mirror.as_it_is().is_some_and(|mirror| mirror.knows(commit));
    stated.chain([merge]).filter(|commit| !known(commit)).collect()
}
