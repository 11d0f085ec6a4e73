//! After the merge: releases that contain it, and what they say.

use super::exposure::{ENOUGH, Finding, judge};
use super::{Context, release, words};
use crate::forge::Answer;
use crate::model::{Followed, IssueState, NextRepair, Occasion, ReleaseSeen, Watched};

/// Judges production and says so once: the comment is rewritten when the judgement changes.
pub(super) fn follow(
    context: &Context<'_>,
    watched: &Watched,
    followed: &mut Followed,
) -> Answer<()> {
    let Some(merge) = followed.merge_commit.clone() else { return Ok(()) };
    let merged = Watched { merge_commit: Some(merge.clone()), ..watched.clone() };
    let releases = &watched.production.releases;
    let sides =
        release::sides(releases, &merge, context.mirror, &mut followed.handled, context.now)?;
    match judge(&sides, watched.production.send, watched.issue.first_seen) {
        Finding::Returned(release) => returned(context, &merged, release, followed)?,
        Finding::Silent(evidence) => {
            followed.shown.evidence = Some(evidence);
            let so_far = words::weighed(&evidence);
            followed.shown.note = format!("So far {so_far}; 95 % is asked for.");
            if evidence.confidence >= ENOUGH {
                let text = words::resolved(&evidence);
                if watched.issue.state != IssueState::Resolved && !watched.handled.regressed {
                    say(context, &merged, &text)?;
                    followed.issue = Some(IssueState::Resolved);
                }
                followed.shown.note = text;
            }
        }
        Finding::Open(why) => followed.shown.note = words::waits(why, &merge),
    }
    Ok(())
}

/// The error came back. That is said, and a repair queued, once.
fn returned(
    context: &Context<'_>,
    merged: &Watched,
    release: &ReleaseSeen,
    followed: &mut Followed,
) -> Answer<()> {
    followed.shown.note = format!("The error came back in {}.", words::named(release));
    if merged.handled.regressed {
        return Ok(());
    }
    let merge = merged.merge_commit.as_deref().unwrap_or_default();
    let parents = context.mirror.as_it_is().and_then(|git| git.parents(merge));
    say(context, merged, &words::regressed(merged, release, parents))?;
    followed.handled.regressed = true;
    followed.issue = Some(IssueState::Regressed);
    followed.repair = Some(NextRepair { occasion: Occasion::Regression, ban: None });
    Ok(())
}

fn say(context: &Context<'_>, merged: &Watched, text: &str) -> Answer<()> {
    context.forge.comment(&merged.project, &merged.proposal, "production", text)
}
