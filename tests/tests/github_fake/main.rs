//! The fake GitHub itself: strict where GitHub is strict, and judged by GitHub's description.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod api;
mod apps;
mod contract;
mod faults;
mod git;
mod graphql;
mod pulls;
mod second;
mod strict;
mod webhooks;
