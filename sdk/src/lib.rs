//! Reports panics and errors of a Rust service to a BugStack agent.
