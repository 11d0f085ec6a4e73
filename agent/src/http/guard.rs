//! Who may speak to the service: hosts, origins, how many at once; and what browsers are told.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Service;
use super::api::Refused;

/// Names of this machine to itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
/// Where the browser says a request comes from, see the Fetch Metadata specification.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Told to every browser: no scripts, no frames, nothing from elsewhere.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Adds the security headers to every answer.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Turns requests away that name another host (DNS rebinding) or, when they write, come from
/// another site's page.
pub(super) async fn hosts(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(host) = host(request.headers()) else {
        return Refused::new(StatusCode::BAD_REQUEST, "the request has no valid Host header")
            .into_response();
    };
    if !known(host.host(), &service.settings.hosts) {
        return Refused::new(
            StatusCode::MISDIRECTED_REQUEST,
            format!(
                "this service does not answer to `{}`; use a loopback name, or set `base_url`",
                host.host()
            ),
        )
        .into_response();
    }
    if writes(request.method()) && foreign(request.headers(), &host) {
        return Refused::new(
            StatusCode::FORBIDDEN,
            "the request comes from another site's page; nothing was changed",
        )
        .into_response();
    }
    next.run(request).await
}

/// Lets a write through only when the browser says that one of our own pages sent it.
pub(super) async fn own_pages(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let told = headers.contains_key(header::ORIGIN) || headers.contains_key(FETCH_SITE);
    if writes(request.method()) && !told {
        return Refused::new(
            StatusCode::FORBIDDEN,
            "the request does not say which page it comes from: it has no Origin header",
        )
        .into_response();
    }
    next.run(request).await
}

/// Bounds how many clients are served at once, so that their bodies fit in memory.
pub(super) async fn admit(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    match service.places.clone().try_acquire_owned() {
        Ok(_place) => next.run(request).await,
        Err(_) => {
            service.counters.busy.add();
            Refused::busy("too many requests are being read; try again").into_response()
        }
    }
}

fn host(headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?.parse().ok();
    if hosts.next().is_some() { None } else { host }
}

fn known(host: &str, configured: &[String]) -> bool {
    let mut names = LOOPBACK.into_iter().chain(configured.iter().map(String::as_str));
    names.any(|name| name.eq_ignore_ascii_case(host))
}

fn writes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether the headers name another site. A client that is no browser names none.
fn foreign(headers: &HeaderMap, host: &Authority) -> bool {
    let other_origin = headers.get_all(header::ORIGIN).iter().any(|origin| {
        let origin = origin.to_str().ok().and_then(|text| text.parse::<Uri>().ok());
        origin.as_ref().and_then(Uri::authority) != Some(host)
    });
    let other_site = headers
        .get_all(FETCH_SITE)
        .iter()
        .any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
    other_origin || other_site
}
