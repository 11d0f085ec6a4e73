//! Requests to the agent: few retries, and a time-out on each.

use std::time::Duration;

use bugstack_proto::{Event, Pulse};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, StatusCode, Url, redirect};

use crate::options::Settings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Waits between the attempts of one event; there is one attempt more than waits.
const WAITS: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5)];
/// The longest wait that the agent may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Requests to one agent.
#[derive(Debug)]
pub(crate) struct Transport {
    http: Client,
    events: Url,
    pulse: Url,
    api_key: String,
}

/// How one attempt ended.
enum Attempt {
    Done,
    Refused,
    /// Worth another attempt, and whether the agent may have it already.
    Failed {
        after: Option<Duration>,
        arrived: bool,
    },
}

impl Transport {
    /// Nothing if the endpoint is no URL, or if there is no TLS for it.
    pub(crate) fn new(settings: &Settings) -> Option<Self> {
        let base = settings.endpoint.trim_end_matches('/');
        let events = Url::parse(&format!("{base}/api/v1/events")).ok()?;
        let pulse = Url::parse(&format!("{base}/api/v1/pulse")).ok()?;
        let builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            // The key is for the endpoint, and for no one that it points to.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("bugstack-rust/", env!("CARGO_PKG_VERSION")));
        let builder = if is_loopback(&events) { builder.no_proxy() } else { builder };
        let http = with_tls(builder, &events)?.build().ok()?;
        Some(Self { http, events, pulse, api_key: settings.api_key.clone() })
    }

    /// Sends an event; the agent stores its id once, so it may be sent again.
    pub(crate) async fn event(&self, event: &Event) -> bool {
        let Ok(body) = serde_json::to_vec(event) else { return false };
        let mut waits = WAITS.into_iter();
        loop {
            let after = match self.post(&self.events, body.clone()).await {
                Attempt::Done => return true,
                Attempt::Refused => return false,
                Attempt::Failed { after, .. } => after,
            };
            let Some(wait) = waits.next() else { return false };
            tokio::time::sleep(after.unwrap_or(wait).min(LONGEST_WAIT)).await;
        }
    }

    /// Sends a pulse once: sent twice it would count twice. False if the agent surely has it not.
    pub(crate) async fn pulse(&self, pulse: &Pulse) -> bool {
        let Ok(body) = serde_json::to_vec(pulse) else { return false };
        matches!(
            self.post(&self.pulse, body).await,
            Attempt::Done | Attempt::Failed { arrived: true, .. }
        )
    }

    async fn post(&self, url: &Url, body: Vec<u8>) -> Attempt {
        let request = self.http.post(url.clone()).bearer_auth(&self.api_key);
        let sent = request.header(CONTENT_TYPE, "application/json").body(body).send().await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => return Attempt::Failed { after: None, arrived: !error.is_connect() },
        };
        let status = answer.status();
        let again = status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
        if status.is_success() {
            Attempt::Done
        } else if again {
            let seconds = answer.headers().get(RETRY_AFTER);
            let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
            Attempt::Failed { after: seconds.map(Duration::from_secs), arrived: false }
        } else {
            Attempt::Refused
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// Rustls on ring, configured here so that nothing is set for the whole process. The system's
/// certificates are read only for an HTTPS endpoint: a container may have none.
#[cfg(feature = "tls")]
fn with_tls(builder: ClientBuilder, url: &Url) -> Option<ClientBuilder> {
    use rustls::{ClientConfig, RootCertStore};
    use rustls_platform_verifier::BuilderVerifierExt as _;

    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().ok()?;
    let config = if url.scheme() == "https" {
        config.with_platform_verifier().ok()?
    } else {
        config.with_root_certificates(RootCertStore::empty())
    };
    Some(builder.tls_backend_preconfigured(config.with_no_client_auth()))
}

#[cfg(not(feature = "tls"))]
fn with_tls(builder: ClientBuilder, url: &Url) -> Option<ClientBuilder> {
    (url.scheme() == "http").then_some(builder)
}
