//! The stage `propose`, over the local forge: exactly one proposal, and what it says.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod body;
mod flawed;
mod hostile;
mod scene;
mod upsert;
