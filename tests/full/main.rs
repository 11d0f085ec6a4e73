//! What takes longer than every change can wait for. One command runs it, with everything else:
//!
//! ```text
//! cargo test --workspace --features bugstack-tests/full
//! ```
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod boundaries;
mod starter;
mod traces;
