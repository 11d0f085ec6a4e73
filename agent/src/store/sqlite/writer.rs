//! One thread writes. It takes whatever waits into one transaction, commits once, then answers.
//!
//! While a commit is on its way to the disk new writes gather, so the batch grows with the load
//! and a lone write waits for nobody.

use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::store::StoreError;

/// Writes in one transaction at most; beyond a few hundred only the latency grows.
const BATCH: usize = 512;
/// Writes that wait at most.
const QUEUE: usize = 1_024;
/// How long a caller waits for a place in the queue before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs inside the transaction and returns what to do once that is committed.
type Write = Box<dyn FnOnce(&Connection) -> Told + Send>;
/// Tells the caller. Dropped unused when the transaction failed.
type Told = Box<dyn FnOnce() + Send>;

/// The way to the writing thread. Dropping it waits for what has been queued.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Write>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(connection, waiting))
            .map_err(|error| StoreError::Failed(error.into()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Does the work in a transaction and returns its result after the commit.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let write: Write = Box::new(move |db| {
            let result = undone_on_error(db, work);
            Box::new(move || {
                // A caller that went away needs no answer.
                let _ = answer.send(result);
            })
        });
        let queue = self.queue.as_ref().ok_or(StoreError::NotCommitted)?;
        queue.send_timeout(write, PATIENCE).await.map_err(|error| match error {
            mpsc::error::SendTimeoutError::Timeout(_) => StoreError::Busy,
            mpsc::error::SendTimeoutError::Closed(_) => StoreError::NotCommitted,
        })?;
        answered.await.unwrap_or(Err(StoreError::NotCommitted))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer had panicked");
        }
    }
}

fn run(mut connection: Connection, mut waiting: mpsc::Receiver<Write>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.blocking_recv().map(|first| batch.push(first)).is_some() {
        while batch.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        match commit(&mut connection, batch.drain(..)) {
            Ok(answers) => answers.into_iter().for_each(|tell| tell()),
            Err(error) => tracing::error!(%error, "a batch of writes was not committed"),
        }
    }
}

fn commit(
    connection: &mut Connection,
    batch: impl Iterator<Item = Write>,
) -> rusqlite::Result<Vec<Told>> {
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut answers = Vec::new();
    for write in batch {
        answers.push(write(&change));
        if change.is_autocommit() {
            // A full disk or a failed read makes SQLite roll the whole transaction back by
            // itself: whatever ran next would commit alone.
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT),
                Some("the transaction was rolled back under way".to_owned()),
            ));
        }
    }
    change.commit()?;
    Ok(answers)
}

/// Runs the work so that its failure undoes its own changes and leaves its neighbours' alone.
fn undone_on_error<T>(
    db: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    db.prepare_cached("SAVEPOINT one_write")?.execute([])?;
    let result = work(db);
    if result.is_err() {
        db.prepare_cached("ROLLBACK TO one_write")?.execute([])?;
    }
    db.prepare_cached("RELEASE one_write")?.execute([])?;
    result
}
