//! All that is written below a proposal. What comes from outside stands in code spans of one line,
//! where it can neither mention, close, link, format nor hide anything.

use super::checks;
use super::decide::Reason;
use super::exposure::Why;
use crate::model::{
    Evidence, LaterRepair, Occasion, ReleaseSeen, RepairEnd, Shown, Standing, Unit, Watched,
};

/// Characters of a text from outside that are shown.
const MAX_QUOTED: usize = 200;
/// Figures of a commit that are shown.
const SHORT: usize = 12;

/// The commands, for those who tried another one.
const COMMANDS: &str = "- `/bugstack retry` repairs the issue again\n\
    - `/bugstack ignore` with a reason closes this proposal, and the issue gets no other one\n\
    - `/bugstack explain` says what is waited for";

/// A text from outside as code, on one line.
pub(super) fn quoted(text: &str) -> String {
    let plain = text.chars().filter(|character| !hides(*character)).take(MAX_QUOTED);
    let plain: String = plain.map(|c| if c == '`' { '\'' } else { c }).collect();
    let plain = plain.trim();
    if plain.is_empty() { "`?`".to_owned() } else { format!("`{plain}`") }
}

/// Control characters, zero-width and bidirectional marks.
fn hides(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
        )
}

fn short(commit: &str) -> &str {
    commit.get(..SHORT).unwrap_or(commit)
}

pub(super) fn hands_off(watched: &Watched) -> String {
    format!(
        "The branch has commits that are not mine, so it is yours now: I will not push to it \
         again, whatever happens on {}. I still follow this pull request to its end.",
        quoted(&watched.proposal.base_branch)
    )
}

pub(super) fn no_checks(commit: &str) -> String {
    format!(
        "No check has reported on `{}` within ten minutes, so I do not wait for any. What speaks \
         for this change is the proof above.",
        short(commit)
    )
}

/// What a later repair came to that found no patch.
pub(super) fn told(standing: &Standing, repair: &LaterRepair) -> String {
    let why = match repair.occasion {
        Occasion::ChecksFailed => {
            format!("These checks fail on this change:\n\n{}", failed(standing))
        }
        Occasion::Conflict => "This change conflicts with the base branch by now.".to_owned(),
        Occasion::BaseMoved => "The base branch has changed a file of this change.".to_owned(),
        Occasion::Event | Occasion::Person | Occasion::NewRelease | Occasion::Regression => {
            "The repair was tried again.".to_owned()
        }
    };
    let end = match &repair.end {
        RepairEnd::Refused(refusal) => {
            let words = quoted(&refusal.explanation);
            format!("I have no better one: {} ({words}).", quoted(&refusal.code))
        }
        _ => "I could not make another one, by a fault of my own that my log explains.".to_owned(),
    };
    format!("{why}\n\n{end}\n\nIt stays open for you to decide. {RETRY}")
}

const RETRY: &str = "`/bugstack retry` makes me try again.";

fn failed(standing: &Standing) -> String {
    let checks = checks::failed(&standing.checks).iter();
    let lines = checks.map(|check| match check.summary.trim() {
        "" => format!("- {}", quoted(&check.name)),
        summary => format!("- {}: {}", quoted(&check.name), quoted(summary)),
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        "- the checks' names are gone by now".to_owned()
    } else {
        lines.join("\n")
    }
}

/// The word below a proposal that we close.
pub(super) fn closed(reason: Reason) -> &'static str {
    match reason {
        Reason::Ignored => "Closed: the issue is ignored. Its events are still counted.",
        Reason::Replaced => {
            "Closed: another proposal answers the same issue, because the code has moved."
        }
        Reason::Repaired => {
            "Closed: the base branch no longer has this fault. Somebody has repaired it."
        }
        Reason::CodeMoved => "Closed: the code that this change repairs is no longer there.",
        Reason::Obsolete => {
            "Closed: releases without this change no longer show the error, and they have done \
             enough to say so with 95 % confidence. If it comes back, there will be a new proposal."
        }
    }
}

/// The error came back after the merge.
pub(super) fn regressed(
    watched: &Watched,
    release: &ReleaseSeen,
    parents: Option<usize>,
) -> String {
    let merge = watched.merge_commit.as_deref().unwrap_or(&watched.proposal.commit);
    let mainline = if parents.is_some_and(|parents| parents > 1) { "-m 1 " } else { "" };
    format!(
        "The error came back in {}, which contains this change: the issue is open again, and I \
         try another repair.\n\nTo take this change back:\n\n```sh\ngit revert {mainline}{merge}\n```\n\n\
         That reverts {} and nothing else.",
        named(release),
        quoted(&watched.proposal.title),
    )
}

