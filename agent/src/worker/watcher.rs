//! Looks at proposals when they are due: claim, step, store; again until shutdown.
//!
//! Webhooks, events and pulses only make a look due earlier. Each proposal is due at a time of its
//! own anyway, so a lost webhook costs minutes and nothing else.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};

use super::bounded;
use crate::forge::{Answer, ForgeError};
use crate::model::{Followed, Watched};
use crate::store::{Clock, Store, StoreError, Watch};

/// The longest time that a look may take; the lease outlives it.
const LIMIT: Duration = Duration::from_secs(5 * 60);
const LEASE: Duration = Duration::from_secs(6 * 60);
/// How often due proposals are looked for.
const POLL: Duration = Duration::from_secs(1);
/// The first pause after a fault; each further one is twice as long, up to …
const BACK_OFF: SignedDuration = SignedDuration::from_secs(30);
/// … this.
const MAX_BACK_OFF: SignedDuration = SignedDuration::from_hours(1);
/// Doublings of the pause.
const DOUBLINGS: u32 = 7;

/// What the watcher asks of `follow`. Blocking: called off the async threads, harmless to repeat.
pub trait Follow: Send + Sync {
    /// Looks at a proposal once and does what follows from it.
    ///
    /// # Errors
    /// What the forge says; the look is to be repeated then.
    fn follow(&self, watched: &Watched, now: Timestamp) -> Answer<Followed>;
}

/// Looks at proposals, one at a time: what is done at a forge is done in an order.
pub struct Watcher {
    store: Arc<dyn Store>,
    follow: Arc<dyn Follow>,
    clock: Clock,
}

impl Watcher {
    /// A watcher over a store.
    pub fn new(store: Arc<dyn Store>, follow: Arc<dyn Follow>, clock: Clock) -> Self {
        Self { store, follow, clock }
    }

    /// Looks at whatever is due until `shutdown` completes. A look that runs then is left to end by
    /// itself; if it does not, its lease runs out and it is repeated.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) {
        let shutdown = shutdown.shared();
        while shutdown.clone().now_or_never().is_none() {
            if self.once().await {
                continue;
            }
            tokio::select! {
                () = shutdown.clone() => return,
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Looks at the proposal that is most overdue. Returns whether there was one.
    pub async fn once(&self) -> bool {
        let watch = match self.store.claim_watch(LEASE).await {
            Ok(Some(watch)) => watch,
            Ok(None) => return false,
            Err(error) => {
                tracing::error!(%error, "could not claim a proposal to look at");
                return false;
            }
        };
        let ended = self.look(&watch).await;
        if let Err(error) = self.keep(&watch, ended).await {
            let proposal = watch.watched.id;
            tracing::warn!(%proposal, %error, "what a look has found was not stored");
        }
        true
    }

    async fn look(&self, watch: &Watch) -> Answer<Followed> {
        let (follow, watched, now) =
            (Arc::clone(&self.follow), watch.watched.clone(), (self.clock)());
        let looking = tokio::task::spawn_blocking(move || follow.follow(&watched, now));
        match tokio::time::timeout(LIMIT, looking).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(error)) => Err(anyhow::Error::from(error).into()),
            Err(_) => {
                let minutes = LIMIT.as_secs() / 60;
                Err(anyhow::anyhow!("the look did not end within {minutes} minutes").into())
            }
        }
    }

    async fn keep(&self, watch: &Watch, ended: Answer<Followed>) -> Result<(), StoreError> {
        let error = match ended {
            Ok(followed) => return self.store.followed(watch.lease, followed).await,
            Err(error) => error,
        };
        let until = self.again(watch, &error);
        let words = match error {
            ForgeError::Fault(cause) => format!("{cause:#}"),
            other => other.to_string(),
        };
        tracing::warn!(proposal = %watch.watched.id, error = words, "a look has failed");
        self.store.unfollowed(watch.lease, bounded(&words), until).await
    }

    /// When to look again: when the forge says, or after a pause that grows.
    fn again(&self, watch: &Watch, error: &ForgeError) -> Timestamp {
        let now = (self.clock)();
        let pause = match error {
            ForgeError::Later { until, .. } => return (*until).max(now),
            ForgeError::Denied { .. } | ForgeError::Missing(_) => MAX_BACK_OFF,
            ForgeError::Moved { .. } | ForgeError::Rejected(_) | ForgeError::Fault(_) => {
                let doubled = BACK_OFF.saturating_mul(1 << watch.faults.min(DOUBLINGS));
                doubled.min(MAX_BACK_OFF)
            }
        };
        now.checked_add(pause).unwrap_or(now)
    }
}
