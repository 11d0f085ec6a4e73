//! What the agent remembers, in the words of the domain; `sqlite/` keeps it on disk.
//!
//! Every method that writes is one transaction and answers after it is durable. Whoever holds a
//! [`Lease`] may store what its stage found; a stale one is turned away, so a repair that two
//! workers believe to own still moves once.

mod key;
mod nouns;
pub mod retention;
pub mod sqlite;

use std::sync::Arc;
use std::time::Duration;

use bugstack_proto::Pulse;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::model::{
    Followed, Issue, IssueId, Progress, Project, ProjectId, ProposalId, Refusal, RepairId,
};

pub use key::{KeyHash, ProjectKey};
pub use nouns::{
    Activity, Caps, Delivery, Hold, IssuePage, Job, KeptProposal, Lease, Occurrence,
    ProjectSummary, Recorded, Repair, RepairState, StageRun, TemplateRecord, Watch, WatchLease,
};

/// Tells the time; tests bring their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a store method returns.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Everything the agent remembers.
pub trait Store: Send + Sync {
    /// Adds a project; [`StoreError::Taken`] when the name is in use.
    fn add_project(&self, project: Project, key: KeyHash) -> Answer<'_, ()>;
    /// Adds a project or updates its repository and branch; no key means that the old one stays.
    fn seed_project(&self, project: Project, key: Option<KeyHash>) -> Answer<'_, ()>;
    /// Replaces a project's key; the old one is refused from then on.
    fn rotate_key(&self, project: ProjectId, key: KeyHash) -> Answer<'_, ()>;
    /// The project that a key belongs to.
    fn project_by_key(&self, key: KeyHash) -> Answer<'_, Option<Project>>;
    /// Every project with what it has sent so far, by name.
    fn projects(&self) -> Answer<'_, Vec<ProjectSummary>>;

    /// Keeps an event, its issue and, where the issue deserves one, its first repair.
    fn record(&self, occurrence: Occurrence) -> Answer<'_, Recorded>;
    /// Queues a repair for the issue's newest event, because a person asked for it; an ignored or
    /// muted issue is heard again. [`StoreError::Taken`] while a repair or proposal is open or
    /// after a merge.
    fn repair_again(&self, issue: IssueId) -> Answer<'_, ()>;
    /// Repairs the issue no more; its open repair ends, its open proposal is closed at the next
    /// look.
    fn ignore(&self, issue: IssueId) -> Answer<'_, ()>;
    /// Repairs the issue no more until this time; an open proposal stays.
    fn mute(&self, issue: IssueId, until: Timestamp) -> Answer<'_, ()>;
    /// Takes an ignored or muted issue up again where it stood.
    fn heed(&self, issue: IssueId) -> Answer<'_, ()>;
    /// Adds a pulse to what its instance has counted so far.
    fn pulse(&self, project: ProjectId, pulse: Pulse) -> Answer<'_, ()>;

    /// Leases the repair that has waited longest, or one whose lease has run out.
    fn claim(&self, lease: Duration) -> Answer<'_, Option<Job>>;
    /// Extends a lease to `lease` from now.
    fn renew(&self, held: Lease, lease: Duration) -> Answer<'_, ()>;
    /// Keeps what a stage found and queues the next one, or ends the repair with a proposal.
    ///
    /// A fix key that another open repair or proposal holds ends the repair as `duplicate`.
    fn advanced(&self, held: Lease, progress: Progress) -> Answer<'_, ()>;
    /// Ends the repair without a patch.
    fn refused(&self, held: Lease, refusal: Refusal) -> Answer<'_, ()>;
    /// Queues the stage again for `retry_at`, or ends the repair when that is none.
    fn failed(&self, held: Lease, error: String, retry_at: Option<Timestamp>) -> Answer<'_, ()>;
    /// Queues the stage again for `until`, in the words of `why`; the attempt does not count.
    fn waiting(&self, held: Lease, why: String, until: Timestamp) -> Answer<'_, ()>;
    /// Gives the lease back unused; the attempt does not count.
    fn released(&self, held: Lease) -> Answer<'_, ()>;
    /// Whether a new proposal of this repair has to wait: a cap is reached. One that brings an
    /// open proposal up to date never has to.
    fn room(&self, held: Lease, caps: Caps) -> Answer<'_, Option<Hold>>;