/// The error stayed away after the merge.
pub(super) fn resolved(evidence: &Evidence) -> String {
    format!("Resolved: {}.", weighed(evidence))
}

/// A release in words.
pub(super) fn named(release: &ReleaseSeen) -> String {
    let name = release.name.as_deref().or(release.commit.as_deref()).unwrap_or("?");
    match &release.environment {
        Some(environment) => format!("release {} in {}", quoted(name), quoted(environment)),
        None => format!("release {}", quoted(name)),
    }
}

/// Silence in words.
pub(super) fn weighed(evidence: &Evidence) -> String {
    let Evidence { unit, events, before, after, confidence } = evidence;
    format!(
        "{} without the error in releases with this change, after {events} event{} in {} without \
         it; that is {} confidence",
        amount(*after, *unit),
        if *events == 1 { "" } else { "s" },
        amount(*before, *unit),
        percent(*confidence),
    )
}

fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Hours => format!("{value:.1} {}", unit.as_str()),
        Unit::Sends | Unit::Connections | Unit::Requests => format!("{value:.0} {}", unit.as_str()),
    }
}

/// Never rounded up: 94.97 % is not enough.
fn percent(confidence: f64) -> String {
    format!("{:.1} %", (confidence * 1_000.0).floor() / 10.0)
}

/// Why production says nothing yet.
pub(super) fn waits(why: Why<'_>, merge: &str) -> String {
    let merge = short(merge);
    match why {
        Why::NotDeployed => format!("Waiting for a release that contains `{merge}`."),
        Why::UnknownRelease(release) => format!(
            "Waiting for a release that contains `{merge}`: {} runs, but its commit is not stated \
             or not in the repository.",
            named(release)
        ),
        Why::OtherEnvironments => {
            format!("`{merge}` runs only in environments where the error was never seen.")
        }
        Why::NoPulsesBefore => {
            "No release without the change has sent a pulse, so nobody knows how often the error \
             came: silence proves nothing."
                .to_owned()
        }
        Why::NoRate => "No event came while its release also sent pulses, so nobody knows how \
                        often the error came: silence proves nothing."
            .to_owned(),
    }
}

/// The answer to `explain`.
pub(super) fn explained(watched: &Watched, shown: &Shown) -> String {
    let note = if shown.note.is_empty() { "Nothing is waited for." } else { &shown.note };
    let guards: Vec<String> = shown.guards.iter().map(|guard| format!("`{guard}`")).collect();
    let guards = match guards.as_slice() {
        [] => String::new(),
        guards => format!(" I do not ask for a merge because of {}.", guards.join(", ")),
    };
    let proof = &watched.proposal.proof;
    format!(
        "Template {}. Red before with {}, green after with {} tests passing. {note}{guards}",
        quoted(&watched.proposal.template),
        quoted(&proof.red.message),
        proof.green.suite.passed,
    )
}

pub(super) const RETRIED: &str = "I try the repair again.";
pub(super) const BUSY: &str = "A repair is under way already.";
pub(super) const THEIRS: &str = "The branch has commits that are not mine, so I leave it alone. Close this pull request and \
     say `/bugstack retry` again to get a new one.";
pub(super) const MERGED: &str =
    "This is merged. If the error comes back in a release that contains it, I try again by myself.";
pub(super) const OLDER: &str = "There is a newer proposal for this issue.";
pub(super) const IGNORED: &str =
    "The issue is ignored from now on. `/bugstack retry` takes that back.";

pub(super) fn unknown() -> String {
    format!("I know these commands:\n\n{COMMANDS}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_stays_in_one_code_span() {
        let cases = [
            ("a`b\n@team fixes #1\u{202e}", "`a'b@team fixes #1`"),
            ("", "`?`"),
            ("\u{200b}", "`?`"),
            (" x ", "`x`"),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected);
        }
        assert_eq!(quoted(&"x".repeat(1_000)).len(), MAX_QUOTED + 2);
    }

    #[test]
    fn confidence_is_never_rounded_up() {
        assert_eq!(percent(0.94999), "94.9 %");
        assert_eq!(percent(0.95), "95.0 %");
        assert_eq!(percent(0.99999), "99.9 %");
    }
}
