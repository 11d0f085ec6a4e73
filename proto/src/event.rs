//! One occurrence of an error.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One occurrence of an error, as an SDK saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Chosen by the SDK and kept over every retry: the agent stores an id once per project.
    pub id: String,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The language runtime: `node`, `rust`, `python`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// How bad the program thought it was.
    #[serde(default)]
    pub level: Level,
    /// What was thrown first, then its causes, each the cause of the one before.
    pub exceptions: Vec<Exception>,
    /// How the SDK came to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<Mechanism>,
    /// The name of the deployed version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The commit that the deployed version was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// `production`, `staging`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Present when the error is a send on a socket that was not open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<SendFailure>,
}

/// An error value with the stack it carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// The type's name: `TypeError`, `std::io::Error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The error's own words.
    pub message: String,
    /// Innermost first.
    #[serde(default)]
    pub frames: Vec<Frame>,
}

/// One line of a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// As the runtime names it: `RoomsGateway.announce`, `chat::room::broadcast`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The path at run time, on the machine that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// From 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// From 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Whether the SDK took it for the application's own code; the agent decides again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_app: Option<bool>,
}

/// How bad it was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Ends a process or a thread.
    Fatal,
    /// A failed operation.
    #[default]
    Error,
    /// Worth knowing.
    Warning,
    /// Told, not failed.
    Info,
}

/// How the SDK came to know of the error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mechanism {
    /// `panic`, `uncaughtException`, `captureError`, …
    pub kind: String,
    /// Whether the application caught it itself.
    pub handled: bool,
    /// The thread's name, where threads have names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
}

/// A send on a socket that was not open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendFailure {
    /// 0 CONNECTING, 2 CLOSING, 3 CLOSED.
    pub ready_state: u8,
    /// How the failure reached the program.
    pub outcome: Outcome,
    /// Milliseconds between the socket's close and this send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_for_ms: Option<u64>,
    /// Bytes waiting in the socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffered_amount: Option<u64>,
    /// The close code, RFC 6455 §7.4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_code: Option<u16>,
}

/// How a failed send reached the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// `send` threw.
    Thrown,
    /// The callback or promise got the error.
    CalledBack,
    /// Nobody was told; the message is lost.
    Dropped,
}
