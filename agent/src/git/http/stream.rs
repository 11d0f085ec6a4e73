//! One request of the smart protocol: libgit2 writes its body, and then reads the answer.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use git2::transport::Service;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode, Url};
use tokio::time::timeout;

use super::access::place;
use super::{Failure, Operation};

/// The most of a refusal's text that is told.
const SAID_CHARS: usize = 200;
/// The most of a refusal's text that is read, in bytes.
const SAID_BYTES: usize = 16 << 10;

/// A request that is sent when its answer is wanted.
pub(super) struct Stream {
    operation: Arc<Operation>,
    request: Request,
    body: Vec<u8>,
    answer: Option<Answer>,
}

struct Request {
    method: Method,
    url: Url,
    name: &'static str,
    answer_type: String,
}

struct Answer {
    response: Response,
    chunk: Bytes,
    received: u64,
}

impl Request {
    fn new(remote: &Url, service: Service) -> Result<Self, Failure> {
        let (method, name, kind) = match service {
            Service::UploadPackLs => (Method::GET, "git-upload-pack", "advertisement"),
            Service::UploadPack => (Method::POST, "git-upload-pack", "result"),
            Service::ReceivePackLs => (Method::GET, "git-receive-pack", "advertisement"),
            Service::ReceivePack => (Method::POST, "git-receive-pack", "result"),
        };
        let mut url = remote.clone();
        let listing = method == Method::GET;
        let path = remote.path().trim_end_matches('/');
        url.set_path(&format!("{path}/{}", if listing { "info/refs" } else { name }));
        url.set_query(listing.then(|| format!("service={name}")).as_deref());
        Ok(Self { method, url, name, answer_type: format!("application/x-{name}-{kind}") })
    }
}

impl Stream {
    /// A listing has no body and is asked for at once.
    pub(super) fn open(
        operation: Arc<Operation>,
        remote: &Url,
        service: Service,
    ) -> Result<Self, Failure> {
        let request = Request::new(remote, service)?;
        let listing = request.method == Method::GET;
        let mut stream = Self { operation, request, body: Vec::new(), answer: None };
        if listing {
            stream.answer = Some(stream.send()?);
        }
        Ok(stream)
    }

    fn send(&mut self) -> Result<Answer, Failure> {
        let Request { method, url, name, answer_type } = &self.request;
        let place = place(self.operation.access.url());
        let mut request = self
            .operation
            .client
            .request(method.clone(), url.clone())
            .header(ACCEPT, answer_type.as_str());
        if let Some(value) = self.operation.access.authorization(url) {
            request = request.header(AUTHORIZATION, value);
        }
        if *method == Method::POST {
            let kind = format!("application/x-{name}-request");
            request = request.header(CONTENT_TYPE, kind).body(std::mem::take(&mut self.body));
        }
        let response =
            self.within(async { request.send().await })?.map_err(|error| network(&place, error))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(self.refused(response, place));
        }
        let found = header(&response, &CONTENT_TYPE);
        if found != *answer_type {
            return Err(Failure::Protocol(format!(
                "{place} is not a git server: it answers with `{found}`"
            )));
        }
        Ok(Answer { response, chunk: Bytes::new(), received: 0 })
    }

    /// Waits no longer than a silence may be, and no longer than the operation has.
    fn within<F: Future>(&self, future: F) -> Result<F::Output, Failure> {
        let operation = &self.operation;
        let left = operation.deadline.saturating_duration_since(Instant::now());
        let wait = left.min(operation.limits.idle);
        let ended = operation.handle.block_on(async { timeout(wait, future).await });
        ended.map_err(|_| {
            let place = place(operation.access.url());
            Failure::Limit(match left < operation.limits.idle {
                true => format!("{place} took longer than {:?}", operation.limits.whole),
                false => format!("{place} said nothing for {:?}", operation.limits.idle),
            })
        })
    }

    fn refused(&self, response: Response, place: String) -> Failure {
        let status = response.status();
        match status.as_u16() {
            401 => Failure::Unknown { place },
            403 => Failure::Forbidden { place, said: self.said(response) },
            404 | 410 => Failure::Missing { place },
            429 | 500..=599 => {
                let after = header(&response, &RETRY_AFTER).parse().ok();
                let after = after.map(Duration::from_secs);
                Failure::Busy { place, status: status.as_u16(), after }
            }
            300..=399 => {
                let to = Url::parse(&header(&response, &LOCATION)).map(|url| {
                    let path = url.path().split("/info/refs").next().unwrap_or_default();
                    format!("{}{path}", url.origin().ascii_serialization())
                });
                Failure::Elsewhere { place, to: to.unwrap_or_else(|_| "another address".into()) }
            }
            other => Failure::Protocol(format!("{place} answered {other}")),
        }
    }

    /// The start of a refusal's text, on one line.
    fn said(&self, mut response: Response) -> String {
        let mut bytes = Vec::new();
        while bytes.len() < SAID_BYTES {
            match self.within(response.chunk()) {
                Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
                _ => break,
            }
        }
        bytes.truncate(SAID_BYTES);
        printable(&bytes)
    }

    fn next(&mut self) -> Result<(), Failure> {
        let Some(mut answer) = self.answer.take() else { return Ok(()) };
        let place = place(self.operation.access.url());
        answer.chunk = loop {
            let chunk = self.within(answer.response.chunk())?;
            match chunk.map_err(|error| network(&place, error))? {
                Some(empty) if empty.is_empty() => {}
                more => break more.unwrap_or_default(),
            }
        };
        answer.received = answer.received.saturating_add(answer.chunk.len() as u64);
        let most = self.operation.limits.answer;
        if answer.received > most {
            return Err(Failure::Limit(format!("{place} answers with more than {most} bytes")));
        }
        self.answer = Some(answer);
        Ok(())
    }

    fn fill(&mut self) -> Result<&mut Bytes, Failure> {
        if self.answer.is_none() {
            self.answer = Some(self.send()?);
        }
        if self.answer.as_ref().is_some_and(|answer| answer.chunk.is_empty()) {
            self.next()?;
        }
        let gone = || Failure::Protocol("the answer has ended".into());
        self.answer.as_mut().map(|answer| &mut answer.chunk).ok_or_else(gone)
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let operation = self.operation.clone();
        let chunk = self.fill().map_err(|failure| operation.failed(failure))?;
        let taken = chunk.split_to(chunk.len().min(into.len()));
        into[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = self.operation.limits.request;
        if self.body.len() + bytes.len() > most {
            let why = format!("the request is larger than {most} bytes");
            return Err(self.operation.failed(Failure::Limit(why)));
        }
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn header(response: &Response, name: &reqwest::header::HeaderName) -> String {
    let value = response.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// The chain of causes, without the URL that reqwest adds.
fn network(place: &str, error: reqwest::Error) -> Failure {
    let why = format!("{:#}", anyhow::Error::new(error.without_url()));
    Failure::Network { place: place.to_owned(), why }
}

/// A server's words as they may be shown.
pub(in crate::git) fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let words: Vec<&str> = text.split(|char: char| char.is_control() || char == ' ').collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(SAID_CHARS).collect()
}
