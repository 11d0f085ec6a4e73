//! For machines that watch the service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Service;
use super::api::Refused;

/// How long the store may take to prove that it answers.
const READY: Duration = Duration::from_secs(2);

/// What happened since the start.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) recorded: Counter,
    pub(super) duplicates: Counter,
    pub(super) pulses: Counter,
    pub(super) unauthenticated: Counter,
    pub(super) malformed: Counter,
    pub(super) busy: Counter,
    pub(super) failed: Counter,
}

/// A number that only grows.
#[derive(Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub(super) async fn alive() -> &'static str {
    "ok\n"
}

pub(super) async fn ready(State(service): State<Arc<Service>>) -> Response {
    match tokio::time::timeout(READY, service.store.activity()).await {
        Ok(Ok(_)) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready");
            Refused::new(StatusCode::SERVICE_UNAVAILABLE, "the store fails").into_response()
        }
        Err(_) => Refused::busy("the store does not answer in time").into_response(),
    }
}

/// The Prometheus text format, version 0.0.4.
pub(super) async fn metrics(State(service): State<Arc<Service>>) -> Result<Response, Refused> {
    let rows = service.store.activity().await?;
    let seen = &service.counters;
    let counters = [
        ("events_recorded_total", "Events kept since the start", seen.recorded.read()),
        ("events_duplicate_total", "Events sent again since the start", seen.duplicates.read()),
        ("pulses_total", "Pulses kept since the start", seen.pulses.read()),
        ("unauthenticated_total", "Requests without a valid key", seen.unauthenticated.read()),
        ("malformed_total", "Requests that were no event or pulse", seen.malformed.read()),
        ("busy_total", "Requests that were told to come back", seen.busy.read()),
        ("failed_total", "Requests that the store failed", seen.failed.read()),
    ];
    let gauges = [
        ("projects", "Projects", rows.projects),
        ("events", "Events in the store", rows.events),
        ("issues", "Issues", rows.issues),
        ("repairs", "Repairs", rows.repairs),
        ("repairs_open", "Repairs that wait or run", rows.open_repairs),
        ("proposals", "Proposals", rows.proposals),
    ];
    let lines = |kind: &'static str| {
        move |(name, help, value): (&str, &str, u64)| {
            format!(
                "# HELP bugstack_{name} {help}\n# TYPE bugstack_{name} {kind}\nbugstack_{name} {value}\n"
            )
        }
    };
    let text: String =
        counters.map(lines("counter")).into_iter().chain(gauges.map(lines("gauge"))).collect();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
