//! The service as its callers see it: what the store keeps, what a worker does with it, what
//! comes over HTTP.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod config;
mod follow;
mod http;
mod kill;
mod life;
mod pages;
mod samples;
mod store;
mod worker;
