//! Between the agent and the emulator: judges the API, sends git elsewhere.

use std::net;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use reqwest::Url;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::github::{GitHub, contract};

const LARGEST: usize = 64 << 20;

/// Where requests go, and what was wrong with them.
#[derive(Debug, Clone)]
pub(super) struct Proxy {
    pub(super) emulator: String,
    pub(super) token: String,
    pub(super) git: Arc<GitHub>,
    pub(super) client: reqwest::Client,
    violations: Arc<Mutex<Vec<String>>>,
}

/// Serves until the runtime goes away.
pub(super) fn serve(runtime: &Runtime, listener: net::TcpListener, proxy: Proxy) -> Result<()> {
    listener.set_nonblocking(true)?;
    let listener = runtime.block_on(async { TcpListener::from_std(listener) })?;
    let router = Router::new().fallback(answer).with_state(proxy);
    runtime.spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

async fn answer(State(proxy): State<Proxy>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let answered = match to_bytes(body, LARGEST).await {
        Ok(body) => proxy.pass(&parts, body.to_vec()).await,
        Err(error) => Err(error.into()),
    };
    answered.unwrap_or_else(|error| {
        proxy.note(vec![format!("the proxy: {error:#}")]);
        let mut response = Response::new(Body::from(format!("{error:#}")));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

impl Proxy {
    pub(super) fn new(
        emulator: String,
        token: String,
        git: Arc<GitHub>,
        violations: Arc<Mutex<Vec<String>>>,
    ) -> Result<Self> {
        // Without a provider of its own, rustls panics when a client is built.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(super::PATIENCE)
            .build()?;
        Ok(Self { emulator, token, git, client, violations })
    }

    /// Whether the emulator is up.
    pub(super) async fn answers(&self) -> bool {
        self.client.get(format!("{}/zen", self.emulator)).send().await.is_ok()
    }

    fn note(&self, wrong: Vec<String>) {
        self.violations.lock().unwrap_or_else(PoisonError::into_inner).extend(wrong);
    }

    async fn pass(&self, parts: &Parts, body: Vec<u8>) -> Result<Response> {
        let path = parts.uri.path();
        let Some(path) = path.strip_prefix("/api/v3") else {
            let response = self.forward(parts, self.git.url(), path, body).await?;
            if path.ends_with("/git-receive-pack")
                && let Some((name, _)) = path.trim_start_matches('/').split_once(".git/")
            {
                self.replay(name).await?;
            }
            return Ok(response);
        };
        let operation = contract::rest().find(parts.method.as_str(), path);
        match &operation {
            None => self.note(vec![format!("not described: {} {path}", parts.method)]),
            Some((operation, _)) => {
                let url = Url::parse(&format!("http://host{}", parts.uri))?;
                let query: Vec<_> = url.query_pairs().into_owned().collect();
                let json = (!body.is_empty()).then(|| serde_json::from_slice(&body)).transpose()?;
                self.note(operation.check_request(&query, json.as_ref()));
            }
        }
        let response = self.forward(parts, &self.emulator, path, body).await?;
        let (head, body) = response.into_parts();
        let body = to_bytes(body, LARGEST).await?;
        if let Some((operation, _)) = operation {
            let json: Option<Value> =
                (!body.is_empty()).then(|| serde_json::from_slice(&body)).transpose()?;
            self.note(operation.check_answer(head.status.as_u16(), json.as_ref()));
        }
        Ok(Response::from_parts(head, Body::from(body)))
    }

    async fn forward(
        &self,
        parts: &Parts,
        to: &str,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Response> {
        let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut headers = parts.headers.clone();
        for name in [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
            headers.remove(name);
        }
        let request = self.client.request(parts.method.clone(), format!("{to}{path}{query}"));
        let answer = request.headers(headers).body(body).send().await?;
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            if ![header::CONTENT_LENGTH, header::TRANSFER_ENCODING].contains(name) {
                response = response.header(name, value);
            }
        }
        Ok(response.body(Body::from(answer.bytes().await?))?)
    }
}
