//! Events, the issues they belong to, the repairs they start.

use bugstack_proto::Outcome;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{issues, production, row, watches};
use crate::model::{Event, IssueId, IssueState, NextRepair, Occasion};
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
    issues::unmute(db, now)?;
    let issue = count(db, occurrence)?;
    let event = keep(db, now, occurrence, issue)?;
    production::sight(db, now, occurrence, issue)?;
    watches::news_of_issue(db, now, issue)?;
    let occasion = occasion(db, &occurrence.event, issue)?;
    let occasion = match occasion {
        Some(occasion) if worth_a_repair(db, now, &occurrence.event, issue)? => occasion,
        _ => return Ok(Recorded { issue, duplicate: false, new_repair: false }),
    };
    issues::queue(db, now, issue, event, &NextRepair { occasion, ban: None })?;
    Ok(Recorded { issue, duplicate: false, new_repair: true })
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

/// An issue gets one repair by itself; and another one when it is seen in a release that is new
/// since its proposal was closed.
fn occasion(
    db: &Connection,
    event: &Event,
    issue: IssueId,
) -> Result<Option<Occasion>, StoreError> {
    if issues::unwanted(issues::state(db, issue)?) || issues::has_open_repair(db, issue)? {
        return Ok(None);
    }
    let tried: Option<i64> = db
        .prepare_cached("SELECT max(created) FROM repairs WHERE issue = ?1")?
        .query_row([issue.0], |row| row.get(0))?;
    let Some(tried) = tried else { return Ok(Some(Occasion::Event)) };
    let closed: Option<i64> = db
        .prepare_cached(
            "SELECT CASE WHEN state IN ('closed', 'superseded') THEN ended END FROM proposals
             WHERE issue = ?1 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([issue.0], |row| row.get(0))
        .optional()?
        .flatten();
    let first = production::first_seen(db, issue, event)?;
    let new = first.zip(closed).is_some_and(|(first, closed)| first > closed && first > tried);
    Ok(new.then_some(Occasion::NewRelease))
}

/// A message that got lost while its socket was closing is only a count until there are several.
fn worth_a_repair(
    db: &Connection,
    now: Timestamp,
    event: &Event,
    issue: IssueId,
) -> Result<bool, StoreError> {
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
