//! Proposals and their ends.

use rusqlite::{Connection, OptionalExtension, params};

use super::{jobs, row};
use crate::model::{IssueId, IssueState, Proposal, ProposalId, ProposalState, RepairId};
use crate::store::{KeptProposal, StoreError};

/// What [`kept`] needs, in its order.
const COLUMNS: &str = "proposals.id, proposals.state, proposal, merge_commit";

pub(super) fn keep(
    db: &Connection,
    repair: RepairId,
    issue: IssueId,
    proposal: &Proposal,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO proposals (repair, issue, fix_key, state, proposal)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    db.prepare_cached(sql)?.execute(params![
        repair.0,
        issue.0,
        proposal.fix_key,
        proposal.state.as_str(),
        row::json("proposal", proposal)?
    ])?;
    Ok(())
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

pub(super) fn merged(db: &Connection, id: ProposalId, commit: &str) -> Result<(), StoreError> {
    let (issue, state, before) = standing(db, id)?;
    match state {
        ProposalState::Merged if before.as_deref() == Some(commit) => return Ok(()),
        ProposalState::Merged | ProposalState::Closed | ProposalState::Superseded => {
            return Err(StoreError::Ended(id, state.as_str()));
        }
        ProposalState::Open => {}
    }
    end(db, id, ProposalState::Merged, Some(commit))?;
    jobs::mark(db, issue, IssueState::Merged)
}

pub(super) fn closed(db: &Connection, id: ProposalId) -> Result<(), StoreError> {
    let (issue, state, _) = standing(db, id)?;
    match state {
        ProposalState::Closed => return Ok(()),
        ProposalState::Merged | ProposalState::Superseded => {
            return Err(StoreError::Ended(id, state.as_str()));
        }
        ProposalState::Open => {}
    }
    end(db, id, ProposalState::Closed, None)?;
    jobs::mark(db, issue, IssueState::New)
}

fn end(
    db: &Connection,
    id: ProposalId,
    state: ProposalState,
    commit: Option<&str>,
) -> Result<(), StoreError> {
    db.execute(
        "UPDATE proposals SET state = ?2, merge_commit = ?3 WHERE id = ?1",
        params![id.0, state.as_str(), commit],
    )?;
    Ok(())
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
    Ok(KeptProposal {
        id: ProposalId(found.get(0)?),
        project: row::project(found, 4)?,
        proposal,
        merge_commit: found.get(3)?,
    })
}
