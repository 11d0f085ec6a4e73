//! Real WebSocket clients, one of which leaves at the wrong moment.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt, StreamExt};
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One exchange of messages.
const EXCHANGE: Duration = Duration::from_secs(10);
const HELLO: &str = r#"{"event":"message","data":"hello"}"#;
const STILL_THERE: &str = r#"{"event":"message","data":"anybody there?"}"#;

/// Ann and Bob chat; Bob closes his window; Ann writes again, and the application still holds
/// Bob's socket. Returns when that was.
pub(super) async fn until_it_fails(port: u16) -> Result<Timestamp> {
    let mut ann = connect(port).await?;
    let mut bob = connect(port).await?;
    say(&mut ann, HELLO).await?;
    hear(&mut ann).await?;
    hear(&mut bob).await?;
    leave(bob).await?;
    // One more round through the server: what it still had to do for Bob's socket comes first.
    leave(connect(port).await?).await?;
    let now = Timestamp::now();
    say(&mut ann, STILL_THERE).await?;
    Ok(now)
}

async fn connect(port: u16) -> Result<Client> {
    let address = format!("ws://127.0.0.1:{port}/chat");
    let (client, _) = timeout(EXCHANGE, connect_async(&address))
        .await
        .context("the application does not answer")?
        .with_context(|| format!("connecting to {address}"))?;
    Ok(client)
}

async fn say(client: &mut Client, words: &str) -> Result<()> {
    timeout(EXCHANGE, client.send(Message::text(words)))
        .await
        .context("sending takes too long")??;
    Ok(())
}

async fn hear(client: &mut Client) -> Result<()> {
    let heard = timeout(EXCHANGE, client.next()).await.context("nobody answers")?;
    match heard {
        Some(Ok(Message::Text(_))) => Ok(()),
        other => bail!("expected a chat message, got {other:?}"),
    }
}

/// The closing handshake to its end: from here on the socket is closed on both sides.
async fn leave(mut client: Client) -> Result<()> {
    client.close(None).await.context("closing")?;
    let closed = async { while let Some(Ok(_)) = client.next().await {} };
    timeout(EXCHANGE, closed).await.context("the close is not answered")?;
    Ok(())
}
