//! Worlds, applications and end-to-end stories.

pub mod app;
pub mod program;
pub mod report;
pub mod world;
