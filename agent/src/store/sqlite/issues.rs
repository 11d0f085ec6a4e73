//! Where an issue stands, and what people want of it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{jobs, row, watches};
use crate::model::{IssueId, IssueState, NextRepair, Occasion, Progress, Refusal};
use crate::store::StoreError;

/// The refusal of a repair that nobody wants any more.
pub(super) fn ignored() -> Refusal {
    Refusal::new("ignored", "the issue is ignored: nobody wants it repaired")
}

/// Queues a repair because of an event.
pub(super) fn queue(
    db: &Connection,
    now: Timestamp,
    issue: IssueId,
    event: i64,
    next: &NextRepair,
) -> Result<(), StoreError> {
    let before: Option<String> = db
        .prepare_cached("SELECT banned FROM repairs WHERE issue = ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([issue.0], |row| row.get(0))
        .optional()?;
    let mut banned: Vec<String> = match before {
        Some(text) => row::noun("banned candidates", &text)?,
        None => Vec::new(),
    };
    banned.extend(next.ban.iter().filter(|ban| !banned.contains(ban)).cloned().collect::<Vec<_>>());
    let sql = "INSERT INTO repairs
                   (issue, event, occasion, banned, created, state, progress, next, not_before)
               VALUES (?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?7, ?5)";
    db.prepare_cached(sql)?.execute(params![
        issue.0,
        event,
        next.occasion.as_str(),
        row::json("banned candidates", &banned)?,
        now.as_millisecond(),
        row::json("progress", &Progress::Queued)?,
        Progress::Queued.next_stage(),
    ])?;
    Ok(())
}

/// Queues a repair for the newest event, unless one is open or no event is left.
pub(super) fn queue_for_newest(
    db: &Connection,
    now: Timestamp,
    issue: IssueId,
    next: &NextRepair,
) -> Result<(), StoreError> {
    match (has_open_repair(db, issue)?, newest_event(db, issue)?) {
        (false, Some(event)) => queue(db, now, issue, event, next),
        (false, None) => {
            tracing::warn!(%issue, "no event is left to repair the issue by");
            Ok(())
        }
        (true, _) => Ok(()),
    }
}

pub(super) fn repair_again(
    db: &Connection,
    now: Timestamp,
    issue: IssueId,
) -> Result<(), StoreError> {
    let state = derived(db, issue, state(db, issue)?)?;
    let ended = matches!(
        state,
        IssueState::New | IssueState::Refused | IssueState::Failed | IssueState::Regressed
    );
    if has_open_repair(db, issue)? || !ended {
        return Err(StoreError::Taken(format!("a repair or proposal for issue {issue}")));
    }
    let event = newest_event(db, issue)?;
    let event = event.ok_or_else(|| StoreError::Missing(format!("event of issue {issue} left")))?;
    if state != IssueState::Regressed {
        set(db, issue, IssueState::New, None)?;
    }
    queue(db, now, issue, event, &NextRepair { occasion: Occasion::Person, ban: None })
}

pub(super) fn ignore(db: &Connection, now: Timestamp, issue: IssueId) -> Result<(), StoreError> {
    state(db, issue)?;
    jobs::refuse_queued(db, now, issue, &ignored())?;
    set(db, issue, IssueState::Ignored, None)?;
    watches::due_now(db, now, issue)
}

pub(super) fn mute(db: &Connection, issue: IssueId, until: Timestamp) -> Result<(), StoreError> {
    if state(db, issue)? == IssueState::Ignored {
        return Err(StoreError::Taken(format!("the wish to ignore issue {issue}")));
    }
    set(db, issue, IssueState::Muted, Some(until))
}

pub(super) fn heed(db: &Connection, now: Timestamp, issue: IssueId) -> Result<(), StoreError> {
    if unwanted(state(db, issue)?) {
        let stands = derived(db, issue, IssueState::New)?;
        set(db, issue, stands, None)?;
        watches::due_now(db, now, issue)?;
    }
    Ok(())
}

/// Ends what was muted for long enough.
pub(super) fn unmute(db: &Connection, now: Timestamp) -> Result<(), StoreError> {
    let sql = "SELECT id FROM issues WHERE muted_until <= ?1";
    let mut statement = db.prepare_cached(sql)?;
    let over = statement.query_map([now.as_millisecond()], |row| row.get(0).map(IssueId))?;
    let over: Vec<IssueId> = over.collect::<Result<_, _>>()?;
    over.into_iter().try_for_each(|issue| heed(db, now, issue))
}

/// Sets an issue's state, unless a person wants it left alone.
pub(super) fn mark(db: &Connection, issue: IssueId, new: IssueState) -> Result<(), StoreError> {
    match unwanted(state(db, issue)?) {
        true => Ok(()),
        false => set(db, issue, new, None),
    }
}

/// Sets an issue's state to what its proposals and repairs say.
pub(super) fn settle(db: &Connection, issue: IssueId) -> Result<(), StoreError> {
    let before = state(db, issue)?;
    mark(db, issue, derived(db, issue, before)?)
}

pub(super) fn state(db: &Connection, issue: IssueId) -> Result<IssueState, StoreError> {
    let word: Option<String> = db
        .prepare_cached("SELECT state FROM issues WHERE id = ?1")?
        .query_row([issue.0], |row| row.get(0))
        .optional()?;
    row::state("issue", &word.ok_or_else(|| StoreError::Missing(format!("issue {issue}")))?)
}

/// Whether a person wants no repair of it.
pub(super) fn unwanted(state: IssueState) -> bool {
    matches!(state, IssueState::Ignored | IssueState::Muted)
}

pub(super) fn has_open_repair(db: &Connection, issue: IssueId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (
                   SELECT 1 FROM repairs WHERE issue = ?1 AND state IN ('queued', 'leased'))";
    Ok(db.prepare_cached(sql)?.query_row([issue.0], |row| row.get(0))?)
}

fn newest_event(db: &Connection, issue: IssueId) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT max(number) FROM events WHERE issue = ?1";
    Ok(db.prepare_cached(sql)?.query_row([issue.0], |row| row.get(0))?)
}

