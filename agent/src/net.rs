//! Outgoing HTTP: how every client of the agent is built, and the runtime for blocking callers.

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Client, Url, redirect};
use tokio::runtime::{Builder, Handle, Runtime};

/// How long a host may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// A client for the host of `base`: TLS by rustls on ring, no redirects (a token must not follow
/// one elsewhere), no proxy towards this machine. How long an answer may take is the caller's to
/// bound. There are two of them in a process, because each reads the system's certificates.
///
/// # Errors
/// When the system has no certificates to trust.
pub fn client(base: &Url) -> Result<Client> {
    static ELSEWHERE: OnceLock<Client> = OnceLock::new();
    static HERE: OnceLock<Client> = OnceLock::new();
    let loopback = is_loopback(base);
    let kept = if loopback { &HERE } else { &ELSEWHERE };
    match kept.get() {
        Some(client) => Ok(client.clone()),
        None => {
            let made = build(loopback)?;
            Ok(kept.get_or_init(|| made).clone())
        }
    }
}

fn build(loopback: bool) -> Result<Client> {
    use_ring();
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .referer(false)
        .user_agent(concat!("bugstack/", env!("CARGO_PKG_VERSION")));
    let builder = if loopback { builder.no_proxy() } else { builder };
    builder.build().context("preparing HTTP")
}

/// TLS is rustls on ring, for every client of this process. A second call finds it installed.
pub fn use_ring() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Whether a URL leads to this machine, where plain `http://` is safe.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// The runtime on which blocking callers wait for the network with [`Handle::block_on`]. They
/// must not be async threads themselves.
///
/// # Errors
/// When the system gives no thread.
pub fn runtime() -> Result<Handle> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread().worker_threads(1).thread_name("net").enable_all().build()
    });
    match made {
        Ok(runtime) => Ok(runtime.handle().clone()),
        Err(error) => anyhow::bail!("starting the network's runtime: {error}"),
    }
}
