//! A GitHub whose answers a test writes: one function from request to answer, over real HTTP.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::Value;

use crate::config::GithubConfig;
use crate::forge::Github;
use crate::forge::github::Timer;
use crate::model::Secret;

pub(super) const TOKEN: &str = "ghp_c4n4ry-t0ken";

/// A request as a test sees it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// `POST /api/v3/repos/o/r/pulls?x=y`
    pub(super) line: String,
    pub(super) body: Value,
    pub(super) headers: HeaderMap,
}

/// What a test answers.
pub(super) enum Reply {
    Json(u16, Value),
    /// With headers.
    With(u16, Vec<(&'static str, String)>, Value),
    /// Any bytes.
    Raw(u16, &'static str),
    /// Promises more than it sends.
    Broken,
    /// Never.
    Silence,
}

type Answer = Box<dyn Fn(&Seen) -> Reply + Send + Sync>;

pub(super) struct Server {
    inner: Arc<Inner>,
    address: std::net::SocketAddr,
    clock: Arc<Mutex<Clock>>,
}

struct Inner {
    answer: Answer,
    seen: Mutex<Vec<Seen>>,
}

struct Clock {
    now: Timestamp,
    waited: Vec<Duration>,
}

impl Server {
    pub(super) fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let inner = Arc::new(Inner { answer: Box::new(answer), seen: Mutex::default() });
        let handle = crate::net::runtime().unwrap();
        let listener = handle.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(take).with_state(inner.clone());
        handle.spawn(async move { axum::serve(listener, router).await });
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let clock = Arc::new(Mutex::new(Clock { now, waited: Vec::new() }));
        Self { inner, address, clock }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The forge with a token.
    pub(super) fn github(&self) -> Github {
        self.forge(&GithubConfig { token: Some(Secret::new(TOKEN)), ..GithubConfig::default() })
    }

    /// The forge with other means; waiting steps the clock.
    pub(super) fn forge(&self, config: &GithubConfig) -> Github {
        let config = GithubConfig { url: self.url(), ..config.clone() };
        let (read, stepped) = (self.clock.clone(), self.clock.clone());
        let mut timer = Timer::new(
            move || read.lock().unwrap().now,
            move |pause| {
                let mut clock = stepped.lock().unwrap();
                clock.now += pause;
                clock.waited.push(pause);
            },
        );
        timer.exchange = Duration::from_millis(200);
        Github::new(&config, timer).unwrap()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.lock().unwrap().now
    }

    pub(super) fn advance(&self, by: Duration) {
        self.clock.lock().unwrap().now += by;
    }

    pub(super) fn waited(&self) -> Duration {
        self.clock.lock().unwrap().waited.iter().sum()
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.inner.seen.lock().unwrap().clone()
    }

    /// Method and path, without the base of the API.
    pub(super) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line.replace("/api/v3", "")).collect()
    }
}

async fn take(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    let seen = Seen {
        line: format!("{} {}", parts.method, parts.uri),
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
        headers: parts.headers,
    };
    inner.seen.lock().unwrap().push(seen.clone());
    let (status, headers, body) = match (inner.answer)(&seen) {
        Reply::Json(status, value) => (status, vec![], Body::from(value.to_string())),
        Reply::With(status, headers, value) => (status, headers, Body::from(value.to_string())),
        Reply::Raw(status, text) => (status, vec![], Body::from(text)),
        Reply::Broken => {
            let half = futures_util::stream::iter([
                Ok(axum::body::Bytes::from("{\"number\":")),
                Err(std::io::Error::other("gone")),
            ]);
            (200, vec![], Body::from_stream(half))
        }
        Reply::Silence => std::future::pending().await,
    };
    let mut response = Response::new(body);
    *response.status_mut() = status.try_into().unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
