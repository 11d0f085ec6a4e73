//! The template engine through its public interface.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed test is a panic")]

mod cases;
mod guards;
mod hostile;
mod loading;
mod programs;
mod templates;
mod types;
