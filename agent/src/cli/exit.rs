//! Exit codes, the same for every command.

use std::process::ExitCode;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// 0: it did what was asked.
    Done,
    /// 1: our own fault, or the machine's.
    Fault,
    /// 2: bad usage or unreadable input.
    Usage,
    /// 3: no patch, with the refusal.
    Refused,
    /// 4: a patch exists and is not proven; nothing was written.
    Unproven,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Fault => 1,
            Exit::Usage => 2,
            Exit::Refused => 3,
            Exit::Unproven => 4,
        })
    }
}

/// Says on standard error why a command ends, and how.
pub(super) fn fail(exit: Exit, error: &anyhow::Error) -> Exit {
    super::progress::say(&format!("bugstack: {error:#}"));
    exit
}
