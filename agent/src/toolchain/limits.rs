//! What one run in the sandbox may use up, as the operator allows it.

use std::time::Duration;

use bugstack_sandbox::Limits;

/// What one run in the sandbox may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunLimits {
    /// Memory of all its processes, in bytes.
    pub memory: u64,
    /// Everything it writes, in bytes.
    pub disk: u64,
    /// Processes and threads.
    pub processes: u32,
    /// One installation of packages.
    pub install: Duration,
    /// One run of a suite, a spec or a type check.
    pub tests: Duration,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            memory: 4 << 30,
            disk: 4 << 30,
            processes: Limits::PROCESSES,
            install: Duration::from_secs(600),
            tests: Duration::from_secs(900),
        }
    }
}

impl RunLimits {
    pub(super) fn for_install(&self) -> Limits {
        Limits { wall: self.install, ..self.common() }
    }

    pub(super) fn for_tests(&self) -> Limits {
        Limits { wall: self.tests, ..self.common() }
    }

    fn common(&self) -> Limits {
        Limits {
            memory: self.memory,
            scratch: self.disk,
            processes: self.processes,
            ..Limits::default()
        }
    }
}
