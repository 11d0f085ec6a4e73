//! Events, the issues they belong to, the repairs they start; and pulses.

use bugstack_proto::{Outcome, Pulse};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{jobs, row};
use crate::model::{Event, IssueId, IssueState, Occasion, Progress, ProjectId};
use crate::store::{Occurrence, Recorded, StoreError};

/// Events forgotten in one transaction, so that new ones need not wait long.
const FORGET: i64 = 1_000;
/// Pages given back to the file system with them.
const PAGES: i64 = 4_000;
/// A message dropped this long after the close, in milliseconds, went to a stale reference.
const STALE_MS: u64 = 1_000;
/// Younger drops are worth a repair once there are this many …
const DROPS: i64 = 5;
/// … within this time, in milliseconds.
const DROPS_WITHIN_MS: i64 = 3_600_000;

pub(super) fn record(
    db: &Connection,
    now: Timestamp,
    occurrence: &Occurrence,
) -> Result<Recorded, StoreError> {
    if let Some(issue) = known(db, occurrence)? {
        return Ok(Recorded { issue, duplicate: true, new_repair: false });
    }
    let issue = count(db, occurrence)?;
    let event = keep(db, now, occurrence, issue)?;
    let new_repair = deserves_repair(db, now, &occurrence.event, issue)?;
    if new_repair {
        queue_repair(db, now, issue, event, Occasion::Event)?;
    }
    Ok(Recorded { issue, duplicate: false, new_repair })
}

fn known(db: &Connection, new: &Occurrence) -> Result<Option<IssueId>, StoreError> {
    let found = db
        .prepare_cached("SELECT issue FROM events WHERE project = ?1 AND id = ?2")?
        .query_row(params![new.project.0, new.event.id], |row| row.get(0).map(IssueId))
        .optional()?;
    Ok(found)
}

/// Counts the event to its issue, which is made by the first.
fn count(db: &Connection, new: &Occurrence) -> Result<IssueId, StoreError> {
    let sql = "INSERT INTO issues (project, key, title, state, events, first_seen, last_seen)
         VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5)
         ON CONFLICT (project, key) DO UPDATE SET
             events = events + 1,
             first_seen = min(first_seen, excluded.first_seen),
             last_seen = max(last_seen, excluded.last_seen)
         RETURNING id";
    let id = db.prepare_cached(sql)?.query_row(
        params![
            new.project.0,
            new.key,
            new.title,
            IssueState::New.as_str(),
            new.event.timestamp.as_millisecond()
        ],
        |row| row.get(0).map(IssueId),
    )?;
    Ok(id)
}

fn keep(
    db: &Connection,
    now: Timestamp,
    new: &Occurrence,
    issue: IssueId,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO events (project, id, issue, received, payload)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    db.prepare_cached(sql)?.execute(params![
        new.project.0,
        new.event.id,
        issue.0,
        now.as_millisecond(),
        row::json("event", &new.event)?
    ])?;
    let number = db.last_insert_rowid();
    db.prepare_cached("UPDATE projects SET last_event = ?2 WHERE id = ?1")?
        .execute(params![new.project.0, now.as_millisecond()])?;
    Ok(number)
}

/// An issue gets one repair by itself. A message that got lost while its socket was closing is
/// only a count until there are several.
fn deserves_repair(
    db: &Connection,
    now: Timestamp,
    event: &Event,
    issue: IssueId,
) -> Result<bool, StoreError> {
    let tried: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM repairs WHERE issue = ?1)")?
        .query_row([issue.0], |row| row.get(0))?;
    if tried {
        return Ok(false);
    }
    let fleeting = event.send.as_ref().is_some_and(|send| {
        send.outcome == Outcome::Dropped && send.closed_for_ms.is_none_or(|ms| ms < STALE_MS)
    });
    if !fleeting {
        return Ok(true);
    }
    let recent: i64 = db
        .prepare_cached("SELECT count(*) FROM events WHERE issue = ?1 AND received > ?2")?
        .query_row(params![issue.0, now.as_millisecond() - DROPS_WITHIN_MS], |row| row.get(0))?;
    Ok(recent >= DROPS)
}

fn queue_repair(
    db: &Connection,
    now: Timestamp,
    issue: IssueId,
    event: i64,
    occasion: Occasion,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO repairs (issue, event, occasion, state, progress, next, not_before)
               VALUES (?1, ?2, ?6, 'queued', ?3, ?4, ?5)";
    db.prepare_cached(sql)?.execute(params![
        issue.0,
        event,
        row::json("progress", &Progress::Queued)?,
        Progress::Queued.next_stage(),
        now.as_millisecond(),
        occasion.as_str()
    ])?;
    Ok(())
}

pub(super) fn repair_again(
    db: &Connection,
    now: Timestamp,
    issue: IssueId,
) -> Result<(), StoreError> {
    let sql = "SELECT state,
             EXISTS (SELECT 1 FROM repairs WHERE issue = ?1 AND state IN ('queued', 'leased')),
             (SELECT max(number) FROM events WHERE issue = ?1)
         FROM issues WHERE id = ?1";
    let found: Option<(String, bool, Option<i64>)> = db
        .query_row(sql, [issue.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (state, open, event) =
        found.ok_or_else(|| StoreError::Missing(format!("issue {issue}")))?;
    let state: IssueState = row::state("issue", &state)?;
    let ended = matches!(state, IssueState::New | IssueState::Refused | IssueState::Failed);
    if open || !ended {
        return Err(StoreError::Taken(format!("a repair or proposal for issue {issue}")));
    }
    let event = event.ok_or_else(|| StoreError::Missing(format!("event of issue {issue} left")))?;
    jobs::mark(db, issue, IssueState::New)?;
    queue_repair(db, now, issue, event, Occasion::Person)
}

pub(super) fn pulse(
    db: &Connection,
    now: Timestamp,
    project: &ProjectId,
    pulse: &Pulse,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO pulses VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 1, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (project, instance, release_name, commit_id, environment) DO UPDATE SET
             last_seen = max(last_seen, excluded.last_seen),
             pulses = pulses + 1,
             sends = sends + excluded.sends,
             sends_not_open = sends_not_open + excluded.sends_not_open,
             connections = connections + excluded.connections,
             requests = requests + excluded.requests,
             panics = panics + excluded.panics";
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
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
    Ok(())
}

pub(super) fn forget(db: &Connection, time: Timestamp) -> Result<usize, StoreError> {
    let time = time.as_millisecond();
    let sql = "DELETE FROM events WHERE number IN (
             SELECT number FROM events
             WHERE received < ?1 AND number NOT IN (SELECT event FROM repairs)
             ORDER BY received LIMIT ?2)";
    let forgotten = db.prepare_cached(sql)?.execute([time, FORGET])?;
    db.execute("DELETE FROM pulses WHERE last_seen < ?1", [time])?;
    if forgotten > 0 {
        db.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    }
    Ok(forgotten)
}
