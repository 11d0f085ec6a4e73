//! Takes repairs one stage further: claim, run, store; again until shutdown.
//!
//! Nothing about a repair lives here between stages. A worker that is killed at any point leaves a
//! lease that runs out, and the next one repeats at most the stage that was running.

mod attempt;
mod stages;
mod watcher;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::model::{Halt, Progress, Project, Proposal, Refusal};

use crate::store::{Caps, Clock, Hold, Job, Store, StoreError};
use attempt::{Attempt, run};

pub use stages::RepairStages;
pub use watcher::{Follow, Watcher};

/// How often a stage may fail, or take its process with it, before the repair is given up.
pub const MAX_ATTEMPTS: u32 = 5;
/// The first pause after a fault; each further one is twice as long.
const BACK_OFF: Duration = Duration::from_secs(2);
/// How long a claim lasts without being renewed.
const LEASE: Duration = Duration::from_secs(30);
/// The longest time without looking for work, should a wake-up be missed or a pause end.
const POLL: Duration = Duration::from_secs(1);
/// How often a result is offered to a store that is busy before the lease is left to run out.
const STORE_TRIES: u32 = 5;
/// The pause between two offers.
const STORE_PAUSE: Duration = Duration::from_millis(200);
/// The longest fault that is kept, in characters.
const ERROR_CHARS: usize = 2_000;

/// What the worker and the pages ask of `repair` and `forge`. Blocking: called off the async
/// threads. Every stage is harmless to repeat.
pub trait Stages: Send + Sync {
    /// Takes one step.
    ///
    /// # Errors
    /// A refusal, or a fault that is worth another try.
    fn advance(&self, job: &Job) -> Result<Progress, Halt>;

    /// Merges an open proposal and returns the merge commit; the same one when it is merged
    /// already.
    ///
    /// # Errors
    /// When the forge or git does not merge it.
    fn merge(&self, project: &Project, proposal: &Proposal) -> anyhow::Result<String>;

    /// Closes an open proposal without merging it, with a word below it.
    ///
    /// # Errors
    /// When the forge does not close it.
    fn close(&self, project: &Project, proposal: &Proposal, word: &str) -> anyhow::Result<()>;
}

/// Takes repairs through their stages.
pub struct Worker {
    store: Arc<dyn Store>,
    stages: Arc<dyn Stages>,
    wake: Arc<Notify>,
    clock: Clock,
    lease: Duration,
    caps: Caps,
}

/// How a stage ended.
enum Ending {
    Found(Box<Progress>),
    Refused(Refusal),
    /// To be tried again at this time, without counting the try.
    Wait(Timestamp, String),
    /// Worth another try.
    Fault(anyhow::Error),
    /// Not worth another try.
    Dead(anyhow::Error),
    /// Neither is this; whoever reports panics has reported it.
    Panicked(String),
}

/// What the agent tells about itself when it gives a repair up.
#[derive(Debug, thiserror::Error)]
#[error("a repair ended in `{stage}` by a fault of the agent's own")]
struct GivenUp<'a> {
    stage: &'static str,
    source: &'a (dyn std::error::Error + 'static),
}

impl Worker {
    /// A worker that looks for work when `wake` says so, and each second.
    pub fn new(
        store: Arc<dyn Store>,
        stages: Arc<dyn Stages>,
        wake: Arc<Notify>,
        clock: Clock,
    ) -> Self {
        Self { store, stages, wake, clock, lease: LEASE, caps: Caps::default() }
    }

