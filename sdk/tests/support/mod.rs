//! An agent for tests: an HTTP server on a thread, with a memory.

#![allow(dead_code, reason = "each test program uses a part")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed test is a panic")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;

/// No test waits longer.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// What came in.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) authorization: String,
    pub(crate) body: Value,
}

/// What the agent answers: statuses in turn, the last one for ever; none is silence.
pub(crate) struct Agent {
    pub(crate) endpoint: String,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<Request>>,
    changed: Condvar,
}

impl Agent {
    pub(crate) fn answering(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Seen::default());
        let memory = Arc::clone(&seen);
        let statuses = Arc::new(Mutex::new(VecDeque::from(statuses.to_vec())));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (memory, statuses) = (Arc::clone(&memory), Arc::clone(&statuses));
                std::thread::spawn(move || serve(stream.unwrap(), &memory, &statuses));
            }
        });
        Self { endpoint, seen }
    }

    /// Waits until `enough` of the requests so far.
    pub(crate) fn wait(&self, enough: impl Fn(&[Request]) -> bool) -> Vec<Request> {
        let requests = self.seen.requests.lock().unwrap();
        let waited = self.seen.changed.wait_timeout_while(requests, LONG, |r| !enough(r));
        let (requests, late) = waited.unwrap();
        assert!(!late.timed_out(), "still waiting, so far: {requests:#?}");
        requests.clone()
    }

    /// The events so far.
    pub(crate) fn events(&self) -> Vec<Value> {
        events(&self.seen.requests.lock().unwrap())
    }

    /// The sum of a count over the pulses so far.
    pub(crate) fn counted(&self, count: &str) -> u64 {
        let requests = self.seen.requests.lock().unwrap();
        let pulses = requests.iter().filter(|request| request.path == "/api/v1/pulse");
        pulses.map(|pulse| pulse.body["counts"][count].as_u64().expect("a count")).sum()
    }
}

pub(crate) fn events(requests: &[Request]) -> Vec<Value> {
    let events = requests.iter().filter(|request| request.path == "/api/v1/events");
    events.map(|event| event.body.clone()).collect()
}

fn serve(stream: TcpStream, memory: &Seen, statuses: &Mutex<VecDeque<u16>>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let status = {
            let mut statuses = statuses.lock().unwrap();
            let status = statuses.front().copied();
            if statuses.len() > 1 && request.path == "/api/v1/events" {
                statuses.pop_front();
            }
            status
        };
        memory.requests.lock().unwrap().push(request);
        memory.changed.notify_all();
        if let Some(status) = status {
            let answer = format!("HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|&read| read > 0)?;
    let path = line.split(' ').nth(1).unwrap().to_owned();
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        match header.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap();
            }
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                authorization = value.to_owned();
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Some(Request { path, authorization, body: serde_json::from_slice(&body).unwrap() })
}
