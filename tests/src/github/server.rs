//! The socket: carries requests to the model and answers back, as badly as a fault says.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::fault::Fault;
use super::http::Out;
use super::model::World;

/// The largest request, a push included.
const LARGEST: usize = 256 << 20;

/// The model, shared by the server and the test.
pub(super) type Shared = Arc<Mutex<World>>;

/// Serves a model until the runtime goes away.
pub(super) fn serve(
    runtime: &Runtime,
    listener: std::net::TcpListener,
    world: Shared,
) -> Result<()> {
    listener.set_nonblocking(true)?;
    let listener = runtime.block_on(async { TcpListener::from_std(listener) })?;
    let router = Router::new().fallback(answer).with_state(world);
    runtime.spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

async fn answer(State(world): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let work = tokio::task::spawn_blocking(move || {
        world.lock().unwrap_or_else(PoisonError::into_inner).http(&parts, &body)
    });
    match work.await {
        Ok(out) => send(out).await,
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

async fn send(out: Out) -> Response {
    let half = out.body.len() / 2;
    let mut builder = Response::builder().status(out.status);
    for (name, value) in &out.headers {
        builder = builder.header(name, value);
    }
    let body = match out.fault {
        Some(Fault::Silence | Fault::SilenceAfterwards) => std::future::pending().await,
        // Ends the connection's task, and the connection with it, without a word.
        Some(Fault::HangUp) => std::panic::resume_unwind(Box::new("hung up by plan")),
        Some(Fault::Truncated) => Body::from(out.body[..half].to_vec()),
        Some(Fault::Cut) => {
            builder = builder.header("content-length", out.body.len());
            let first = Ok(out.body[..half].to_vec());
            Body::from_stream(stream::iter([first, Err("cut by plan")]))
        }
        Some(Fault::Slow(pause)) => slow(&out.body, pause),
        _ => Body::from(out.body),
    };
    builder.body(body).unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
}

fn slow(body: &[u8], pause: Duration) -> Body {
    let pieces: Vec<Vec<u8>> =
        body.chunks(body.len().div_ceil(8).max(1)).map(<[u8]>::to_vec).collect();
    Body::from_stream(stream::unfold(pieces.into_iter(), move |mut pieces| async move {
        let piece = pieces.next()?;
        tokio::time::sleep(pause).await;
        Some((Ok::<_, Infallible>(piece), pieces))
    }))
}
