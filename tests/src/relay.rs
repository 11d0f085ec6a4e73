//! Stands between a client and the service, and loses answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::wait::until;

/// Until the client speaks, or speaks again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes requests by hand, one a connection.
#[derive(Debug)]
pub struct Relay(TcpListener);

/// A request that waits for its answer.
#[derive(Debug)]
pub struct Waiting {
    stream: TcpStream,
    /// What the client said.
    pub body: String,
}

impl Relay {
    /// Listens on a free port.
    pub fn new() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    /// Where clients reach it.
    pub fn url(&self) -> Result<String> {
        Ok(format!("http://{}", self.0.local_addr()?))
    }

    /// The next request.
    pub fn next(&self) -> Result<Waiting> {
        let stream = until("a request", PATIENCE, || match self.0.accept() {
            Ok((stream, _)) => Ok(Some(stream)),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error.into()),
        })?;
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut reader = BufReader::new(&stream);
        let mut length = None;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = Some(value.trim().parse()?);
            }
        }
        let mut body = vec![0; length.context("no Content-Length")?];
        reader.read_exact(&mut body)?;
        Ok(Waiting { stream, body: String::from_utf8(body)? })
    }
}

impl Waiting {
    /// Answers and ends the connection.
    pub fn answer(mut self, status: u16) -> Result<()> {
        let head =
            format!("HTTP/1.1 {status} \r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
        self.stream.write_all(head.as_bytes())?;
        Ok(())
    }
}
