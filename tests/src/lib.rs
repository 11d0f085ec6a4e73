//! Worlds, applications and end-to-end stories.

pub mod agent;
pub mod app;
pub mod conformance;
pub mod emulate;
pub mod events;
pub mod github;
pub mod mortal;
pub mod nest;
pub mod program;
pub mod relay;
pub mod report;
pub mod simulation;
pub mod wait;
pub mod world;
