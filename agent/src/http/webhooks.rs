//! What a forge tells by itself. A delivery is only a hint that makes a look due: nothing in it is
//! believed but the names of a repository and of pull requests.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::Service;
use super::api::Refused;
use crate::store::Delivery;

/// HMAC-SHA256 over the body's bytes, `sha256=` and hexadecimal.
const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
/// The delivery's name, the same when it is sent again.
const DELIVERY: HeaderName = HeaderName::from_static("x-github-delivery");
/// The longest name of a delivery or repository, in bytes.
const NAME_BYTES: usize = 200;
/// Pull requests of one delivery that are looked at.
const MAX_NUMBERS: usize = 50;

/// A delivery from GitHub.
pub(super) async fn github(State(service): State<Arc<Service>>, request: Request) -> Response {
    match heard(&service, request).await {
        Ok(news) => Json(json!({ "news": news })).into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn heard(service: &Service, request: Request) -> Result<bool, Refused> {
    let Some(secret) = &service.settings.webhook_secret else {
        let why = "no webhook secret is configured (github.webhook_secret)";
        return Err(Refused::new(StatusCode::NOT_FOUND, why));
    };
    let headers = request.headers().clone();
    let body = Bytes::from_request(request, &()).await;
    let body = body.map_err(|error| Refused::new(error.status(), error.body_text()))?;
    if !signed(secret.reveal().as_bytes(), &headers, &body) {
        let why = "the signature does not fit the body; compare the secret at both ends";
        return Err(Refused::new(StatusCode::FORBIDDEN, why));
    }
    let Some(id) = text(&headers, &DELIVERY).filter(|id| id.len() <= NAME_BYTES) else {
        return Err(Refused::new(StatusCode::BAD_REQUEST, "the delivery has no name"));
    };
    let Ok(payload) = serde_json::from_slice::<Payload>(&body) else {
        return Err(Refused::new(StatusCode::BAD_REQUEST, "the body is not a delivery in JSON"));
    };
    match payload.delivery(id) {
        Some(delivery) => Ok(service.store.delivered(delivery).await?),
        // About an installation, or a ping.
        None => Ok(false),
    }
}

/// Compares in constant time.
fn signed(secret: &[u8], headers: &HeaderMap, body: &[u8]) -> bool {
    let Some(tag) = text(headers, &SIGNATURE).and_then(|text| text.strip_prefix("sha256=")) else {
        return false;
    };
    let Ok(tag) = hex::decode(tag) else { return false };
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
    ring::hmac::verify(&key, body, &tag).is_ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|text| !text.is_empty())
}

/// The parts of all kinds of deliveries that say what they are about.
#[derive(Deserialize)]
struct Payload {
    repository: Option<Named>,
    pull_request: Option<Numbered>,
    issue: Option<Numbered>,
    check_suite: Option<Checked>,
    check_run: Option<Checked>,
}

#[derive(Deserialize)]
struct Named {
    full_name: String,
}

#[derive(Deserialize)]
struct Numbered {
    number: i64,
}

#[derive(Deserialize)]
struct Checked {
    #[serde(default)]
    pull_requests: Vec<Numbered>,
}

impl Payload {
    fn delivery(self, id: &str) -> Option<Delivery> {
        let repository = self.repository?.full_name;
        let one = [self.pull_request, self.issue].into_iter().flatten();
        let checked = [self.check_suite, self.check_run].into_iter().flatten();
        let numbers = one.chain(checked.flat_map(|checked| checked.pull_requests));
        let numbers = numbers.map(|numbered| numbered.number).take(MAX_NUMBERS).collect();
        let named = repository.contains('/') && repository.len() <= NAME_BYTES;
        named.then(|| Delivery { id: id.to_owned(), repository, numbers })
    }
}
