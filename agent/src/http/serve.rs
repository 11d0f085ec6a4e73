//! Serving until told to stop, on the loopback address and nowhere else.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Service, router};

/// How long requests that are under way at shutdown have to end.
const GRACE: Duration = Duration::from_secs(10);

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Whoever reaches the pages may merge, and there is no sign-in yet.
    #[error(
        "refusing to listen on {0}: the pages have no sign-in yet, so only a loopback address is \
         safe; set `listen` to 127.0.0.1 or [::1] and put an authenticating proxy before it"
    )]
    NotLoopback(SocketAddr),
    /// The listener failed.
    #[error("cannot serve: {0}")]
    Listener(#[from] std::io::Error),
}

/// Serves until `shutdown` completes; requests under way then have a few seconds to end.
///
/// # Errors
/// When the listener is bound to another address than the loopback one, or fails.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let (stopping, stopped) = oneshot::channel();
    let server = axum::serve(listener, router(service)).with_graceful_shutdown(async move {
        shutdown.await;
        // Nobody listens when the server has failed already.
        let _ = stopping.send(());
    });
    let overdue = async {
        match stopped.await {
            Ok(()) => tokio::time::sleep(GRACE).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = server => Ok(ended?),
        () = overdue => Ok(()),
    }
}
