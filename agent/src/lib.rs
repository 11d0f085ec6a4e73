//! The agent: from a production error to a proven pull request, on your own machine.
//!
//! Three lanes cross the rooms below. *Intake* turns bytes into an event and an issue; *repair*
//! turns an issue into a proposal, stage by stage; *follow* watches the proposal to its end.
//! `cli` and `http` are the edge and may call any room; nothing calls them.

pub mod cli;
pub mod config;
pub mod follow;
pub mod forge;
pub mod git;
pub mod http;
pub mod intake;
pub mod markdown;
pub mod model;
pub mod net;
pub mod repair;
pub mod store;
pub mod templates;
pub mod toolchain;
pub mod worker;
