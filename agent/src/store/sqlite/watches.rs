//! Looks at proposals as durable jobs: due time, lease, fence, and what a look has found.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{issues, production, proposals, row};
use crate::model::{
    Followed, IssueId, IssueState, LaterRepair, Occasion, ProjectId, ProposalId, ProposalState,
    Refusal, RepairEnd, RepairId, Watched,
};
use crate::store::{Delivery, RepairState, StoreError, Watch, WatchLease};

/// Events and pulses make a look due no sooner after the last one, in milliseconds.
const COALESCE_MS: i64 = 5_000;
/// What cannot be read back is tried again after so long, in milliseconds.
const UNREADABLE_MS: i64 = 3_600_000;
/// Deliveries that are remembered, the newest …
const DELIVERIES: i64 = 10_000;
/// … of this time, in milliseconds.
const DELIVERIES_MS: i64 = 7 * 86_400_000;

/// The first look at a proposal, or the next one at a proposal that a repair has changed.
pub(super) fn begin(db: &Connection, now: Timestamp, id: ProposalId) -> Result<(), StoreError> {
    let sql = "INSERT INTO watches (proposal, due) VALUES (?1, ?2)
               ON CONFLICT DO UPDATE SET due = excluded.due";
    db.prepare_cached(sql)?.execute(params![id.0, now.as_millisecond()])?;
    Ok(())
}

/// Something was done to the issue: its proposals are looked at.
pub(super) fn due_now(db: &Connection, now: Timestamp, issue: IssueId) -> Result<(), StoreError> {
    let sql = "UPDATE watches SET due = ?2, hinted = 1
               WHERE proposal IN (SELECT id FROM proposals WHERE issue = ?1)";
    db.prepare_cached(sql)?.execute(params![issue.0, now.as_millisecond()])?;
    Ok(())
}

/// An event has come.
pub(super) fn news_of_issue(
    db: &Connection,
    now: Timestamp,
    issue: IssueId,
) -> Result<(), StoreError> {
    news(db, now, "SELECT id FROM proposals WHERE issue = ?3 AND state = 'merged'", &issue.0)
}

/// A pulse has come.
pub(super) fn news_of_project(
    db: &Connection,
    now: Timestamp,
    project: &ProjectId,
) -> Result<(), StoreError> {
    let which = "SELECT proposals.id FROM issues JOIN proposals ON issue = issues.id
                 WHERE project = ?3 AND issues.state IN ('merged', 'resolved')
                     AND proposals.state = 'merged'";
    news(db, now, which, &project.0)
}

fn news(
    db: &Connection,
    now: Timestamp,
    which: &str,
    value: &dyn rusqlite::ToSql,
) -> Result<(), StoreError> {
    // Many of them make one look: it waits until the pause after the last one is over.
    let sql = format!(
        "UPDATE watches SET due = max(?1, looked + ?2)
         WHERE proposal IN ({which}) AND (due IS NULL OR due > max(?1, looked + ?2))"
    );
    db.prepare_cached(&sql)?.execute(params![now.as_millisecond(), COALESCE_MS, value])?;
    Ok(())
}

