//! What supervisor and helper say to each other, over one socket pair.
//!
//! A frame is the length of a header and of a body (two little-endian `u32`),
//! the header as JSON, and the body as it is.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{End, Job, Landlock};

/// The longest header; an environment and an argument list fit.
const HEADER: usize = 4 << 20;

/// What the supervisor asks for.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) job: Job,
    /// The uid to become when the helper is root.
    pub(crate) uid: u32,
    /// Whether process 1 has to watch the memory, for want of a control group.
    pub(crate) watch_memory: bool,
    /// Whether to go on when the kernel has no Landlock.
    pub(crate) without_landlock: bool,
}

/// What the helper and process 1 answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// A wall could not be built, or the program not be started; nothing ran.
    Failed(Fault),
    /// Every wall stands, this much of Landlock among them; the program is started now.
    Started(Landlock),
    /// Every process but process 1 is dead.
    Ended(End),
    /// A file that was asked for; its content is the body.
    File(PathBuf),
    /// A file that was asked for and is not to be had, with the reason.
    Missing(PathBuf, String),
    /// Nothing follows.
    Finished,
}

/// A step of building the sandbox that failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Fault {
    /// The wall that it belongs to.
    pub(crate) wall: String,
    /// What was tried.
    pub(crate) step: String,
    /// The system's answer; 0 when it was not the system's.
    pub(crate) errno: i32,
}

impl Fault {
    pub(crate) fn new(wall: &str, step: impl Into<String>, errno: nix::errno::Errno) -> Self {
        Self { wall: wall.to_owned(), step: step.into(), errno: errno as i32 }
    }
}

/// Names the wall and the step of a failed call.
pub(crate) trait OrFault<T> {
    fn or_fault(self, wall: &str, step: impl Into<String>) -> Result<T, Fault>;
}

impl<T> OrFault<T> for nix::Result<T> {
    fn or_fault(self, wall: &str, step: impl Into<String>) -> Result<T, Fault> {
        self.map_err(|errno| Fault::new(wall, step, errno))
    }
}

impl<T> OrFault<T> for io::Result<T> {
    fn or_fault(self, wall: &str, step: impl Into<String>) -> Result<T, Fault> {
        self.map_err(|error| {
            let errno = error.raw_os_error().unwrap_or(0);
            let step = if errno == 0 { format!("{}: {error}", step.into()) } else { step.into() };
            Fault { wall: wall.to_owned(), step, errno }
        })
    }
}

/// Writes one frame.
pub(crate) fn send<T: Serialize>(mut to: impl Write, header: &T, body: &[u8]) -> io::Result<()> {
    let header = serde_json::to_vec(header)?;
    let too_long = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let mut frame = Vec::with_capacity(8 + header.len() + body.len());
    frame.extend(u32::try_from(header.len()).map_err(too_long)?.to_le_bytes());
    frame.extend(u32::try_from(body.len()).map_err(too_long)?.to_le_bytes());
    frame.extend(header);
    frame.extend(body);
    to.write_all(&frame)
}

/// Reads the header of one frame that has no body.
pub(crate) fn receive<T: DeserializeOwned>(mut from: impl Read) -> io::Result<T> {
    let mut lengths = [0; 8];
    from.read_exact(&mut lengths)?;
    let header = length(&lengths, 0);
    if header > HEADER || length(&lengths, 4) != 0 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; header];
    from.read_exact(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// Takes the next whole frame off the front of what was read so far.
pub(crate) fn take<T: DeserializeOwned>(buffer: &mut Vec<u8>) -> io::Result<Option<(T, Vec<u8>)>> {
    if buffer.len() < 8 {
        return Ok(None);
    }
    let (header, body) = (length(buffer, 0), length(buffer, 4));
    if header > HEADER {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let end = 8 + header + body;
    if buffer.len() < end {
        return Ok(None);
    }
    let rest = buffer.split_off(end);
    let frame = std::mem::replace(buffer, rest);
    let value = serde_json::from_slice(&frame[8..8 + header])?;
    Ok(Some((value, frame[8 + header..].to_vec())))
}

fn length(bytes: &[u8], at: usize) -> usize {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four) as usize
}