fn set(
    db: &Connection,
    issue: IssueId,
    state: IssueState,
    muted_until: Option<Timestamp>,
) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE issues SET state = ?2, muted_until = ?3 WHERE id = ?1")?
        .execute(params![issue.0, state.as_str(), muted_until.map(Timestamp::as_millisecond)])?;
    Ok(())
}

/// What the newest proposal and the newest repair say together. A repair that has not begun says
/// nothing yet.
fn derived(db: &Connection, issue: IssueId, before: IssueState) -> Result<IssueState, StoreError> {
    let proposal: Option<(i64, String, bool)> = db
        .prepare_cached(
            "SELECT repair, state, coalesce(json_extract(handled, '$.regressed'), 0)
             FROM proposals JOIN watches ON watches.proposal = proposals.id
             WHERE issue = ?1 ORDER BY state = 'open' DESC, id DESC LIMIT 1",
        )?
        .query_row([issue.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let repair: Option<(i64, String)> = db
        .prepare_cached(
            "SELECT id, state FROM repairs
             WHERE issue = ?1 AND NOT (state = 'queued' AND next = 'locate')
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row([issue.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let proposal = proposal.as_ref().map(|(by, state, back)| (*by, state.as_str(), *back));
    let repair = repair.as_ref().map(|(id, state)| (*id, state.as_str()));
    let later = repair.filter(|(id, _)| proposal.is_none_or(|(by, ..)| *id > by));
    Ok(match (proposal, later) {
        (Some((_, "open", _)), _) => IssueState::Proposed,
        (_, Some((_, "queued" | "leased"))) => IssueState::Repairing,
        (Some((_, "merged", true)), _) => IssueState::Regressed,
        (Some((_, "merged", false)), _) if before == IssueState::Resolved => before,
        (Some((_, "merged", false)), _) => IssueState::Merged,
        (_, Some((_, "refused"))) => IssueState::Refused,
        (_, Some((_, "failed"))) => IssueState::Failed,
        _ => IssueState::New,
    })
}
