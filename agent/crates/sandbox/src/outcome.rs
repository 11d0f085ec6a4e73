//! What came of a job, or which wall of the sandbox is missing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What came of a job that ran. Every process of it is dead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Its standard output, up to the limit.
    pub stdout: Vec<u8>,
    /// Its standard error, up to the limit.
    pub stderr: Vec<u8>,
    /// The files that were asked for and found.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// The files that were asked for and not brought back, with the reason.
    pub missing: BTreeMap<PathBuf, String>,
    /// Time from the program's start to the end of its last process.
    pub wall: Duration,
    /// Time that it took to build the sandbox.
    pub setup: Duration,
    /// What held the memory limit.
    pub memory_limited_by: MemoryLimit,
    /// How much of Landlock the kernel had.
    pub landlock: Landlock,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// By itself, with this status.
    Exited(i32),
    /// By this signal.
    Killed(i32),
    /// It ran longer than it may.
    TimedOut,
    /// It used more memory than it may; what it printed proves nothing.
    OutOfMemory,
    /// It printed more than it may.
    TooMuchOutput,
}

/// What holds the memory limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryLimit {
    /// A control group of the second version.
    CgroupV2,
    /// A control group of the first version.
    CgroupV1,
    /// No control group is writable: process 1 adds up what is resident ten
    /// times a second, and each process has a limit on its data.
    Watchdog,
}

/// How much of the second wall around files the kernel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Landlock {
    /// Files, signals, and abstract sockets.
    Full,
    /// Files, without what Linux after 5.19 brought.
    Partial,
    /// Nothing; only where the operator accepts it.
    None,
}

/// The sandbox cannot be had here, so the job did not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox has no {wall}: {cause}; {remedy}")]
pub struct Unavailable {
    /// The wall that is missing.
    pub wall: String,
    /// What the system answered.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
}
