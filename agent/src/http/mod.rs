//! What comes in over HTTP: events, pulses, and the people who look at the pages.
//!
//! A write is answered with 2xx once it is durable, and not before. The service listens on the
//! loopback address only, and believes a browser only when it comes from the service's own pages.

mod api;
mod guard;
mod health;
mod pages;
mod serve;
pub mod views;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tokio::sync::{Mutex, Notify, Semaphore};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::model::Secret;
use crate::store::{Clock, Store};
use crate::worker::Stages;
use health::Counters;
use pages::Pages;

pub use serve::{ServeError, serve};

/// How long a request may take, its body included.
const REQUEST: Duration = Duration::from_secs(20);

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Host names that the service answers to, beside those of the loopback address.
    pub hosts: Vec<String>,
    /// Where clients reach the service: `http://127.0.0.1:7717`. Shown on the pages.
    pub base_url: String,
    /// The largest body, in bytes.
    pub body_bytes: usize,
    /// Events and pulses read at the same time; more are told to come back.
    pub in_flight: usize,
    /// What GitHub signs its webhooks with; without one they are not heard.
    pub webhook_secret: Option<Secret>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            base_url: "http://127.0.0.1:7717".to_owned(),
            body_bytes: 1 << 20,
            in_flight: 256,
            webhook_secret: None,
        }
    }
}

/// Everything that a request needs.
pub struct Service {
    store: Arc<dyn Store>,
    stages: Arc<dyn Stages>,
    wake: Arc<Notify>,
    clock: Clock,
    settings: Settings,
    places: Arc<Semaphore>,
    /// One merge or close at a time: a second click finds the first one's result.
    ending: Mutex<()>,
    counters: Counters,
    pages: Pages,
}

impl Service {
    /// The service over a store. `wake` is the worker's.
    ///
    /// # Errors
    /// When a built-in page does not parse.
    pub fn new(
        store: Arc<dyn Store>,
        stages: Arc<dyn Stages>,
        wake: Arc<Notify>,
        clock: Clock,
        settings: Settings,
    ) -> Result<Self, minijinja::Error> {
        Ok(Self {
            store,
            stages,
            wake,
            clock,
            places: Arc::new(Semaphore::new(settings.in_flight)),
            settings,
            ending: Mutex::new(()),
            counters: Counters::default(),
            pages: Pages::new()?,
        })
    }
}

/// Every route of the service.
pub fn router(service: Service) -> Router {
    let service = Arc::new(service);
    let body_limit = DefaultBodyLimit::max(service.settings.body_bytes);
    let admitted = from_fn_with_state(service.clone(), guard::admit);
    let clients = Router::new()
        .route("/api/v1/events", post(api::events))
        .route("/api/v1/pulse", post(api::pulse))
        .route("/api/capture", post(api::capture))
        .layer(admitted.clone());
    let people = Router::new()
        .route("/", get(pages::home))
        .route("/issues/{number}", get(pages::issue))
        .route("/issues/{number}/repair", post(pages::repair))
        .route("/issues/{number}/ignore", post(pages::ignore))
        .route("/issues/{number}/mute", post(pages::mute))
        .route("/issues/{number}/heed", post(pages::heed))
        .route("/proposals/{number}", get(pages::proposal))
        .route("/proposals/{number}/merge", post(pages::merge))
        .route("/proposals/{number}/close", post(pages::close))
        .route("/style.css", get(pages::style))
        .layer(from_fn(guard::own_pages));
    let machines = Router::new()
        .route("/api/v1/issues", get(views::issues))
        .route("/api/v1/issues/{number}", get(views::issue))
        .route("/api/v1/proposals/{number}", get(views::proposal))
        .route("/api/v1/records", get(views::records))
        .route("/webhooks/github", post(webhooks::github).layer(admitted))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics));
    Router::new()
        .merge(clients)
        .merge(people)
        .merge(machines)
        .fallback(pages::nothing_here)
        .layer(body_limit)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST))
        .layer(from_fn_with_state(service.clone(), guard::hosts))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(guard::headers))
        .with_state(service)
}
