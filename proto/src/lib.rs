//! The wire: what SDKs send to the agent, and nothing else. No I/O happens here.
//!
//! Times are RFC 3339, lines and columns count from 1, frames are ordered innermost first.

mod event;
mod pulse;

pub use event::{Event, Exception, Frame, Level, Mechanism, Outcome, SendFailure};
pub use pulse::{Counts, Pulse};
