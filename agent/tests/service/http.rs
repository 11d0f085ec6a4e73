//! The service over a real listener: what clients are told, and what stays untouched.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bugstack_agent::http::{ServeError, Service, Settings, serve};
use bugstack_agent::model::{Halt, Progress, Project, Proposal, Secret};

use bugstack_agent::store::Job;
use bugstack_agent::worker::Stages;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};

use crate::samples::{KEY, World, event, found_by_each_stage, occurrence, project};

const LEASE: Duration = Duration::from_secs(30);

/// Counts merges.
#[derive(Default)]
pub(crate) struct Merges(AtomicU32);

impl Merges {
    pub(crate) fn so_far(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Stages for Merges {
    fn advance(&self, _: &Job) -> Result<Progress, Halt> {
        Err(Halt::Fault(anyhow::anyhow!("no worker runs here")))
    }

    fn merge(&self, _: &Project, proposal: &Proposal) -> anyhow::Result<String> {
        anyhow::ensure!(proposal.base_branch == "main", "the base branch is gone");
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok("c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00".to_owned())
    }

    fn close(&self, _: &Project, _: &Proposal, _: &str) -> anyhow::Result<()> {
        Ok(())
    }
}

/// A running service over a world of its own.
pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) merges: Arc<Merges>,
    pub(crate) url: String,
    stop: Option<oneshot::Sender<()>>,
    done: tokio::task::JoinHandle<Result<(), ServeError>>,
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with(Settings { hosts: vec!["bugstack.example".into()], ..Settings::default() }).await
    }

    async fn with(settings: Settings) -> Self {
        let world = World::new().await;
        let merges = Arc::new(Merges::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Service::new(
            Arc::clone(&world.store),
            merges.clone(),
            Arc::new(Notify::new()),
            world.clock.clock(),
            settings,
        );
        let (stop, stopped) = oneshot::channel::<()>();
        let done = tokio::spawn(serve(listener, service.unwrap(), async { drop(stopped.await) }));
        Self { world, merges, url, stop: Some(stop), done }
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        client.request(method, format!("{}{path}", self.url))
    }

    /// An event of ours.
    fn send(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.ask(Method::POST, "/api/v1/events").bearer_auth(KEY).body(body)
    }
}

/// Plain HTTP needs none, but a client does not start without.
fn tls() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

fn wire(id: &str) -> Value {
    serde_json::to_value(event(id)).unwrap()
}

/// What the npm client sends.
fn captured(id: &str) -> Value {
    let stack = "Error: WebSocket is not open: readyState 3 (CLOSED)\n    at announce (/app/src/rooms.gateway.ts:31:14)";
    json!({"error": {"id": id, "name": "Error", "stack": stack,
        "message": "WebSocket is not open: readyState 3 (CLOSED)",
        "timestamp": "2026-11-22T19:00:00Z"}})
}

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn an_event_is_created_once_and_its_repetition_is_ok() {
    let site = Site::new().await;
    let body = wire("e1").to_string();
    let (status, told) = answer(site.send(body.clone())).await;
    assert_eq!((status, told), (StatusCode::CREATED, json!({"issue": 1, "duplicate": false})));
    let (status, told) = answer(site.send(body)).await;
    assert_eq!((status, told), (StatusCode::OK, json!({"issue": 1, "duplicate": true})));
    assert_eq!(site.world.store.activity().await.unwrap().events, 1);
}

#[tokio::test]
async fn a_capture_takes_its_key_from_the_header_or_the_body_and_any_content_type() {
    let site = Site::new().await;
    let post = || site.ask(Method::POST, "/api/capture");
    let by_header = post()
        .header("X-BugStack-API-Key", KEY)
        .header("Content-Type", "application/x-nonsense")
        .body(captured("e1").to_string());
    assert_eq!(answer(by_header).await.0, StatusCode::CREATED);
    let mut keyed = captured("e2");
    keyed["apiKey"] = json!(KEY);
    assert_eq!(answer(post().body(keyed.to_string())).await.0, StatusCode::CREATED);
    let wrong = post().header("X-BugStack-API-Key", "bs_wrong").body(keyed.to_string());
    assert_eq!(answer(wrong).await.0, StatusCode::UNAUTHORIZED, "the header counts");
}

