//! Node projects: npm; jest, vitest, mocha and `node --test`; `tsc`.

mod inside;
mod installed;
mod jest;
mod lines;
mod lockfile;
mod manifest;
mod mocha;
mod node_test;
mod npm;
mod placement;
mod runner;
mod runs;
mod script;
mod typescript;
mod vitest;

pub use installed::Node;
pub use lockfile::Lockfile;
pub use manifest::NodeProject;
pub use npm::{Dependencies, Packages, Registry};
pub use runs::Runs;
pub use script::TestCommand;
pub use typescript::TypeReport;
