//! What production shows: where issues were seen, and how much each release did.

use std::collections::BTreeMap;

use bugstack_proto::Pulse;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{row, watches};
use crate::model::{Event, Exposure, IssueId, Production, ProjectId, ReleaseSeen, RepairId};
use crate::store::{Occurrence, StoreError};

/// An event is measured when its release has sent a pulse within this time, in milliseconds.
const MEASURED_MS: i64 = 600_000;
/// The longest time between two pulses of an instance that counts as running, in milliseconds:
/// they come each minute.
const BEAT_MS: i64 = 180_000;
/// Releases that are looked at, the newest.
const RELEASES: i64 = 500;

/// Counts an event to its release.
pub(super) fn sight(
    db: &Connection,
    now: Timestamp,
    new: &Occurrence,
    issue: IssueId,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO sightings VALUES (?1, ?2, ?3, ?4, 1,
             EXISTS (SELECT 1 FROM exposures
                     WHERE project = ?6 AND release_name = ?2 AND commit_id = ?3
                         AND environment = ?4 AND last_seen > ?7),
             ?5, ?5)
         ON CONFLICT DO UPDATE SET
             events = events + 1,
             measured = measured + excluded.measured,
             last_seen = max(last_seen, excluded.last_seen)";
    let now = now.as_millisecond();
    db.prepare_cached(sql)?.execute(params![
        issue.0,
        name(&new.event.release, &new.event.commit),
        text(&new.event.commit),
        text(&new.event.environment),
        now,
        new.project.0,
        now.saturating_sub(MEASURED_MS),
    ])?;
    Ok(())
}

/// When the issue was first seen in the event's release; none when the event names none.
pub(super) fn first_seen(
    db: &Connection,
    issue: IssueId,
    event: &Event,
) -> Result<Option<i64>, StoreError> {
    let (column, value) = match (&event.commit, &event.release) {
        (Some(commit), _) => ("commit_id", commit),
        (None, Some(release)) => ("release_name", release),
        (None, None) => return Ok(None),
    };
    let sql = format!("SELECT min(first_seen) FROM sightings WHERE issue = ?1 AND {column} = ?2");
    Ok(db.prepare_cached(&sql)?.query_row(params![issue.0, value], |row| row.get(0))?)
}

pub(super) fn pulse(
    db: &Connection,
    now: Timestamp,
    project: &ProjectId,
    pulse: &Pulse,
) -> Result<(), StoreError> {
    let running = running_ms(db, now, project, pulse)?;
    let sql = "INSERT INTO pulses VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 1, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (project, instance, release_name, commit_id, environment) DO UPDATE SET
             last_seen = max(last_seen, excluded.last_seen),
             pulses = pulses + 1,
             sends = sends + excluded.sends,
             sends_not_open = sends_not_open + excluded.sends_not_open,
             connections = connections + excluded.connections,
             requests = requests + excluded.requests,
             panics = panics + excluded.panics";
    db.prepare_cached(sql)?.execute(params![
        project.0,
        pulse.instance.to_string(),
        text(&pulse.release),
        text(&pulse.commit),
        text(&pulse.environment),
        now.as_millisecond(),
        row::count(pulse.counts.sends),
        row::count(pulse.counts.sends_not_open),
        row::count(pulse.counts.connections),
        row::count(pulse.counts.requests),
        row::count(pulse.counts.panics),
    ])?;
    expose(db, now, project, pulse, running)?;
    watches::news_of_project(db, now, project)
}

/// How long the instance has run since its last pulse.
fn running_ms(
    db: &Connection,
    now: Timestamp,
    project: &ProjectId,
    pulse: &Pulse,
) -> Result<i64, StoreError> {
    let sql = "SELECT last_seen FROM pulses
               WHERE project = ?1 AND instance = ?2 AND release_name = ?3 AND commit_id = ?4
                   AND environment = ?5";
    let before: Option<i64> = db
        .prepare_cached(sql)?
        .query_row(
            params![
                project.0,
                pulse.instance.to_string(),
                text(&pulse.release),
                text(&pulse.commit),
                text(&pulse.environment)
            ],
            |row| row.get(0),
        )
        .optional()?;
    Ok(before.map_or(0, |before| (now.as_millisecond() - before).clamp(0, BEAT_MS)))
}

