//! One exchange with GitHub: octocrab builds and sends it on our own HTTP client, and nothing
//! here tries again.

use std::time::Duration;

use anyhow::{Context, Result};
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, AUTHORIZATION, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Method, request};
use octocrab::Octocrab;
use reqwest::Url;
use serde_json::Value;
use tokio::runtime::Handle;

use super::policy::ApiError;
use crate::net;

/// The largest answer, in bytes.
const ANSWER: usize = 8 << 20;

/// A call of the API.
pub(super) struct Request {
    pub(super) method: Method,
    /// Below the API's base, with its query.
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

/// What came back, whole.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// The two halves of the API, which an Enterprise Server has at different places.
pub(super) struct Client {
    rest: Octocrab,
    graphql: Octocrab,
    handle: Handle,
    whole: Duration,
}

impl Request {
    pub(super) fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: None }
    }

    pub(super) fn new(method: Method, path: String, body: Value) -> Self {
        Self { method, path, body: Some(body) }
    }
}

impl Client {
    /// A client for the GitHub at `base`, e.g. `https://github.com`; `whole` bounds an exchange.
    pub(super) fn new(base: &Url, whole: Duration) -> Result<Self> {
        let handle = net::runtime()?;
        // Octocrab starts a task of its own when it is built.
        let _inside = handle.enter();
        let http = net::client(base)?;
        let (rest, graphql) = bases(base);
        let build = |base: String| -> Result<Octocrab> {
            let builder = Octocrab::builder().base_uri(base).context("GitHub's address")?;
            builder.build_with_reqwest(http.clone()).context("preparing the GitHub client")
        };
        let (rest, graphql) = (build(rest)?, build(graphql)?);
        Ok(Self { rest, graphql, handle: handle.clone(), whole })
    }

    /// A REST call; with `etag`, GitHub may answer 304.
    pub(super) fn rest(
        &self,
        call: &Request,
        authorization: Option<&HeaderValue>,
        etag: Option<&HeaderValue>,
    ) -> Result<Response, ApiError> {
        self.exchange(&self.rest, call, authorization, etag)
    }

    /// A GraphQL call: its query and variables.
    pub(super) fn graphql(
        &self,
        body: Value,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response, ApiError> {
        let call = Request::new(Method::POST, "/graphql".to_owned(), body);
        self.exchange(&self.graphql, &call, authorization, None)
    }

    fn exchange(
        &self,
        octocrab: &Octocrab,
        call: &Request,
        authorization: Option<&HeaderValue>,
        etag: Option<&HeaderValue>,
    ) -> Result<Response, ApiError> {
        let fault = |error: octocrab::Error| ApiError::Fault(chain(error));
        let mut builder = request::Builder::new()
            .method(call.method.clone())
            .uri(call.path.as_str())
            .header(ACCEPT, "application/vnd.github+json");
        if let Some(value) = authorization {
            builder = builder.header(AUTHORIZATION, value);
        }
        if let Some(value) = etag {
            builder = builder.header(IF_NONE_MATCH, value);
        }
        let request = octocrab.build_request(builder, call.body.as_ref()).map_err(fault)?;
        let exchange = async {
            let response =
                octocrab.execute(request).await.map_err(|e| ApiError::Unclear(chain(e)))?;
            let (parts, body) = response.into_parts();
            let body = to_bytes(Body::new(body), ANSWER).await;
            let body = body.map_err(|error| {
                ApiError::Unclear(format!("GitHub's answer broke off: {}", chain(error)))
            })?;
            let (status, headers) = (parts.status.as_u16(), parts.headers);
            Ok(Response { status, headers, body: body.to_vec() })
        };
        let ended =
            self.handle.block_on(async { tokio::time::timeout(self.whole, exchange).await });
        ended.unwrap_or_else(|_| {
            Err(ApiError::Unclear(format!("GitHub did not answer within {:?}", self.whole)))
        })
    }
}

/// Where REST and GraphQL are. GitHub's own clouds have a host for them, a server has folders.
fn bases(base: &Url) -> (String, String) {
    let host = base.host_str().unwrap_or_default();
    let text = base.as_str().trim_end_matches('/');
    if host == "github.com" || host.ends_with(".ghe.com") {
        let api = format!("https://api.{host}");
        return (api.clone(), api);
    }
    (format!("{text}/api/v3"), format!("{text}/api"))
}

/// An error with its causes; URLs in them hold no secret.
fn chain(error: impl std::error::Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::new(error))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;

    #[test]
    fn every_kind_of_github_has_its_addresses() {
        let cases = [
            ("https://github.com", ["https://api.github.com", "https://api.github.com"]),
            ("https://o.ghe.com", ["https://api.o.ghe.com", "https://api.o.ghe.com"]),
            (
                "https://git.corp.example",
                ["https://git.corp.example/api/v3", "https://git.corp.example/api"],
            ),
        ];
        for (base, [rest, graphql]) in cases {
            let found = bases(&Url::parse(base).unwrap());
            assert_eq!(found, (rest.to_owned(), graphql.to_owned()));
        }
    }
}
