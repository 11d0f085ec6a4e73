//! Proposals and their ends.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{issues, row, watches};
use crate::model::{
    Followed, IssueId, IssueState, Outcome, ProjectId, Proposal, ProposalId, ProposalState, Record,
    RepairId,
};
use crate::store::{Caps, Hold, KeptProposal, StoreError, TemplateRecord};

/// What [`kept`] needs, in its order.
const COLUMNS: &str = "proposals.id, proposals.state, proposals.proposal, merge_commit, outcome, \
                       shown, watches.error";
/// How many columns [`COLUMNS`] names.
const COLUMN_COUNT: usize = 7;
/// The time in which `per_hour` counts, in milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// How long a proposal waits for another one to end, in milliseconds.
const ROOM_MS: i64 = 300_000;

/// Keeps what a repair has proposed. The open proposal of the same fix is brought up to date.
pub(super) fn keep(
    db: &Connection,
    now: Timestamp,
    repair: RepairId,
    issue: IssueId,
    proposal: &Proposal,
) -> Result<(), StoreError> {
    let text = row::json("proposal", proposal)?;
    let sql = "UPDATE proposals SET repair = ?3, template = ?4, proposal = ?5
               WHERE issue = ?1 AND fix_key = ?2 AND state = 'open' RETURNING id";
    let values = params![issue.0, proposal.fix_key, repair.0, proposal.template, text];
    let open = db.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    let id = match open {
        Some(id) => id,
        None => {
            let sql = "INSERT INTO proposals
                           (repair, issue, fix_key, template, state, proposal, created)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            db.prepare_cached(sql)?.execute(params![
                repair.0,
                issue.0,
                proposal.fix_key,
                proposal.template,
                proposal.state.as_str(),
                text,
                now.as_millisecond()
            ])?;
            db.last_insert_rowid()
        }
    };
    // An older one that is open still has to make way.
    watches::due_now(db, now, issue)?;
    watches::begin(db, now, ProposalId(id))
}

