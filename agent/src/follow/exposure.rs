//! Whether silence means something: events and exposure of releases without the merge, and
//! exposure of those with it.
//!
//! In one environment the old rate is r = events / exposure of the releases without the merge, and
//! silence over an exposure E of releases with it is worth 1 − exp(−r·E). Environments add up;
//! only those count in which the issue was seen. Exposure is counted in the first unit that the old
//! releases have: sends for send errors, else connections, requests, hours of instances. The unit
//! is a stand-in for the chances that the fault had: where the mix of traffic changes with the
//! release, the confidence is off by as much.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::{Evidence, ReleaseSeen, Unit};

/// Confidence from which silence counts.
pub(super) const ENOUGH: f64 = 0.95;
const MS_PER_HOUR: f64 = 3_600_000.0;

/// Whether a release has what should have ended the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// It has not.
    Without,
    /// It has.
    With,
    /// Nobody can tell: its commit is not stated or not in the repository.
    Unknown,
}

/// What production says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Finding<'a> {
    /// The error came in a release that has the merge.
    Returned(&'a ReleaseSeen),
    /// Silence, and what it is worth.
    Silent(Evidence),
    /// Nothing can be said, because …
    Open(Why<'a>),
}

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Why<'a> {
    /// No release with the merge has sent a pulse.
    NotDeployed,
    /// Releases run whose commit nobody knows; this is one.
    UnknownRelease(&'a ReleaseSeen),
    /// Releases with the merge run only where the issue was never seen.
    OtherEnvironments,
    /// No release without the merge has sent a pulse: the old rate is unknown.
    NoPulsesBefore,
    /// No event came while there were pulses: the old rate is unknown.
    NoRate,
}

/// Judges releases that were told apart. `first_seen` is the issue's: what ended before it says
/// nothing about the rate.
pub(super) fn judge<'a>(
    releases: &[(&'a ReleaseSeen, Side)],
    send: bool,
    first_seen: Timestamp,
) -> Finding<'a> {
    let side = |wanted: Side| {
        let all = releases.iter().copied();
        all.filter(move |(_, side)| *side == wanted).map(|(release, _)| release)
    };
    if let Some(back) = side(Side::With).find(|release| release.events > 0) {
        return Finding::Returned(back);
    }
    let seen = |release: &ReleaseSeen| {
        let mut events = releases.iter().filter(|(one, _)| one.events > 0);
        events.any(|(one, _)| one.environment == release.environment)
    };
    let running = || side(Side::With).filter(|release| release.exposure.is_some());
    if running().next().is_none() {
        let strange = side(Side::Unknown).find(|release| release.exposure.is_some());
        return Finding::Open(strange.map_or(Why::NotDeployed, Why::UnknownRelease));
    }
    if !running().any(seen) {
        return Finding::Open(Why::OtherEnvironments);
    }
    let lived = |release: &ReleaseSeen| {
        let until = release.exposure.as_ref().map(|exposure| exposure.until);
        until.is_some_and(|until| release.events > 0 || until >= first_seen)
    };
    let old: Vec<&ReleaseSeen> =
        side(Side::Without).filter(|release| seen(release) && lived(release)).collect();
    let Some(unit) = unit(&old, send) else { return Finding::Open(Why::NoPulsesBefore) };
    let new: Vec<&ReleaseSeen> = running().filter(|release| seen(release)).collect();
    weigh(&old, &new, unit)
}

/// The first unit that the old releases have.
fn unit(old: &[&ReleaseSeen], send: bool) -> Option<Unit> {
    let units = [Unit::Sends, Unit::Connections, Unit::Requests, Unit::Hours];
    let mut units = units.into_iter().skip(usize::from(!send));
    units.find(|unit| old.iter().any(|release| amount(release, *unit) > 0.0))
}

fn weigh<'a>(old: &[&ReleaseSeen], new: &[&ReleaseSeen], unit: Unit) -> Finding<'a> {
    let mut environments: BTreeMap<Option<&str>, (u64, f64, f64)> = BTreeMap::new();
    for release in old {
        let sums = environments.entry(release.environment.as_deref()).or_default();
        sums.0 += release.measured;
        sums.1 += amount(release, unit);
    }
    for release in new {
        let sums = environments.entry(release.environment.as_deref()).or_default();
        sums.2 += amount(release, unit);
    }
    let rated =
        environments.into_values().filter(|(events, before, _)| *events > 0 && *before > 0.0);
    let (mut events, mut before, mut after, mut expected) = (0, 0.0, 0.0, 0.0);
    for (seen, exposure, silent) in rated {
        events += seen;
        before += exposure;
        after += silent;
        expected += seen as f64 / exposure * silent;
    }
    if events == 0 {
        return Finding::Open(Why::NoRate);
    }
    let confidence = -(-expected).exp_m1();
    Finding::Silent(Evidence { unit, events, before, after, confidence })
}

fn amount(release: &ReleaseSeen, unit: Unit) -> f64 {
    let Some(exposure) = &release.exposure else { return 0.0 };
    match unit {
        Unit::Sends => exposure.sends as f64,
        Unit::Connections => exposure.connections as f64,
        Unit::Requests => exposure.requests as f64,
        Unit::Hours => exposure.running_ms as f64 / MS_PER_HOUR,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;
    use crate::model::Exposure;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-22T{text}:00Z").parse().unwrap()
    }

    fn release(events: u64, sends: u64) -> ReleaseSeen {
        ReleaseSeen {
            environment: Some("production".into()),
            events,
            measured: events,
            exposure: Some(Exposure {
                since: at("10:00"),
                until: at("12:00"),
                sends,
                connections: 0,
                requests: 0,
                running_ms: 7_200_000,
            }),
            ..ReleaseSeen::default()
        }
    }

    fn judged<'a>(releases: &[(&'a ReleaseSeen, Side)]) -> Finding<'a> {
        judge(releases, true, at("11:00"))
    }

    fn evidence(finding: &Finding<'_>) -> Evidence {
        let Finding::Silent(evidence) = finding else { panic!("{finding:?}") };
        *evidence
    }

    #[test]
    fn silence_is_worth_what_the_old_rate_makes_of_it() {
        let old = release(10, 1_000);
        for (sends, confidence) in [(0, 0.0), (100, 0.632), (299, 0.9497), (300, 0.9502)] {
            let new = release(0, sends);
            let found = evidence(&judged(&[(&old, Side::Without), (&new, Side::With)]));
            assert!((found.confidence - confidence).abs() < 1e-3, "{sends}: {found:?}");
            assert_eq!((found.unit, found.events, found.before), (Unit::Sends, 10, 1_000.0));
        }
    }

    #[test]
    fn one_event_in_a_release_with_the_merge_is_enough() {
        let (old, new) = (release(10, 1_000), release(1, 1_000_000));
        let found = judged(&[(&old, Side::Without), (&new, Side::With)]);
        assert_eq!(found, Finding::Returned(&new));
    }

    #[test]
    fn without_a_release_or_without_traffic_nothing_is_concluded() {
        let old = release(10, 1_000);
        assert_eq!(judged(&[(&old, Side::Without)]), Finding::Open(Why::NotDeployed));
        let strange = ReleaseSeen { name: Some("v2".into()), ..release(0, 1_000_000) };
        let found = judged(&[(&old, Side::Without), (&strange, Side::Unknown)]);
        assert_eq!(found, Finding::Open(Why::UnknownRelease(&strange)));
        let idle = release(0, 0);
        let found = judged(&[(&old, Side::Without), (&idle, Side::With)]);
        assert_eq!(evidence(&found).confidence, 0.0);
    }

    #[test]
    fn an_old_release_that_still_runs_beside_the_new_one_changes_the_rate_only() {
        let (old, new) = (release(10, 1_000), release(0, 300));
        let both = [(&old, Side::Without), (&new, Side::With)];
        assert!(evidence(&judged(&both)).confidence >= ENOUGH);
        let busy = release(20, 10_000);
        let both = [(&busy, Side::Without), (&new, Side::With)];
        assert!(evidence(&judged(&both)).confidence < 0.5);
    }

    #[test]
    fn only_environments_count_in_which_the_issue_was_seen() {
        let elsewhere =
            |release: ReleaseSeen| ReleaseSeen { environment: Some("staging".into()), ..release };
        let (old, staged) = (release(10, 1_000), elsewhere(release(0, 1_000_000)));
        let found = judged(&[(&old, Side::Without), (&staged, Side::With)]);
        assert_eq!(found, Finding::Open(Why::OtherEnvironments));
        let (idle, new) = (elsewhere(release(0, 1_000_000)), release(0, 300));
        let found = judged(&[
            (&old, Side::Without),
            (&idle, Side::Without),
            (&new, Side::With),
            (&staged, Side::With),
        ]);
        let found = evidence(&found);
        assert_eq!((found.before, found.after), (1_000.0, 300.0));
    }

    #[test]
    fn without_pulses_before_the_merge_there_is_no_rate() {
        let (mute, new) = (ReleaseSeen { exposure: None, ..release(10, 0) }, release(0, 1_000));
        let found = judged(&[(&mute, Side::Without), (&new, Side::With)]);
        assert_eq!(found, Finding::Open(Why::NoPulsesBefore));
        let late = ReleaseSeen { measured: 0, ..release(10, 1_000) };
        let found = judged(&[(&late, Side::Without), (&new, Side::With)]);
        assert_eq!(found, Finding::Open(Why::NoRate));
    }

    #[test]
    fn releases_that_were_gone_before_the_first_event_say_nothing_about_the_rate() {
        let mut gone = release(0, 1_000_000);
        gone.exposure.as_mut().unwrap().until = at("10:30");
        let (old, new) = (release(10, 1_000), release(0, 300));
        let all = [(&gone, Side::Without), (&old, Side::Without), (&new, Side::With)];
        assert_eq!(evidence(&judged(&all)).before, 1_000.0);
    }

    #[test]
    fn the_unit_is_the_first_that_the_old_releases_have() {
        let counted = |sends, connections, requests| {
            let mut release = release(1, sends);
            let exposure = release.exposure.as_mut().unwrap();
            (exposure.connections, exposure.requests) = (connections, requests);
            release
        };
        for (old, send, expected) in [
            (counted(5, 5, 5), true, Unit::Sends),
            (counted(5, 5, 5), false, Unit::Connections),
            (counted(0, 0, 5), true, Unit::Requests),
            (counted(0, 0, 0), true, Unit::Hours),
        ] {
            assert_eq!(unit(&[&old], send), Some(expected));
        }
    }
}
