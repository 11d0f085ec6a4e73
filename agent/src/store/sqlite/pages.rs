//! What the pages show.

use rusqlite::{Connection, OptionalExtension};

use super::{proposals, row};
use crate::model::{Event, Issue, IssueId, Refusal, RepairId};
use crate::store::{Activity, IssuePage, Repair, StageRun, StoreError};

pub(super) fn issues(db: &Connection, limit: usize) -> Result<Vec<Issue>, StoreError> {
    let sql =
        format!("SELECT {} FROM issues ORDER BY last_seen DESC, id DESC LIMIT ?1", row::ISSUE);
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut found = Vec::new();
    while let Some(one) = rows.next()? {
        found.push(row::issue(one)?);
    }
    Ok(found)
}

pub(super) fn issue(db: &Connection, id: IssueId) -> Result<Option<IssuePage>, StoreError> {
    let sql = format!("SELECT {} FROM issues WHERE id = ?1", row::ISSUE);
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([id.0])?;
    let Some(found) = rows.next()? else { return Ok(None) };
    let issue = row::issue(found)?;
    let proposal = proposals::of_issue(db, id)?;
    Ok(Some(IssuePage { issue, event: event(db, id)?, repairs: repairs(db, id)?, proposal }))
}

/// The event that the newest repair looks at, else the newest one.
fn event(db: &Connection, issue: IssueId) -> Result<Option<Event>, StoreError> {
    let sql = "SELECT payload FROM events WHERE issue = ?1
               ORDER BY number = (SELECT event FROM repairs WHERE issue = ?1
                                  ORDER BY id DESC LIMIT 1) DESC, received DESC
               LIMIT 1";
    db.prepare_cached(sql)?
        .query_row([issue.0], |row| row.get::<_, String>(0))
        .optional()?
        .map(|payload| row::noun("event", &payload))
        .transpose()
}

fn repairs(db: &Connection, issue: IssueId) -> Result<Vec<Repair>, StoreError> {
    let sql =
        "SELECT repairs.id, state, next, attempts, diagnosis, error, code, explanation, occasion
               FROM repairs LEFT JOIN refusals ON refusals.repair = repairs.id
               WHERE issue = ?1 ORDER BY repairs.id DESC";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([issue.0])?;
    let mut found = Vec::new();
    while let Some(one) = rows.next()? {
        found.push(repair(db, one)?);
    }
    Ok(found)
}

fn repair(db: &Connection, found: &rusqlite::Row<'_>) -> Result<Repair, StoreError> {
    let id = RepairId(found.get(0)?);
    let diagnosis: Option<String> = found.get(4)?;
    let refusal = match (found.get::<_, Option<String>>(6)?, found.get::<_, Option<String>>(7)?) {
        (Some(code), Some(explanation)) => Some(Refusal::new(code, explanation)),
        _ => None,
    };
    Ok(Repair {
        id,
        occasion: row::state("occasion", &found.get::<_, String>(8)?)?,
        state: row::state("repair", &found.get::<_, String>(1)?)?,
        next: found.get(2)?,
        attempts: found.get(3)?,
        diagnosis: diagnosis.map(|text| row::noun("diagnosis", &text)).transpose()?,
        refusal,
        error: found.get(5)?,
        stages: stages(db, id)?,
    })
}

fn stages(db: &Connection, repair: RepairId) -> Result<Vec<StageRun>, StoreError> {
    let sql = "SELECT stage, started, ms, outcome FROM stages WHERE repair = ?1 ORDER BY number";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([repair.0])?;
    let mut found = Vec::new();
    while let Some(one) = rows.next()? {
        found.push(StageRun {
            stage: one.get(0)?,
            started: row::time(one.get(1)?)?,
            ms: row::counted(one.get(2)?),
            outcome: one.get(3)?,
        });
    }
    Ok(found)
}

pub(super) fn activity(db: &Connection) -> Result<Activity, StoreError> {
    let count = |table: &str| -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM {table}");
        Ok(row::counted(db.prepare_cached(&sql)?.query_row([], |row| row.get(0))?))
    };
    Ok(Activity {
        projects: count("projects")?,
        events: count("events")?,
        issues: count("issues")?,
        open_repairs: count("repairs WHERE state IN ('queued', 'leased')")?,
        repairs: count("repairs")?,
        proposals: count("proposals")?,
        pulses: count("pulses")?,
    })
}