#[tokio::test]
async fn a_pulse_is_kept() {
    let site = Site::new().await;
    let pulse = json!({"instance": uuid::Uuid::nil(), "counts": {"sends": 4}});
    let post = site.ask(Method::POST, "/api/v1/pulse").bearer_auth(KEY).json(&pulse);
    assert_eq!(answer(post).await.0, StatusCode::CREATED);
    assert_eq!(site.world.store.activity().await.unwrap().pulses, 1);
}

#[tokio::test]
async fn whatever_is_turned_away_changes_nothing() {
    let site = Site::new().await;
    let before = site.world.store.activity().await.unwrap();
    let sound = || wire("e1").to_string();
    let event = |body: String| site.send(body);
    let post = |path: &str| site.ask(Method::POST, path);
    let huge = |id: &str| format!("{{\"id\":\"{id}\",\"x\":\"{}\"}}", "a".repeat(1 << 20));
    let pulse = |counts: Value| {
        let body = json!({"instance": uuid::Uuid::nil(), "counts": counts});
        post("/api/v1/pulse").bearer_auth(KEY).json(&body)
    };
    let cases = [
        ("no key", post("/api/v1/events").body(sound()), 401),
        ("wrong key", post("/api/v1/events").bearer_auth("bs_no").body(sound()), 401),
        ("empty key", post("/api/v1/events").bearer_auth("").body(sound()), 401),
        ("other scheme", post("/api/v1/events").basic_auth(KEY, Some("")).body(sound()), 401),
        ("endless key", post("/api/v1/events").bearer_auth("k".repeat(4_000)).body(sound()), 401),
        ("pulse without key", post("/api/v1/pulse").body("{}"), 401),
        ("capture without key", post("/api/capture").body(sound()), 401),
        ("capture with a key that is no text", post("/api/capture").body(r#"{"apiKey": 7}"#), 401),
        ("nothing", event(String::new()), 400),
        ("no JSON", event("{".into()), 400),
        ("other JSON", event("[]".into()), 400),
        ("deep JSON", event("[".repeat(100_000)), 400),
        ("no UTF-8", site.send(vec![0xff, 0xfe]), 400),
        ("too large", event(huge("e1")), 413),
        ("too large, unauthenticated capture", post("/api/capture").body(huge("e1")), 413),
        ("compressed", event(sound()).header("Content-Encoding", "gzip"), 415),
        ("pulse of nonsense", pulse(json!({"sends": -1})), 400),
        ("pulse of words", pulse(json!({"sends": "many"})), 400),
        ("wrong method", site.ask(Method::GET, "/api/v1/events"), 405),
        ("wrong method", site.ask(Method::PUT, "/api/capture"), 405),
        ("wrong path", post("/api/v2/events").bearer_auth(KEY).body(sound()), 404),
        ("rebound host", event(sound()).header("Host", "evil.example"), 421),
        ("host in disguise", event(sound()).header("Host", "127.0.0.1.evil.example"), 421),
        ("other origin", event(sound()).header("Origin", "https://evil.example"), 403),
        ("no origin", event(sound()).header("Origin", "null"), 403),
        ("other site", event(sound()).header("Sec-Fetch-Site", "cross-site"), 403),
        ("same site", event(sound()).header("Sec-Fetch-Site", "same-site"), 403),
    ];
    for (name, request, expected) in cases {
        let (status, told) = answer(request).await;
        assert_eq!(status.as_u16(), expected, "{name}: {told}");
        if ![404, 405].contains(&expected) {
            assert!(told["error"].as_str().is_some_and(|words| words.len() > 10), "{name}: {told}");
        }
        assert_eq!(site.world.store.activity().await.unwrap(), before, "{name}");
    }
    let (_, told) = answer(site.send("[]")).await;
    assert!(told["error"].as_str().unwrap().contains("docs/wire.md"), "{told}");
}

#[tokio::test]
async fn own_hosts_and_origins_are_welcome() {
    let site = Site::new().await;
    let port = site.url.rsplit(':').next().unwrap();
    let hosts = [format!("localhost:{port}"), "[::1]:9".into(), "BugStack.example".into()];
    for (n, host) in hosts.into_iter().enumerate() {
        let request = site
            .send(wire(&format!("e{n}")).to_string())
            .header("Origin", format!("http://{host}"))
            .header("Host", host);
        assert_eq!(answer(request).await.0, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn machines_are_told_how_it_goes() {
    let site = Site::new().await;
    assert_eq!(answer(site.send(wire("e1").to_string())).await.0, StatusCode::CREATED);
    assert_eq!(answer(site.send("{")).await.0, StatusCode::BAD_REQUEST);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(answer(site.ask(Method::GET, path)).await.0, StatusCode::OK);
    }
    let text = site.ask(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    for line in
        ["bugstack_events_recorded_total 1", "bugstack_malformed_total 1", "bugstack_issues 1"]
    {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn a_crowd_of_clients_is_served_whole() {
    let site = Site::new().await;
    let answers = (0..64).map(|n| {
        let mut body = wire(&format!("e{}", n % 32));
        body["exceptions"][0]["type"] = json!(["A", "B", "C", "D"][n % 4]);
        answer(site.send(body.to_string()))
    });
    let answers = futures_util::future::join_all(answers).await;
    let created = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
    let repeated = answers.iter().filter(|(status, _)| *status == StatusCode::OK).count();
    assert_eq!((created, repeated), (32, 32));
    let rows = site.world.store.activity().await.unwrap();
    assert_eq!((rows.events, rows.issues, rows.repairs), (32, 4, 4));
}

#[tokio::test]
async fn more_clients_than_allowed_are_told_when_to_come_back() {
    let site = Site::with(Settings { in_flight: 0, ..Settings::default() }).await;
    let told = site.send(wire("e1").to_string()).send().await.unwrap();
    assert_eq!(told.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(told.headers()["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
    assert_eq!(site.world.store.activity().await.unwrap().events, 0);
    assert_eq!(answer(site.ask(Method::GET, "/")).await.0, StatusCode::OK, "pages still work");
}

#[tokio::test]
async fn other_addresses_than_loopback_are_refused() {
    let site = Site::new().await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let service = Service::new(
        Arc::clone(&site.world.store),
        site.merges.clone(),
        Arc::new(Notify::new()),
        site.world.clock.clock(),
        Settings::default(),
    );
    let refused = serve(listener, service.unwrap(), std::future::pending()).await.unwrap_err();
    assert!(refused.to_string().contains("set `listen` to 127.0.0.1"), "{refused}");
}

#[tokio::test]
async fn a_shutdown_is_orderly() {
    let mut site = Site::new().await;
    assert_eq!(answer(site.send(wire("e1").to_string())).await.0, StatusCode::CREATED);
    site.stop.take().unwrap().send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(15), &mut site.done).await;
    ended.unwrap().unwrap().unwrap();
    assert!(site.ask(Method::GET, "/healthz").send().await.is_err());
}

const SECRET: &str = "a shared secret";

fn signed(site: &Site, id: &str, body: &str, secret: &str) -> RequestBuilder {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hex::encode(ring::hmac::sign(&key, body.as_bytes()));
    site.ask(Method::POST, "/webhooks/github")
        .header("X-Hub-Signature-256", format!("sha256={tag}"))
        .header("X-GitHub-Delivery", id)
        .body(body.to_owned())
}

fn hearing() -> Settings {
    Settings { webhook_secret: Some(Secret::new(SECRET)), ..Settings::default() }
}

#[tokio::test]
async fn a_delivery_is_heard_once_and_makes_its_proposal_due() {
    let site = Site::with(hearing()).await;
    let store = &site.world.store;
    let at = Project { repository: "https://github.com/Acme/chat.git".into(), ..project("chat") };
    store.seed_project(at, None).await.unwrap();
    store.record(occurrence("e1", "k")).await.unwrap();
    for progress in found_by_each_stage("f") {
        let job = store.claim(LEASE).await.unwrap().unwrap();
        store.advanced(job.lease, progress).await.unwrap();
    }
    // The first look of all; after it nothing is due.
    let first = store.claim_watch(LEASE).await.unwrap().unwrap();
    let later = site.world.clock.now() + LEASE;
    store.unfollowed(first.lease, "later".into(), later).await.unwrap();
    assert!(store.claim_watch(LEASE).await.unwrap().is_none());

    let other = r#"{"repository": {"full_name": "acme/other"}}"#;
    let ping = r#"{"zen": "Keep it logically awesome.", "hook_id": 1}"#;
    let ours = r#"{"action": "synchronize", "repository": {"full_name": "acme/Chat"}}"#;
    assert_eq!(answer(signed(&site, "d0", ping, SECRET)).await.1, json!({"news": false}));
    assert_eq!(answer(signed(&site, "d1", other, SECRET)).await.0, StatusCode::OK);
    assert!(store.claim_watch(LEASE).await.unwrap().is_none());
    assert_eq!(answer(signed(&site, "d2", ours, SECRET)).await.1, json!({"news": true}));
    let hinted = store.claim_watch(LEASE).await.unwrap().unwrap();
    assert!(hinted.watched.hinted);
    store.unfollowed(hinted.lease, "later".into(), later).await.unwrap();
    assert_eq!(answer(signed(&site, "d2", ours, SECRET)).await.1, json!({"news": false}));
    assert!(store.claim_watch(LEASE).await.unwrap().is_none(), "it was heard before");
}

#[tokio::test]
async fn deliveries_that_nobody_signed_are_not_heard() {
    let deaf = Site::new().await;
    let body = r#"{"repository": {"full_name": "acme/chat"}}"#;
    assert_eq!(answer(signed(&deaf, "d1", body, SECRET)).await.0, StatusCode::NOT_FOUND);
    let site = Site::with(hearing()).await;
    let tag = "X-Hub-Signature-256";
    let bare = || site.ask(Method::POST, "/webhooks/github").header("X-GitHub-Delivery", "d1");
    let cases = [
        ("other secret", signed(&site, "d1", body, "guess"), 403),
        ("other body", signed(&site, "d1", body, SECRET).body("{}"), 403),
        ("no signature", bare().body(body), 403),
        ("half a signature", bare().header(tag, "sha256=abcd").body(body), 403),
        ("no hexadecimal", bare().header(tag, "sha256=zz").body(body), 403),
        ("SHA-1", bare().header(tag, "sha1=00").body(body), 403),
        ("no name", signed(&site, "", body, SECRET), 400),
        ("no JSON", signed(&site, "d1", "payload=%7B%7D", SECRET), 400),
        ("too large", signed(&site, "d1", &"x".repeat(2 << 20), SECRET), 413),
        ("other host", signed(&site, "d1", body, SECRET).header("Host", "evil.example"), 421),
        ("a page", signed(&site, "d1", body, SECRET).header("Origin", "https://evil.example"), 403),
    ];
    for (name, request, expected) in cases {
        let (status, told) = answer(request).await;
        assert_eq!(status.as_u16(), expected, "{name}: {told}");
    }
    assert_eq!(answer(signed(&site, "d1", body, SECRET)).await.1, json!({"news": true}));
}