    /// Leases the proposal whose look is most overdue.
    fn claim_watch(&self, lease: Duration) -> Answer<'_, Option<Watch>>;
    /// Keeps what a look has found: proposal, outcome, issue, and the repair that follows.
    fn followed(&self, held: WatchLease, followed: Followed) -> Answer<'_, ()>;
    /// A look has failed and is to be repeated at `retry_at`, or as soon as there is news.
    fn unfollowed(&self, held: WatchLease, error: String, retry_at: Timestamp) -> Answer<'_, ()>;
    /// A forge says that something has changed: what it is about becomes due. Returns whether it
    /// was news, which a delivery is once.
    fn delivered(&self, delivery: Delivery) -> Answer<'_, bool>;
    /// How proposals fared, by project and template.
    fn records(&self) -> Answer<'_, Vec<TemplateRecord>>;

    /// Ends every lease: the process that held them is gone. Returns how many there were.
    fn expire_leases(&self) -> Answer<'_, usize>;

    /// The issues seen last, newest first.
    fn issues(&self, limit: usize) -> Answer<'_, Vec<Issue>>;
    /// One issue with its newest event, its repairs and its proposal.
    fn issue(&self, id: IssueId) -> Answer<'_, Option<IssuePage>>;
    /// One proposal and its project.
    fn proposal(&self, id: ProposalId) -> Answer<'_, Option<KeptProposal>>;
    /// The newest proposals, newest first.
    fn proposals(&self, limit: usize) -> Answer<'_, Vec<KeptProposal>>;
    /// A person merged the proposal as `commit`; repeating it with the same commit changes nothing.
    fn merged(&self, id: ProposalId, commit: String) -> Answer<'_, ()>;
    /// A person closed the proposal without merging it.
    fn closed(&self, id: ProposalId) -> Answer<'_, ()>;
    /// Forgets some of the events that arrived before `time` and that no repair needs, and pulses
    /// not renewed since. Returns how many events; there may be more. Issues keep their counts.
    fn forget(&self, time: Timestamp) -> Answer<'_, usize>;
    /// How many rows of each kind there are; also proves that the store answers.
    fn activity(&self) -> Answer<'_, Activity>;
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// More writes wait than the store takes on.
    #[error("the store is busy: its write queue is full; try again")]
    Busy,
    /// The transaction was not committed, so nothing of it is kept.
    #[error("the store could not commit; nothing was kept (the log has the cause)")]
    NotCommitted,
    /// The lease was taken over by another worker.
    #[error("the lease on repair {0} is no longer held")]
    Stale(RepairId),
    /// The same of a look at a proposal.
    #[error("the lease on proposal {0} is no longer held")]
    StaleWatch(ProposalId),
    /// The name is in use.
    #[error("{0} exists already")]
    Taken(String),
    /// There is no such thing.
    #[error("there is no {0}")]
    Missing(String),
    /// The proposal has ended in another way.
    #[error("proposal {0} is {1}")]
    Ended(ProposalId, &'static str),
    /// A stored value cannot be read back.
    #[error("cannot read the stored {what}: {cause}")]
    Unreadable {
        /// Which value.
        what: &'static str,
        /// What the decoder said.
        cause: String,
    },
    /// The database is newer than this program.
    #[error(
        "the database has schema {found}, this version knows up to {known}; run a newer bugstack"
    )]
    Newer {
        /// Schema on disk.
        found: usize,
        /// Schema of this program.
        known: usize,
    },
    /// The database or its disk failed.
    #[error("the database failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}
