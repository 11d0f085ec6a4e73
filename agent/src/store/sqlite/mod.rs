//! The store on disk: one SQLite file, one writer thread, a few readers.

mod events;
mod issues;
mod jobs;
mod pages;
mod production;
mod projects;
mod proposals;
mod readers;
mod row;
mod schema;
mod watches;
mod writer;

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use bugstack_proto::Pulse;
use jiff::Timestamp;
use rusqlite::Connection;

use super::{
    Activity, Answer, Caps, Clock, Delivery, Hold, IssuePage, Job, KeptProposal, KeyHash, Lease,
    Occurrence, ProjectSummary, Recorded, Store, StoreError, TemplateRecord, Watch, WatchLease,
};
use crate::model::{Followed, Issue, IssueId, Progress, Project, ProjectId, ProposalId, Refusal};
use readers::Readers;
use writer::Writer;

/// How long a connection waits for another process's lock.
const BUSY: Duration = Duration::from_secs(5);
/// The file's name in the data directory.
const FILE: &str = "bugstack.sqlite3";

/// The store in one SQLite file.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    clock: Clock,
}

impl SqliteStore {
    /// Opens the store in a directory, which is made when it is missing, and brings its schema up
    /// to date.
    ///
    /// # Errors
    /// When the directory or file cannot be opened, or a newer version wrote it.
    pub fn open(directory: &Path, clock: Clock) -> Result<Self, StoreError> {
        // Events hold what users typed: nobody else on the machine needs to read them.
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| StoreError::Failed(error.into()))?;
        let path = directory.join(FILE);
        let mut connection = Connection::open(&path)?;
        connection.busy_timeout(BUSY)?;
        schema::prepare(&mut connection)?;
        Ok(Self { writer: Writer::start(connection)?, readers: Readers::new(path), clock })
    }

    fn write<T, F>(&self, work: F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, Timestamp) -> Result<T, StoreError> + Send + 'static,
    {
        let clock = self.clock.clone();
        Box::pin(self.writer.write(move |connection| work(connection, clock())))
    }

    fn read<T, F>(&self, work: F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(self.readers.read(work))
    }
}

impl Store for SqliteStore {
    fn add_project(&self, project: Project, key: KeyHash) -> Answer<'_, ()> {
        self.write(move |db, now| projects::add(db, now, &project, key))
    }

    fn seed_project(&self, project: Project, key: Option<KeyHash>) -> Answer<'_, ()> {
        self.write(move |db, now| projects::seed(db, now, &project, key))
    }

    fn rotate_key(&self, project: ProjectId, key: KeyHash) -> Answer<'_, ()> {
        self.write(move |db, _| projects::rotate_key(db, &project, key))
    }

    fn project_by_key(&self, key: KeyHash) -> Answer<'_, Option<Project>> {
        self.read(move |db| projects::by_key(db, key))
    }

    fn projects(&self) -> Answer<'_, Vec<ProjectSummary>> {
        self.read(projects::all)
    }

    fn record(&self, occurrence: Occurrence) -> Answer<'_, Recorded> {
        self.write(move |db, now| events::record(db, now, &occurrence))
    }

    fn repair_again(&self, issue: IssueId) -> Answer<'_, ()> {
        self.write(move |db, now| issues::repair_again(db, now, issue))
    }

    fn ignore(&self, issue: IssueId) -> Answer<'_, ()> {
        self.write(move |db, now| issues::ignore(db, now, issue))
    }

    fn mute(&self, issue: IssueId, until: Timestamp) -> Answer<'_, ()> {
        self.write(move |db, _| issues::mute(db, issue, until))
    }

    fn heed(&self, issue: IssueId) -> Answer<'_, ()> {
        self.write(move |db, now| issues::heed(db, now, issue))
    }

    fn pulse(&self, project: ProjectId, pulse: Pulse) -> Answer<'_, ()> {
        self.write(move |db, now| production::pulse(db, now, &project, &pulse))
    }

    fn claim(&self, lease: Duration) -> Answer<'_, Option<Job>> {
        self.write(move |db, now| jobs::claim(db, now, lease))
    }

    fn renew(&self, held: Lease, lease: Duration) -> Answer<'_, ()> {
        self.write(move |db, now| jobs::renew(db, now, held, lease))
    }

    fn advanced(&self, held: Lease, progress: Progress) -> Answer<'_, ()> {
        self.write(move |db, now| jobs::advanced(db, now, held, &progress))
    }

    fn refused(&self, held: Lease, refusal: Refusal) -> Answer<'_, ()> {
        self.write(move |db, now| jobs::refused(db, now, held, &refusal))
    }

    fn failed(&self, held: Lease, error: String, retry_at: Option<Timestamp>) -> Answer<'_, ()> {
        self.write(move |db, now| jobs::failed(db, now, held, &error, retry_at))
    }

    fn waiting(&self, held: Lease, why: String, until: Timestamp) -> Answer<'_, ()> {
        self.write(move |db, _| jobs::waiting(db, held, &why, until))
    }

    fn released(&self, held: Lease) -> Answer<'_, ()> {
        self.write(move |db, _| jobs::released(db, held))
    }

    fn room(&self, held: Lease, caps: Caps) -> Answer<'_, Option<Hold>> {
        self.write(move |db, now| proposals::room(db, now, held.repair, caps))
    }

    fn claim_watch(&self, lease: Duration) -> Answer<'_, Option<Watch>> {
        self.write(move |db, now| watches::claim(db, now, lease))
    }

    fn followed(&self, held: WatchLease, followed: Followed) -> Answer<'_, ()> {
        self.write(move |db, now| watches::followed(db, now, held, &followed))
    }

    fn unfollowed(&self, held: WatchLease, error: String, retry_at: Timestamp) -> Answer<'_, ()> {
        self.write(move |db, now| watches::unfollowed(db, now, held, &error, retry_at))
    }

    fn delivered(&self, delivery: Delivery) -> Answer<'_, bool> {
        self.write(move |db, now| watches::delivered(db, now, &delivery))
    }

    fn records(&self) -> Answer<'_, Vec<TemplateRecord>> {
        self.read(proposals::records)
    }

    fn expire_leases(&self) -> Answer<'_, usize> {
        self.write(jobs::expire_leases)
    }

    fn issues(&self, limit: usize) -> Answer<'_, Vec<Issue>> {
        self.read(move |db| pages::issues(db, limit))
    }

    fn issue(&self, id: IssueId) -> Answer<'_, Option<IssuePage>> {
        self.read(move |db| pages::issue(db, id))
    }

    fn proposal(&self, id: ProposalId) -> Answer<'_, Option<KeptProposal>> {
        self.read(move |db| proposals::one(db, id))
    }

    fn proposals(&self, limit: usize) -> Answer<'_, Vec<KeptProposal>> {
        self.read(move |db| proposals::newest(db, limit))
    }

    fn merged(&self, id: ProposalId, commit: String) -> Answer<'_, ()> {
        self.write(move |db, now| proposals::merged(db, now, id, &commit))
    }

    fn closed(&self, id: ProposalId) -> Answer<'_, ()> {
        self.write(move |db, now| proposals::closed(db, now, id))
    }

    fn forget(&self, time: Timestamp) -> Answer<'_, usize> {
        self.write(move |db, _| events::forget(db, time))
    }

    fn activity(&self) -> Answer<'_, Activity> {
        self.read(pages::activity)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.into())
    }
}
