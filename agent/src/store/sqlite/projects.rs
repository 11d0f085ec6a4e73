//! Projects and their keys.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::row;
use crate::model::{Project, ProjectId};
use crate::store::{KeyHash, ProjectSummary, StoreError};

pub(super) fn add(
    db: &Connection,
    now: Timestamp,
    project: &Project,
    key: KeyHash,
) -> Result<(), StoreError> {
    let added = db.execute(
        "INSERT INTO projects (id, repository, base_branch, key_hash, created)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING",
        params![project.id.0, project.repository, project.base_branch, key.0, now.as_millisecond()],
    )?;
    if added == 0 {
        return Err(StoreError::Taken(format!("project `{}`", project.id)));
    }
    Ok(())
}

pub(super) fn seed(
    db: &Connection,
    now: Timestamp,
    project: &Project,
    key: Option<KeyHash>,
) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO projects (id, repository, base_branch, key_hash, created)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET
             repository = excluded.repository,
             base_branch = excluded.base_branch,
             key_hash = coalesce(excluded.key_hash, key_hash)",
        params![
            project.id.0,
            project.repository,
            project.base_branch,
            key.map(|key| key.0),
            now.as_millisecond()
        ],
    )?;
    Ok(())
}

pub(super) fn rotate_key(
    db: &Connection,
    project: &ProjectId,
    key: KeyHash,
) -> Result<(), StoreError> {
    let changed =
        db.execute("UPDATE projects SET key_hash = ?2 WHERE id = ?1", params![project.0, key.0])?;
    if changed == 0 {
        return Err(StoreError::Missing(format!("project `{project}`")));
    }
    Ok(())
}

pub(super) fn by_key(db: &Connection, key: KeyHash) -> Result<Option<Project>, StoreError> {
    let sql = format!("SELECT {} FROM projects WHERE key_hash = ?1", row::PROJECT);
    let found = db.prepare_cached(&sql)?.query_row([key.0], |r| row::project(r, 0)).optional()?;
    Ok(found)
}

pub(super) fn all(db: &Connection) -> Result<Vec<ProjectSummary>, StoreError> {
    let sql = format!(
        "SELECT {}, key_hash IS NOT NULL,
                (SELECT coalesce(sum(events), 0) FROM issues WHERE project = projects.id),
                last_event,
                (SELECT max(last_seen) FROM pulses WHERE project = projects.id)
         FROM projects ORDER BY projects.id",
        row::PROJECT
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(found) = rows.next()? {
        all.push(ProjectSummary {
            project: row::project(found, 0)?,
            has_key: found.get(3)?,
            events: row::counted(found.get(4)?),
            last_event: found.get::<_, Option<i64>>(5)?.map(row::time).transpose()?,
            last_pulse: found.get::<_, Option<i64>>(6)?.map(row::time).transpose()?,
        });
    }
    Ok(all)
}