    /// The same worker with claims that last another time; each is renewed three times meanwhile.
    #[must_use]
    pub fn leasing(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// The same worker with other bounds on proposals.
    #[must_use]
    pub fn capped(self, caps: Caps) -> Self {
        Self { caps, ..self }
    }

    /// Works on `lanes` repairs at a time until `shutdown` completes. A stage that still runs then
    /// has a few seconds to end; after that its lease is given back and the next start repeats it.
    ///
    /// Leases that are left from before are ended first: their process is gone. Should it live all
    /// the same, its results are turned away by the fence.
    pub async fn run(&self, lanes: usize, shutdown: impl Future<Output = ()> + Send) {
        match self.store.expire_leases().await {
            Ok(0) => {}
            Ok(left) => tracing::info!(left, "resuming repairs that were under way"),
            Err(error) => tracing::warn!(%error, "old leases were not ended; they will run out"),
        }
        let shutdown = shutdown.shared();
        join_all((0..lanes).map(|_| self.lane(shutdown.clone()))).await;
    }

    /// Takes the repair that has waited longest one stage further. Returns whether there was one.
    pub async fn once(&self) -> bool {
        match self.claim().await {
            Some(job) => {
                self.step(job, std::future::pending()).await;
                true
            }
            None => false,
        }
    }

    /// A claim is never cut short: it might be stored with nobody to work on it.
    async fn lane(&self, shutdown: impl Future<Output = ()> + Send + Clone) {
        while shutdown.clone().now_or_never().is_none() {
            match self.claim().await {
                Some(job) => {
                    if !self.step(job, shutdown.clone()).await {
                        return;
                    }
                }
                None => tokio::select! {
                    () = shutdown.clone() => return,
                    // Woken or not, the loop looks again.
                    _ = tokio::time::timeout(POLL, self.wake.notified()) => {}
                },
            }
        }
    }

    async fn claim(&self) -> Option<Job> {
        self.store.claim(self.lease).await.unwrap_or_else(|error| {
            tracing::error!(%error, "could not claim a repair");
            None
        })
    }

    /// Runs one stage and stores what it found. Returns whether to go on.
    async fn step(&self, job: Job, shutdown: impl Future<Output = ()> + Send) -> bool {
        let repair = job.lease.repair;
        if job.attempts > MAX_ATTEMPTS {
            let ending = Ending::Dead(anyhow::anyhow!(
                "given up: the stage ended {MAX_ATTEMPTS} times together with its process"
            ));
            self.keep(&job, ending).await;
            return true;
        }
        if let Some(Hold { until, why }) = self.hold(&job).await {
            tracing::info!(%repair, why, "waits");
            self.keep(&job, Ending::Wait(until, why)).await;
            return true;
        }
        tracing::info!(%repair, stage = job.progress.next_stage(), "begins");
        match run(&self.store, &self.stages, &job, self.lease, shutdown).await {
            Attempt::Ended(ending) => {
                self.keep(&job, ending).await;
                true
            }
            Attempt::LostLease => {
                tracing::warn!(%repair, "another worker has taken the repair over");
                true
            }
            Attempt::Interrupted => {
                if let Err(error) = self.store.released(job.lease).await {
                    tracing::warn!(%repair, %error, "the lease was not given back; it will run out");
                }
                false
            }
        }
    }

    /// Whether a new proposal has to wait because there are enough.
    async fn hold(&self, job: &Job) -> Option<Hold> {
        if !matches!(job.progress, Progress::Verified(_)) {
            return None;
        }
        self.store.room(job.lease, self.caps).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the caps on proposals were not checked");
            None
        })
    }

    /// Stores an ending, patiently: what a stage found may have taken minutes.
    async fn keep(&self, job: &Job, ending: Ending) {
        let repair = job.lease.repair;
        for _ in 0..STORE_TRIES {
            match self.store_once(job, &ending).await {
                Ok(()) => {
                    report(job, &ending);
                    return self.wake.notify_one();
                }
                Err(StoreError::Stale(_)) => {
                    return tracing::warn!(%repair, "the result came after the lease had ended");
                }
                Err(error) => tracing::error!(%repair, %error, "the result was not stored"),
            }
            tokio::time::sleep(STORE_PAUSE).await;
        }
    }

    async fn store_once(&self, job: &Job, ending: &Ending) -> Result<(), StoreError> {
        match ending {
            Ending::Found(progress) => {
                self.store.advanced(job.lease, progress.as_ref().clone()).await
            }
            Ending::Refused(refusal) => self.store.refused(job.lease, refusal.clone()).await,
            Ending::Wait(until, why) => self.store.waiting(job.lease, bounded(why), *until).await,
            Ending::Fault(error) => {
                let retry_at = retry_at((self.clock)(), job.attempts);
                self.store.failed(job.lease, bounded(&format!("{error:#}")), retry_at).await
            }
            Ending::Dead(error) => {
                self.store.failed(job.lease, bounded(&format!("{error:#}")), None).await
            }
            Ending::Panicked(words) => self.store.failed(job.lease, bounded(words), None).await,
        }
    }
}

/// Tells the agent that `BUGSTACK_ENDPOINT` names, where there is one, that a repair was given up.
fn report(job: &Job, ending: &Ending) {
    let error = match ending {
        Ending::Fault(error) if job.attempts >= MAX_ATTEMPTS => error,
        Ending::Dead(error) => error,
        _ => return,
    };
    let stage = job.progress.next_stage().unwrap_or("nothing");
    bugstack::capture_error(&GivenUp { stage, source: error.as_ref() });
}

/// When to try again after this many attempts; none when it was the last.
fn retry_at(now: Timestamp, attempts: u32) -> Option<Timestamp> {
    if attempts >= MAX_ATTEMPTS {
        return None;
    }
    let pause = BACK_OFF.saturating_mul(1 << attempts.saturating_sub(1).min(MAX_ATTEMPTS));
    now.checked_add(pause).ok()
}

fn bounded(error: &str) -> String {
    error.chars().take(ERROR_CHARS).collect()
}