/// Why a new proposal of this repair has to wait.
pub(super) fn room(
    db: &Connection,
    now: Timestamp,
    repair: RepairId,
    caps: Caps,
) -> Result<Option<Hold>, StoreError> {
    let sql = "SELECT issue, EXISTS (SELECT 1 FROM proposals
                                     WHERE proposals.issue = repairs.issue AND state = 'open')
               FROM repairs WHERE id = ?1";
    let (issue, updates): (i64, bool) =
        db.prepare_cached(sql)?.query_row([repair.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if updates {
        return Ok(None);
    }
    let now = now.as_millisecond();
    // What other workers are about to propose counts too, in the order of repairs.
    let sql = "SELECT (SELECT count(*) FROM proposals WHERE created > ?1),
                      (SELECT min(created) FROM proposals WHERE created > ?1),
                      (SELECT count(*) FROM repairs
                       WHERE state = 'leased' AND next = 'propose' AND id < ?2)";
    let (made, oldest, coming): (u32, Option<i64>, u32) = db
        .prepare_cached(sql)?
        .query_row([now - HOUR_MS, repair.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if made + coming >= caps.per_hour {
        let why = format!("{} proposals an hour are enough (proposals.per_hour)", caps.per_hour);
        let until = row::time(oldest.map_or(now + ROOM_MS, |oldest| oldest + HOUR_MS))?;
        return Ok(Some(Hold { until, why }));
    }
    let sql = "WITH home (repository) AS (
                   SELECT repository FROM projects JOIN issues ON issues.project = projects.id
                   WHERE issues.id = ?1)
               SELECT (SELECT count(*) FROM proposals
                           JOIN issues ON issues.id = issue
                           JOIN projects ON projects.id = project
                       WHERE proposals.state = 'open' AND repository = (SELECT * FROM home))
                    + (SELECT count(*) FROM repairs
                           JOIN issues ON issues.id = issue
                           JOIN projects ON projects.id = project
                       WHERE repairs.state = 'leased' AND next = 'propose' AND repairs.id < ?2
                           AND repository = (SELECT * FROM home))";
    let open: u32 = db.prepare_cached(sql)?.query_row([issue, repair.0], |row| row.get(0))?;
    if open >= caps.open_per_repository {
        let why =
            format!("{open} proposals are open in the repository (proposals.open_per_repository)");
        return Ok(Some(Hold { until: row::time(now + ROOM_MS)?, why }));
    }
    Ok(None)
}

pub(super) fn one(db: &Connection, id: ProposalId) -> Result<Option<KeptProposal>, StoreError> {
    let found = select(db, "WHERE proposals.id = ?1 ORDER BY proposals.id DESC LIMIT 1", id.0)?;
    Ok(found.into_iter().next())
}

pub(super) fn newest(db: &Connection, limit: usize) -> Result<Vec<KeptProposal>, StoreError> {
    select(db, "ORDER BY proposals.id DESC LIMIT ?1", i64::try_from(limit).unwrap_or(i64::MAX))
}

pub(super) fn of_issue(
    db: &Connection,
    issue: IssueId,
) -> Result<Option<KeptProposal>, StoreError> {
    let found =
        select(db, "WHERE proposals.issue = ?1 ORDER BY proposals.id DESC LIMIT 1", issue.0)?;
    Ok(found.into_iter().next())
}

pub(super) fn merged(
    db: &Connection,
    now: Timestamp,
    id: ProposalId,
    commit: &str,
) -> Result<(), StoreError> {
    let (issue, state, before) = standing(db, id)?;
    match state {
        ProposalState::Merged if before.as_deref() == Some(commit) => return Ok(()),
        ProposalState::Merged | ProposalState::Closed | ProposalState::Superseded => {
            return Err(StoreError::Ended(id, state.as_str()));
        }
        ProposalState::Open => {}
    }
    end(db, now, id, ProposalState::Merged, Some(commit))?;
    issues::mark(db, issue, IssueState::Merged)?;
    watches::due_now(db, now, issue)
}

pub(super) fn closed(db: &Connection, now: Timestamp, id: ProposalId) -> Result<(), StoreError> {
    let (issue, state, _) = standing(db, id)?;
    match state {
        ProposalState::Closed => return Ok(()),
        ProposalState::Merged | ProposalState::Superseded => {
            return Err(StoreError::Ended(id, state.as_str()));
        }
        ProposalState::Open => {}
    }
    end(db, now, id, ProposalState::Closed, None)?;
    issues::mark(db, issue, IssueState::New)?;
    watches::due_now(db, now, issue)
}

fn end(
    db: &Connection,
    now: Timestamp,
    id: ProposalId,
    state: ProposalState,
    commit: Option<&str>,
) -> Result<(), StoreError> {
    db.execute(
        "UPDATE proposals SET state = ?2, merge_commit = ?3, ended = ?4 WHERE id = ?1",
        params![id.0, state.as_str(), commit, now.as_millisecond()],
    )?;
    Ok(())
}

/// Keeps how a look has found the proposal. One that was opened again stays closed here while
/// another one of the same fix is open.
pub(super) fn stands(
    db: &Connection,
    id: ProposalId,
    followed: &Followed,
) -> Result<(), StoreError> {
    let sql = "UPDATE proposals SET state = ?2, merge_commit = ?3, ended = ?4, outcome = ?5
               WHERE id = ?1 AND (?2 <> 'open' OR NOT EXISTS (
                   SELECT 1 FROM proposals AS other
                   WHERE other.fix_key = proposals.fix_key AND other.state = 'open'
                       AND other.id <> ?1))";
    let outcome = followed.outcome.as_ref().map(|outcome| row::json("outcome", outcome));
    db.prepare_cached(sql)?.execute(params![
        id.0,
        followed.state.as_str(),
        followed.merge_commit,
        followed.ended.map(Timestamp::as_millisecond),
        outcome.transpose()?,
    ])?;
    Ok(())
}

/// The proposals in a forge's repository, `owner/name`, each with its state and number there.
pub(super) fn at(
    db: &Connection,
    repository: &str,
) -> Result<Vec<(ProposalId, ProposalState, Option<i64>)>, StoreError> {
    let sql = "SELECT proposals.id, proposals.state, json_extract(proposal, '$.number'), repository
               FROM proposals JOIN issues ON issues.id = issue
                              JOIN projects ON projects.id = project";
    let wanted = format!("/{}", repository.to_ascii_lowercase());
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(one) = rows.next()? {
        let place = one.get::<_, String>(3)?.to_ascii_lowercase();
        let place = place.trim_end_matches('/');
        if place.strip_suffix(".git").unwrap_or(place).ends_with(&wanted) {
            let state = row::state("proposal", &one.get::<_, String>(1)?)?;
            found.push((ProposalId(one.get(0)?), state, one.get(2)?));
        }
    }
    Ok(found)
}

/// How a template's proposals fared in a project.
pub(super) fn record(
    db: &Connection,
    project: &ProjectId,
    template: &str,
) -> Result<Record, StoreError> {
    let found = records(db)?.into_iter();
    let mut found = found.filter(|one| one.project == *project && one.template == template);
    Ok(found.next().map(|one| one.record).unwrap_or_default())
}

/// The lower bounds of a project's records, by template.
pub(super) fn bounds(
    db: &Connection,
    project: &ProjectId,
) -> Result<BTreeMap<String, f64>, StoreError> {
    let found = records(db)?.into_iter().filter(|one| one.project == *project);
    Ok(found.map(|one| (one.template, one.record.lower_bound())).collect())
}

/// How proposals fared. What people did not want at all, or what went by another way, says nothing
/// about a template.
pub(super) fn records(db: &Connection) -> Result<Vec<TemplateRecord>, StoreError> {
    let sql = "SELECT project, template, outcome FROM proposals JOIN issues ON issues.id = issue
               WHERE outcome IS NOT NULL ORDER BY project, template";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut found: BTreeMap<(String, String), Record> = BTreeMap::new();
    while let Some(one) = rows.next()? {
        let outcome: Outcome = row::noun("outcome", &one.get::<_, String>(2)?)?;
        let mut record = Record::default();
        match outcome {
            Outcome::Merged => record.merged = 1,
            Outcome::Edited => record.edited = 1,
            Outcome::Closed(_) => record.closed = 1,
            Outcome::Ignored(_) | Outcome::Superseded(_) => continue,
        }
        let sum = found.entry((one.get(0)?, one.get(1)?)).or_default();
        sum.merged += record.merged;
        sum.edited += record.edited;
        sum.closed += record.closed;
    }
    let named = |((project, template), record)| TemplateRecord {
        project: ProjectId(project),
        template,
        record,
    };
    Ok(found.into_iter().map(named).collect())
}

type Standing = (IssueId, ProposalState, Option<String>);

fn standing(db: &Connection, id: ProposalId) -> Result<Standing, StoreError> {
    let (issue, state, commit): (i64, String, Option<String>) = db
        .query_row("SELECT issue, state, merge_commit FROM proposals WHERE id = ?1", [id.0], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })
        .optional()?
        .ok_or_else(|| StoreError::Missing(format!("proposal {id}")))?;
    Ok((IssueId(issue), row::state("proposal", &state)?, commit))
}

fn select(db: &Connection, which: &str, value: i64) -> Result<Vec<KeptProposal>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, {} FROM proposals
         JOIN watches ON watches.proposal = proposals.id
         JOIN issues ON issues.id = proposals.issue
         JOIN projects ON projects.id = issues.project {which}",
        row::PROJECT
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([value])?;
    let mut found = Vec::new();
    while let Some(one) = rows.next()? {
        found.push(kept(one)?);
    }
    Ok(found)
}

/// The columns know the state; the stored noun is as the stage left it.
fn kept(found: &rusqlite::Row<'_>) -> Result<KeptProposal, StoreError> {
    let mut proposal: Proposal = row::noun("proposal", &found.get::<_, String>(2)?)?;
    proposal.state = row::state("proposal", &found.get::<_, String>(1)?)?;
    let outcome: Option<String> = found.get(4)?;
    Ok(KeptProposal {
        id: ProposalId(found.get(0)?),
        project: row::project(found, COLUMN_COUNT)?,
        proposal,
        merge_commit: found.get(3)?,
        outcome: outcome.map(|text| row::noun("outcome", &text)).transpose()?,
        shown: row::noun("what is shown", &found.get::<_, String>(5)?)?,
        error: found.get(6)?,
    })
}
