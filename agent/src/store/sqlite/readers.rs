//! A few read-only connections, opened when first needed and used off the async threads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::BUSY;
use crate::store::StoreError;

/// Reads at the same time.
const CONNECTIONS: usize = 4;

/// The pool.
pub(super) struct Readers {
    places: Semaphore,
    idle: Arc<Mutex<Vec<Connection>>>,
    path: PathBuf,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { places: Semaphore::new(CONNECTIONS), idle: Arc::default(), path }
    }

    /// Does the work in one read transaction: it sees one state of the database.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let _place = self.places.acquire().await.map_err(|e| StoreError::Failed(e.into()))?;
        let (idle, path) = (Arc::clone(&self.idle), self.path.clone());
        tokio::task::spawn_blocking(move || {
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = taken.map_or_else(|| open(&path), Ok)?;
            let snapshot = connection.transaction()?;
            let result = work(&snapshot);
            drop(snapshot);
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        })
        .await
        .map_err(|error| StoreError::Failed(error.into()))?
    }
}

fn open(path: &std::path::Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}
