//! Repairs as durable jobs: lease, fence, and one transaction for what a stage found.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{issues, proposals, row, watches};
use crate::model::{Errand, IssueId, IssueState, Progress, Refusal, RepairId};
use crate::store::{Job, Lease, StoreError};

/// What a worker that still holds its lease works on.
struct Held {
    repair: RepairId,
    issue: IssueId,
    stage: String,
    began: i64,
}

pub(super) fn claim(
    db: &Connection,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<Job>, StoreError> {
    // A row that cannot be read back is ended, so that it does not block the others for ever.
    while let Some(held) = take(db, now, lease)? {
        match job(db, held) {
            Err(unreadable @ StoreError::Unreadable { .. }) => {
                failed(db, now, held, &unreadable.to_string(), None)?;
            }
            job => return job.map(Some),
        }
    }
    Ok(None)
}

fn take(db: &Connection, now: Timestamp, lease: Duration) -> Result<Option<Lease>, StoreError> {
    let now = now.as_millisecond();
    let sql = "UPDATE repairs SET
             state = 'leased', fence = fence + 1, attempts = attempts + 1, began = ?1,
             lease_until = ?2
         WHERE id = (
             SELECT id FROM repairs
             WHERE state IN ('queued', 'leased') AND not_before <= ?1
                 AND (state = 'queued' OR lease_until <= ?1)
                 AND issue NOT IN (SELECT id FROM issues WHERE state IN ('ignored', 'muted'))
             ORDER BY not_before, id LIMIT 1)
         RETURNING id, fence";
    let taken = db
        .prepare_cached(sql)?
        .query_row(params![now, now.saturating_add(row::millis(lease))], |row| {
            Ok(Lease { repair: RepairId(row.get(0)?), fence: row.get(1)? })
        })
        .optional()?;
    Ok(taken)
}

fn job(db: &Connection, lease: Lease) -> Result<Job, StoreError> {
    let sql = format!(
        "SELECT {}, {}, payload, progress, attempts, occasion, banned
         FROM repairs JOIN events ON events.number = repairs.event
                      JOIN issues ON issues.id = repairs.issue
                      JOIN projects ON projects.id = events.project
         WHERE repairs.id = ?1",
        row::ISSUE,
        row::PROJECT
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([lease.repair.0])?;
    let found = rows.next()?.ok_or(StoreError::Stale(lease.repair))?;
    let issue = row::issue(found)?;
    let after = row::ISSUE_COLUMNS + row::PROJECT_COLUMNS;
    let errand = Errand {
        occasion: row::state("occasion", &found.get::<_, String>(after + 3)?)?,
        banned: row::noun("banned templates", &found.get::<_, String>(after + 4)?)?,
        last: proposals::of_issue(db, issue.id)?.map(|kept| kept.proposal),
        record: proposals::bounds(db, &issue.project)?,
    };
    let job = Job {
        lease,
        project: row::project(found, row::ISSUE_COLUMNS)?,
        event: row::noun("event", &found.get::<_, String>(after)?)?,
        progress: row::noun("progress", &found.get::<_, String>(after + 1)?)?,
        attempts: found.get(after + 2)?,
        issue,
        errand,
    };
    issues::settle(db, job.issue.id)?;
    Ok(job)
}

pub(super) fn renew(
    db: &Connection,
    now: Timestamp,
    lease: Lease,
    time: Duration,
) -> Result<(), StoreError> {
    held(db, lease)?;
    db.prepare_cached("UPDATE repairs SET lease_until = ?2 WHERE id = ?1")?
        .execute(params![lease.repair.0, now.as_millisecond().saturating_add(row::millis(time))])?;
    Ok(())
}

pub(super) fn advanced(
    db: &Connection,
    now: Timestamp,
    lease: Lease,
    progress: &Progress,
) -> Result<(), StoreError> {
    let held = held(db, lease)?;
    let ended = progress.next_stage().is_none();
    if !ended && issues::state(db, held.issue)? == IssueState::Ignored {
        return refuse(db, now, &held, &issues::ignored());
    }
    if let Some(other) = rival(db, &held, progress)? {
        return refuse(db, now, &held, &Refusal::new("duplicate", other));
    }
    log(db, now, &held, "found")?;
    let state = if ended { "done" } else { "queued" };
    let sql = "UPDATE repairs SET
             state = ?2, progress = ?3, next = ?4, not_before = ?5, attempts = 0,
             lease_until = NULL, began = NULL, error = NULL,
             fix_key = coalesce(?6, fix_key), diagnosis = coalesce(?7, diagnosis)
         WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![
        held.repair.0,
        state,
        row::json("progress", progress)?,
        progress.next_stage(),
        now.as_millisecond(),
        fix_key(progress),
        diagnosis(progress)?,
    ])?;
    if let Progress::Proposed(proposal) = progress {
        proposals::keep(db, now, held.repair, held.issue, proposal)?;
        issues::settle(db, held.issue)?;
    }
    Ok(())
}

pub(super) fn refused(
    db: &Connection,
    now: Timestamp,
    lease: Lease,
    refusal: &Refusal,
) -> Result<(), StoreError> {
    refuse(db, now, &held(db, lease)?, refusal)
}

fn refuse(
    db: &Connection,
    now: Timestamp,
    held: &Held,
    refusal: &Refusal,
) -> Result<(), StoreError> {
    log(db, now, held, &refusal.code)?;
    db.prepare_cached("INSERT INTO refusals (repair, code, explanation) VALUES (?1, ?2, ?3)")?
        .execute(params![held.repair.0, refusal.code, refusal.explanation])?;
    db.prepare_cached("UPDATE repairs SET state = 'refused', lease_until = NULL WHERE id = ?1")?
        .execute([held.repair.0])?;
    ended(db, now, held.issue)
}

/// Who waits for the end of a repair hears of it.
fn ended(db: &Connection, now: Timestamp, issue: IssueId) -> Result<(), StoreError> {
    issues::settle(db, issue)?;
    watches::due_now(db, now, issue)
}

/// Ends the repair of an issue that no worker holds.
pub(super) fn refuse_queued(
    db: &Connection,
    now: Timestamp,
    issue: IssueId,
    refusal: &Refusal,
) -> Result<(), StoreError> {
    let sql = "SELECT id, next FROM repairs WHERE issue = ?1 AND state = 'queued'";
    let queued = db
        .prepare_cached(sql)?
        .query_row([issue.0], |row| {
            let (repair, stage) = (RepairId(row.get(0)?), row.get(1)?);
            Ok(Held { repair, issue, stage, began: now.as_millisecond() })
        })
        .optional()?;
    match queued {
        Some(held) => refuse(db, now, &held, refusal),
        None => Ok(()),
    }
}

pub(super) fn failed(
    db: &Connection,
    now: Timestamp,
    lease: Lease,
    error: &str,
    retry_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let held = held(db, lease)?;
    log(db, now, &held, error)?;
    let sql = "UPDATE repairs SET
             state = ?2, error = ?3, not_before = coalesce(?4, not_before), lease_until = NULL,
             began = NULL
         WHERE id = ?1";
    let state = if retry_at.is_some() { "queued" } else { "failed" };
    let retry_at = retry_at.map(Timestamp::as_millisecond);
    db.prepare_cached(sql)?.execute(params![held.repair.0, state, error, retry_at])?;
    if retry_at.is_none() {
        self::ended(db, now, held.issue)?;
    }
    Ok(())
}

pub(super) fn waiting(
    db: &Connection,
    lease: Lease,
    why: &str,
    until: Timestamp,
) -> Result<(), StoreError> {
    released(db, lease)?;
    db.prepare_cached("UPDATE repairs SET not_before = ?2, error = ?3 WHERE id = ?1")?
        .execute(params![lease.repair.0, until.as_millisecond(), why])?;
    Ok(())
}

pub(super) fn released(db: &Connection, lease: Lease) -> Result<(), StoreError> {
    let held = held(db, lease)?;
    db.prepare_cached(
        "UPDATE repairs SET state = 'queued', attempts = attempts - 1, lease_until = NULL,
             began = NULL
         WHERE id = ?1",
    )?
    .execute([held.repair.0])?;
    Ok(())
}

pub(super) fn expire_leases(db: &Connection, now: Timestamp) -> Result<usize, StoreError> {
    let sql = "UPDATE repairs SET lease_until = ?1 WHERE state = 'leased' AND lease_until > ?1";
    watches::expire_leases(db, now)?;
    Ok(db.execute(sql, [now.as_millisecond()])?)
}

/// The repair, if nobody else claimed it since.
fn held(db: &Connection, lease: Lease) -> Result<Held, StoreError> {
    let sql = "SELECT issue, next, began FROM repairs
               WHERE id = ?1 AND fence = ?2 AND state = 'leased'";
    db.prepare_cached(sql)?
        .query_row(params![lease.repair.0, lease.fence], |row| {
            Ok(Held {
                repair: lease.repair,
                issue: IssueId(row.get(0)?),
                stage: row.get(1)?,
                began: row.get(2)?,
            })
        })
        .optional()?
        .ok_or(StoreError::Stale(lease.repair))
}

/// Who else is at the same fix, in words.
fn rival(db: &Connection, held: &Held, progress: &Progress) -> Result<Option<String>, StoreError> {
    let Some(key) = fix_key(progress) else { return Ok(None) };
    let proposal = db
        .prepare_cached(
            "SELECT id, issue FROM proposals
             WHERE fix_key = ?1 AND state = 'open' AND issue <> ?2",
        )?
        .query_row(params![key, held.issue.0], |row| {
            let (id, issue): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok(format!("proposal {id}, for issue {issue}, is open and fixes the same place"))
        })
        .optional()?;
    if proposal.is_some() {
        return Ok(proposal);
    }
    let repair = db
        .prepare_cached(
            "SELECT id, issue FROM repairs
             WHERE fix_key = ?1 AND state IN ('queued', 'leased') AND id <> ?2",
        )?
        .query_row(params![key, held.repair.0], |row| {
            let (id, issue): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok(format!("repair {id}, of issue {issue}, is under way at the same place"))
        })
        .optional()?;
    Ok(repair)
}

fn fix_key(progress: &Progress) -> Option<&str> {
    match progress {
        Progress::Queued | Progress::Located(_) => None,
        Progress::Diagnosed(found) | Progress::Patched(found, _) => Some(&found.fix_key),
        Progress::Verified(verdict) => Some(&verdict.diagnosis.fix_key),
        Progress::Proposed(proposal) => Some(&proposal.fix_key),
    }
}

fn diagnosis(progress: &Progress) -> Result<Option<String>, StoreError> {
    match progress {
        Progress::Diagnosed(diagnosis) => row::json("diagnosis", &diagnosis.found).map(Some),
        _ => Ok(None),
    }
}

fn log(db: &Connection, now: Timestamp, held: &Held, outcome: &str) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO stages (repair, stage, started, ms, outcome) VALUES (?1, ?2, ?3, ?4, ?5)";
    let ms = now.as_millisecond().saturating_sub(held.began).max(0);
    db.prepare_cached(sql)?.execute(params![held.repair.0, held.stage, held.began, ms, outcome])?;
    Ok(())
}
