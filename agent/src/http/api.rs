//! What clients send: events and pulses. An answer of 2xx means that it is on the disk.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bugstack_proto::Event;
use serde::Deserialize;
use serde_json::json;

use super::Service;
use crate::intake::{self, DecodeError, Format, IssueKey};
use crate::model::Project;
use crate::store::{Occurrence, ProjectKey, StoreError};

/// Where the BugStack clients put their key.
const CLIENT_KEY: HeaderName = HeaderName::from_static("x-bugstack-api-key");
/// The longest key worth hashing, in bytes.
const KEY_BYTES: usize = 256;
/// What a client that is told to come back should wait, in seconds.
const RETRY_AFTER: &str = "2";

/// Our own wire format.
pub(super) async fn events(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let project = project(&service, bearer(request.headers())).await?;
    let body = body(&service, request).await?;
    record(&service, project, own, &body).await
}

/// The BugStack clients. They send their key as a header; some repeat it in the body.
pub(super) async fn capture(State(service): State<Arc<Service>>, request: Request) -> Answer {
    if let Some(key) = request.headers().get(CLIENT_KEY) {
        let project = project(&service, key.to_str().ok()).await?;
        let body = body(&service, request).await?;
        return record(&service, project, client, &body).await;
    }
    let body = body(&service, request).await?;
    let keyed: Keyed = serde_json::from_slice(&body).unwrap_or_default();
    let project = project(&service, keyed.api_key.as_deref()).await?;
    record(&service, project, client, &body).await
}

/// A client's body, read for its key alone.
#[derive(Default, Deserialize)]
struct Keyed {
    #[serde(default, rename = "apiKey")]
    api_key: Option<String>,
}

/// How much an application does.
pub(super) async fn pulse(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let project = project(&service, bearer(request.headers())).await?;
    let body = body(&service, request).await?;
    let pulse = intake::read_pulse(&body);
    let pulse = pulse.map_err(|cause| malformed(&service, cause.to_string()))?;
    service.store.pulse(project.id, pulse).await.map_err(|error| failed(&service, error))?;
    service.counters.pulses.add();
    Ok((StatusCode::CREATED, Json(json!({ "kept": true }))).into_response())
}

type Answer = Result<Response, Refused>;

/// Decodes one event.
type Read = fn(&[u8]) -> Result<Event, DecodeError>;

fn own(body: &[u8]) -> Result<Event, DecodeError> {
    intake::decode(Format::Wire, body)
}

/// Two clients share the address; each body tells which one it is.
fn client(body: &[u8]) -> Result<Event, DecodeError> {
    let npm = intake::decode(Format::BugstackNpm, body);
    npm.or_else(|_| intake::decode(Format::BugstackPython, body))
}

async fn record(service: &Service, project: Project, read: Read, body: &[u8]) -> Answer {
    let event = read(body).and_then(intake::normalise);
    let event = event.map_err(|cause| malformed(service, cause.to_string()))?;
    let IssueKey { key, title } = intake::group(&event);
    let occurrence = Occurrence { project: project.id, event, key, title };
    let kept = service.store.record(occurrence).await.map_err(|error| failed(service, error))?;
    if kept.new_repair {
        service.wake.notify_one();
    }
    let (status, counter) = if kept.duplicate {
        (StatusCode::OK, &service.counters.duplicates)
    } else {
        (StatusCode::CREATED, &service.counters.recorded)
    };
    counter.add();
    let told = json!({ "issue": kept.issue, "duplicate": kept.duplicate });
    Ok((status, Json(told)).into_response())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

async fn project(service: &Service, key: Option<&str>) -> Result<Project, Refused> {
    let known = match key.filter(|key| !key.is_empty() && key.len() <= KEY_BYTES) {
        Some(key) => service.store.project_by_key(ProjectKey::presented(key).hash()).await?,
        None => None,
    };
    known.ok_or_else(|| {
        service.counters.unauthenticated.add();
        Refused::new(
            StatusCode::UNAUTHORIZED,
            "no project has this key; `bugstack project list` shows the projects, \
             `bugstack project rotate-key` makes a new key",
        )
    })
}

async fn body(service: &Service, request: Request<Body>) -> Result<Bytes, Refused> {
    if let Some(coding) = request.headers().get(header::CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        let why = "the body is compressed; send it with Content-Encoding: identity";
        return Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    Bytes::from_request(request, &()).await.map_err(|error| {
        service.counters.malformed.add();
        let limit = service.settings.body_bytes;
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Refused::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body is larger than {limit} bytes"),
            ),
            status => Refused::new(status, error.body_text()),
        }
    })
}

/// A pulse that says something that can be.
fn malformed(service: &Service, cause: String) -> Refused {
    service.counters.malformed.add();
    Refused::new(StatusCode::BAD_REQUEST, cause)
}

fn failed(service: &Service, error: StoreError) -> Refused {
    match error {
        StoreError::Busy => service.counters.busy.add(),
        _ => service.counters.failed.add(),
    }
    error.into()
}

/// A request that was turned away; nothing was changed.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    why: String,
}

impl Refused {
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into() }
    }

    pub(super) fn busy(why: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, why)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::busy(error.to_string()),
            StoreError::Missing(_) => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            error => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "the store failed a request");
                Self::busy("the store failed; nothing was changed, try again")
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": self.why }))).into_response();
        let told = match self.status {
            StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, RETRY_AFTER)),
            StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer")),
            _ => None,
        };
        if let Some((name, value)) = told {
            response.headers_mut().insert(name, header::HeaderValue::from_static(value));
        }
        response
    }
}
