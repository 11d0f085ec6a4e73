//! Node projects: npm, jest and `node --test`, `tsc`.

mod inside;
mod installed;
mod jest;
mod lockfile;
mod manifest;
mod node_test;
mod npm;
mod placement;
mod runs;
mod typescript;

pub use installed::Node;
pub use lockfile::Lockfile;
pub use manifest::NodeProject;
pub use npm::{Dependencies, Packages, Registry};
pub use runs::Runs;
pub use typescript::TypeReport;
