//! Values on their way into and out of columns.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{Issue, IssueId, Project, ProjectId};
use crate::store::StoreError;

/// Milliseconds of a duration, as a column holds them.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A count as a column holds it.
pub(super) fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count from a column.
pub(super) fn counted(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A time from a column.
pub(super) fn time(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms)
        .map_err(|e| StoreError::Unreadable { what: "time", cause: e.to_string() })
}

/// A noun as a column holds it.
pub(super) fn json<T: Serialize>(what: &'static str, noun: &T) -> Result<String, StoreError> {
    serde_json::to_string(noun).map_err(|e| StoreError::Unreadable { what, cause: e.to_string() })
}

/// A noun from a column.
pub(super) fn noun<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| StoreError::Unreadable { what, cause: e.to_string() })
}

/// A state from a column.
pub(super) fn state<T: FromStr>(what: &'static str, word: &str) -> Result<T, StoreError>
where
    T::Err: std::fmt::Display,
{
    word.parse().map_err(|e: T::Err| StoreError::Unreadable { what, cause: e.to_string() })
}

/// How many columns [`ISSUE`] names.
pub(super) const ISSUE_COLUMNS: usize = 9;

/// What [`issue`] needs, in its order.
pub(super) const ISSUE: &str = "issues.id, issues.project, key, title, issues.state, events, first_seen, last_seen, \
     muted_until";

/// An issue from the columns of [`ISSUE`].
pub(super) fn issue(row: &rusqlite::Row<'_>) -> Result<Issue, StoreError> {
    Ok(Issue {
        id: IssueId(row.get(0)?),
        project: ProjectId(row.get(1)?),
        key: row.get(2)?,
        title: row.get(3)?,
        state: state("issue", &row.get::<_, String>(4)?)?,
        events: counted(row.get(5)?),
        first_seen: time(row.get(6)?)?,
        last_seen: time(row.get(7)?)?,
        muted_until: row.get::<_, Option<i64>>(8)?.map(time).transpose()?,
    })
}

/// How many columns [`PROJECT`] names.
pub(super) const PROJECT_COLUMNS: usize = 3;

/// What [`project`] needs, in its order.
pub(super) const PROJECT: &str = "projects.id, repository, base_branch";

/// A project from the columns of [`PROJECT`], the first of which is column `from`.
pub(super) fn project(row: &rusqlite::Row<'_>, from: usize) -> rusqlite::Result<Project> {
    Ok(Project {
        id: ProjectId(row.get(from)?),
        repository: row.get(from + 1)?,
        base_branch: row.get(from + 2)?,
    })
}