fn expose(
    db: &Connection,
    now: Timestamp,
    project: &ProjectId,
    pulse: &Pulse,
    running: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO exposures VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT DO UPDATE SET
             last_seen = max(last_seen, excluded.last_seen),
             running_ms = running_ms + excluded.running_ms,
             sends = sends + excluded.sends,
             connections = connections + excluded.connections,
             requests = requests + excluded.requests";
    db.prepare_cached(sql)?.execute(params![
        project.0,
        name(&pulse.release, &pulse.commit),
        text(&pulse.commit),
        text(&pulse.environment),
        now.as_millisecond(),
        running,
        row::count(pulse.counts.sends),
        row::count(pulse.counts.connections),
        row::count(pulse.counts.requests),
    ])?;
    Ok(())
}

/// What production has shown of an issue whose proposal was made by `repair`.
pub(super) fn of_issue(
    db: &Connection,
    project: &ProjectId,
    issue: IssueId,
    repair: RepairId,
) -> Result<Production, StoreError> {
    let payload: String = db
        .prepare_cached(
            "SELECT payload FROM repairs JOIN events ON number = event WHERE repairs.id = ?1",
        )?
        .query_row([repair.0], |row| row.get(0))?;
    let event: Event = row::noun("event", &payload)?;
    let mut releases = BTreeMap::new();
    seen(db, issue, &mut releases)?;
    exposed(db, project, &mut releases)?;
    let send = event.send.is_some();
    Ok(Production { send, releases: releases.into_values().collect() })
}

/// Release, commit and environment.
type Key = (String, String, String);

fn seen(
    db: &Connection,
    issue: IssueId,
    releases: &mut BTreeMap<Key, ReleaseSeen>,
) -> Result<(), StoreError> {
    let sql = "SELECT release_name, commit_id, environment, events, measured FROM sightings
               WHERE issue = ?1 ORDER BY last_seen DESC LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([issue.0, RELEASES])?;
    while let Some(found) = rows.next()? {
        let release = entry(found, releases)?;
        release.events = row::counted(found.get(3)?);
        release.measured = row::counted(found.get(4)?);
    }
    Ok(())
}

fn exposed(
    db: &Connection,
    project: &ProjectId,
    releases: &mut BTreeMap<Key, ReleaseSeen>,
) -> Result<(), StoreError> {
    let sql = "SELECT release_name, commit_id, environment, first_seen, last_seen, sends,
                      connections, requests, running_ms
               FROM exposures WHERE project = ?1 ORDER BY last_seen DESC LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![project.0, RELEASES])?;
    while let Some(found) = rows.next()? {
        entry(found, releases)?.exposure = Some(Exposure {
            since: row::time(found.get(3)?)?,
            until: row::time(found.get(4)?)?,
            sends: row::counted(found.get(5)?),
            connections: row::counted(found.get(6)?),
            requests: row::counted(found.get(7)?),
            running_ms: row::counted(found.get(8)?),
        });
    }
    Ok(())
}

fn entry<'a>(
    found: &rusqlite::Row<'_>,
    releases: &'a mut BTreeMap<Key, ReleaseSeen>,
) -> Result<&'a mut ReleaseSeen, StoreError> {
    let key: Key = (found.get(0)?, found.get(1)?, found.get(2)?);
    let told = |text: &String| (!text.is_empty()).then(|| text.clone());
    let empty = ReleaseSeen {
        name: told(&key.0),
        commit: told(&key.1),
        environment: told(&key.2),
        ..ReleaseSeen::default()
    };
    Ok(releases.entry(key).or_insert(empty))
}

/// A release is known by its commit. Its name counts where there is none: event and pulse need not
/// agree on it.
fn name<'a>(release: &'a Option<String>, commit: &Option<String>) -> &'a str {
    if commit.is_some() { "" } else { text(release) }
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or_default()
}
