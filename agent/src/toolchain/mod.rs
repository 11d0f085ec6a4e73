//! The projects' own tools: detect them, install what they need, run them in the sandbox, read
//! their reports. One folder a language.

mod limits;
pub mod node;
mod report;
mod stopwatch;

pub use limits::RunLimits;
pub use report::{BrokenFile, SuiteReport, TestResult, TestStatus};
pub use stopwatch::Stopwatch;