pub(super) fn claim(
    db: &Connection,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<Watch>, StoreError> {
    issues::unmute(db, now)?;
    while let Some((held, hinted, faults)) = take(db, now, lease)? {
        match watched(db, held, hinted) {
            Ok(watched) => return Ok(Some(Watch { lease: held, watched, faults })),
            Err(unreadable @ StoreError::Unreadable { .. }) => {
                let later = now.as_millisecond().saturating_add(UNREADABLE_MS);
                unfollowed(db, now, held, &unreadable.to_string(), row::time(later)?)?;
            }
            Err(other) => return Err(other),
        }
    }
    Ok(None)
}

/// The due time is taken with the lease: whatever is due from then on is news. A lease that ran
/// out belonged to a process that is gone.
fn take(
    db: &Connection,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<(WatchLease, bool, u32)>, StoreError> {
    let now = now.as_millisecond();
    let sql = "SELECT proposal, fence + 1, hinted OR lease_until IS NOT NULL, faults FROM watches
               WHERE lease_until <= ?1 OR (due <= ?1 AND lease_until IS NULL)
               ORDER BY coalesce(due, lease_until), proposal LIMIT 1";
    let found = db
        .prepare_cached(sql)?
        .query_row([now], |row| {
            let lease = WatchLease { proposal: ProposalId(row.get(0)?), fence: row.get(1)? };
            Ok((lease, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    if let Some((held, ..)) = &found {
        let sql = "UPDATE watches SET fence = ?2, lease_until = ?3, due = NULL, hinted = 0
                   WHERE proposal = ?1";
        let until = now.saturating_add(row::millis(lease));
        db.prepare_cached(sql)?.execute(params![held.proposal.0, held.fence, until])?;
    }
    Ok(found)
}

fn watched(db: &Connection, held: WatchLease, hinted: bool) -> Result<Watched, StoreError> {
    let id = held.proposal;
    let sql = format!(
        "SELECT {}, {}, proposal_rows.repair, ended, handled,
                proposal_rows.id = (SELECT max(id) FROM proposals
                                    WHERE issue = proposal_rows.issue)
         FROM proposals AS proposal_rows
              JOIN watches ON watches.proposal = proposal_rows.id
              JOIN issues ON issues.id = proposal_rows.issue
              JOIN projects ON projects.id = issues.project
         WHERE proposal_rows.id = ?1",
        row::ISSUE,
        row::PROJECT
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([id.0])?;
    let found = rows.next()?.ok_or(StoreError::StaleWatch(id))?;
    let issue = row::issue(found)?;
    let project = row::project(found, row::ISSUE_COLUMNS)?;
    let after = row::ISSUE_COLUMNS + row::PROJECT_COLUMNS;
    let repair = RepairId(found.get(after)?);
    let ended: Option<i64> = found.get(after + 1)?;
    let kept = proposals::one(db, id)?.ok_or(StoreError::StaleWatch(id))?;
    Ok(Watched {
        id,
        production: production::of_issue(db, &project.id, issue.id, repair)?,
        record: proposals::record(db, &project.id, &kept.proposal.template)?.lower_bound(),
        repair: later(db, issue.id, repair)?,
        proposal: kept.proposal,
        merge_commit: kept.merge_commit,
        outcome: kept.outcome,
        ended: ended.map(row::time).transpose()?,
        handled: row::noun("handled", &found.get::<_, String>(after + 2)?)?,
        newest: found.get(after + 3)?,
        hinted,
        project,
        issue,
    })
}

/// The issue's newest repair, if it was begun after the one that made the proposal.
fn later(
    db: &Connection,
    issue: IssueId,
    made_by: RepairId,
) -> Result<Option<LaterRepair>, StoreError> {
    let sql = "SELECT id, occasion, state, code, explanation
               FROM repairs LEFT JOIN refusals ON refusals.repair = repairs.id
               WHERE issue = ?1 AND id > ?2 ORDER BY id DESC LIMIT 1";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([issue.0, made_by.0])?;
    let Some(found) = rows.next()? else { return Ok(None) };
    let occasion: Occasion = row::state("occasion", &found.get::<_, String>(1)?)?;
    let state: RepairState = row::state("repair", &found.get::<_, String>(2)?)?;
    let end = match state {
        RepairState::Queued | RepairState::Leased => RepairEnd::Open,
        RepairState::Failed => RepairEnd::Failed,
        RepairState::Done => RepairEnd::Done,
        RepairState::Refused => {
            let code = found.get::<_, Option<String>>(3)?.unwrap_or_default();
            let words = found.get::<_, Option<String>>(4)?.unwrap_or_default();
            RepairEnd::Refused(Refusal::new(&code, words))
        }
    };
    Ok(Some(LaterRepair { id: RepairId(found.get(0)?), occasion, end }))
}

pub(super) fn followed(
    db: &Connection,
    now: Timestamp,
    held: WatchLease,
    followed: &Followed,
) -> Result<(), StoreError> {
    let issue = still_held(db, held)?;
    let id = held.proposal;
    proposals::stands(db, id, followed)?;
    let sql = "UPDATE watches SET
                   handled = ?2, shown = ?3, lease_until = NULL, looked = ?4, faults = 0,
                   error = NULL,
                   due = CASE WHEN due IS NULL OR ?5 < due THEN ?5 ELSE due END
               WHERE proposal = ?1";
    db.prepare_cached(sql)?.execute(params![
        id.0,
        row::json("handled", &followed.handled)?,
        row::json("shown", &followed.shown)?,
        now.as_millisecond(),
        followed.again.map(Timestamp::as_millisecond),
    ])?;
    match followed.issue {
        Some(IssueState::Ignored) => issues::ignore(db, now, issue)?,
        Some(state) => issues::mark(db, issue, state)?,
        None => {}
    }
    if let Some(next) = &followed.repair {
        if next.occasion == Occasion::Person {
            issues::heed(db, now, issue)?;
        }
        if issues::state(db, issue)? != IssueState::Ignored {
            issues::queue_for_newest(db, now, issue, next)?;
        }
    }
    Ok(())
}

pub(super) fn unfollowed(
    db: &Connection,
    now: Timestamp,
    held: WatchLease,
    error: &str,
    retry_at: Timestamp,
) -> Result<(), StoreError> {
    still_held(db, held)?;
    let sql = "UPDATE watches SET
                   lease_until = NULL, looked = ?4, faults = faults + 1, error = ?2, hinted = 1,
                   due = ?3
               WHERE proposal = ?1";
    db.prepare_cached(sql)?.execute(params![
        held.proposal.0,
        error,
        retry_at.as_millisecond(),
        now.as_millisecond()
    ])?;
    Ok(())
}

/// The proposal's issue, if nobody else has claimed the look since.
fn still_held(db: &Connection, held: WatchLease) -> Result<IssueId, StoreError> {
    let sql = "SELECT issue FROM watches JOIN proposals ON proposals.id = watches.proposal
               WHERE watches.proposal = ?1 AND fence = ?2 AND lease_until IS NOT NULL";
    db.prepare_cached(sql)?
        .query_row(params![held.proposal.0, held.fence], |row| row.get(0).map(IssueId))
        .optional()?
        .ok_or(StoreError::StaleWatch(held.proposal))
}

pub(super) fn expire_leases(db: &Connection, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE watches SET lease_until = ?1 WHERE lease_until > ?1";
    db.execute(sql, [now.as_millisecond()])?;
    Ok(())
}

pub(super) fn delivered(
    db: &Connection,
    now: Timestamp,
    delivery: &Delivery,
) -> Result<bool, StoreError> {
    let now = now.as_millisecond();
    let sql = "INSERT INTO deliveries VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    if db.prepare_cached(sql)?.execute(params![delivery.id, now])? == 0 {
        return Ok(false);
    }
    db.prepare_cached(
        "DELETE FROM deliveries WHERE received < ?1 OR id IN (
             SELECT id FROM deliveries ORDER BY received DESC LIMIT -1 OFFSET ?2)",
    )?
    .execute([now.saturating_sub(DELIVERIES_MS), DELIVERIES])?;
    for (id, state, number) in proposals::at(db, &delivery.repository)? {
        let meant = match delivery.numbers.as_slice() {
            [] => state == ProposalState::Open,
            numbers => number.is_some_and(|number| numbers.contains(&number)),
        };
        if meant {
            db.prepare_cached("UPDATE watches SET due = ?2, hinted = 1 WHERE proposal = ?1")?
                .execute(params![id.0, now])?;
        }
    }
    Ok(true)
}
