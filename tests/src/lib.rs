//! Worlds, applications and end-to-end stories.

pub mod app;
pub mod report;
