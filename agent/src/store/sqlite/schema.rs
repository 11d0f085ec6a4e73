//! The schema, one migration a version; `user_version` says which ran.

use rusqlite::Connection;

use crate::store::StoreError;

/// Pages in the write-ahead log before it is folded back: small and often keeps commits even.
const CHECKPOINT_PAGES: i64 = 2_000;
/// Bytes that the write-ahead log keeps on disk after a checkpoint.
const JOURNAL_BYTES: i64 = 16 << 20;

/// Each runs once, in order, and is never edited after a release.
const MIGRATIONS: &[&str] = &[include_str!("schema/1.sql")];

/// Sets the connection up for durable writes and runs the migrations that are missing.
pub(super) fn prepare(db: &mut Connection) -> Result<(), StoreError> {
    db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    db.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
    migrate(db)
}

fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let change = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: u32 = change.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found = usize::try_from(version).unwrap_or(usize::MAX);
    let missing =
        MIGRATIONS.get(found..).ok_or(StoreError::Newer { found, known: MIGRATIONS.len() })?;
    for migration in missing {
        change.execute_batch(migration)?;
    }
    change.pragma_update(None, "user_version", i64::try_from(MIGRATIONS.len()).unwrap_or(0))?;
    Ok(change.commit()?)
}
