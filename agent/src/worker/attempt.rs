//! One run of one stage: on a blocking thread, its lease renewed meanwhile, every wait bounded.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use super::{Ending, Stages};
use crate::model::{Halt, Progress};
use crate::store::{Job, Store, StoreError};

/// The longest time that a stage may take; `verify` runs test suites under limits of its own.
const STAGE_LIMIT: Duration = Duration::from_secs(45 * 60);
/// How long an orderly shutdown waits for the running stage.
const GRACE: Duration = Duration::from_secs(5);

/// How a run ended for the worker.
pub(super) enum Attempt {
    /// The stage is over.
    Ended(Ending),
    /// Another worker owns the repair.
    LostLease,
    /// The worker was told to stop and the stage did not end in time.
    Interrupted,
}

pub(super) async fn run(
    store: &Arc<dyn Store>,
    stages: &Arc<dyn Stages>,
    job: &Job,
    lease: Duration,
    shutdown: impl Future<Output = ()> + Send,
) -> Attempt {
    let mut stage = start(stages, job);
    let mut renewal = interval_at(Instant::now() + lease / 3, lease / 3);
    renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let limit = sleep(STAGE_LIMIT);
    tokio::pin!(limit, shutdown);
    loop {
        tokio::select! {
            biased;
            ending = &mut stage => return Attempt::Ended(ended(job, ending)),
            () = &mut shutdown => return match timeout(GRACE, &mut stage).await {
                Ok(ending) => Attempt::Ended(ended(job, ending)),
                Err(_) => Attempt::Interrupted,
            },
            () = &mut limit => return Attempt::Ended(Ending::Dead(anyhow!(
                "the stage did not end within {} minutes", STAGE_LIMIT.as_secs() / 60
            ))),
            _ = renewal.tick() => match store.renew(job.lease, lease).await {
                Ok(()) => {}
                Err(StoreError::Stale(_)) => return Attempt::LostLease,
                Err(error) => tracing::warn!(%error, "a lease was not renewed; trying again"),
            },
        }
    }
}

type Stage = JoinHandle<Result<Progress, Halt>>;

fn start(stages: &Arc<dyn Stages>, job: &Job) -> Stage {
    let (stages, job) = (Arc::clone(stages), job.clone());
    tokio::task::spawn_blocking(move || stages.advance(&job))
}

fn ended(job: &Job, ending: <Stage as Future>::Output) -> Ending {
    match ending {
        // Without a step forward the same stage would be queued for ever.
        Ok(Ok(progress)) if progress.next_stage() == job.progress.next_stage() => {
            Ending::Dead(anyhow!("the stage ended without finding anything"))
        }
        Ok(Ok(progress)) => Ending::Found(Box::new(progress)),
        Ok(Err(Halt::Refused(refusal))) => Ending::Refused(refusal),
        Ok(Err(Halt::Wait { until, why })) => Ending::Wait(until, why),
        Ok(Err(Halt::Fault(error))) => Ending::Fault(error),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => Ending::Panicked(format!("the stage panicked: {}", words(panic.as_ref()))),
            Err(error) => Ending::Fault(error.into()),
        },
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
