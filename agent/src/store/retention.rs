//! Forgets what is older than the operator wants to keep.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::{Clock, Store, StoreError};

/// The time between two looks.
const PERIOD: Duration = Duration::from_secs(3_600);

/// Forgets events and pulses older than so many days, now and each hour, until `shutdown`.
pub async fn enforce(
    store: Arc<dyn Store>,
    clock: Clock,
    days: u32,
    shutdown: impl Future<Output = ()> + Send,
) {
    tokio::pin!(shutdown);
    loop {
        if let Err(error) = forget(&store, &clock, days).await {
            tracing::error!(%error, "old events were not forgotten; trying again in an hour");
        }
        tokio::select! {
            () = &mut shutdown => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

async fn forget(store: &Arc<dyn Store>, clock: &Clock, days: u32) -> Result<(), StoreError> {
    let age = SignedDuration::from_hours(24 * i64::from(days));
    let Ok(before) = clock().checked_sub(age) else { return Ok(()) };
    while store.forget(before).await? > 0 {}
    Ok(())
}
