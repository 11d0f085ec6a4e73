//! What to run: the program, what it sees, and what it may use up.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One program to run in the sandbox. It gets no standard input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The program and its arguments; looked up in the `PATH` of `env` when it has no `/`.
    pub argv: Vec<OsString>,
    /// The whole environment; nothing of the agent's own is added.
    pub env: Vec<(OsString, OsString)>,
    /// The working directory, as seen inside.
    pub cwd: PathBuf,
    /// What of the host is visible besides the system directories, mounted in this order.
    pub mounts: Vec<Mount>,
    /// Which network it has.
    pub network: Network,
    /// What it may use up.
    pub limits: Limits,
    /// Regular files inside that are brought back once every process of the job
    /// is dead. No component of the path may be a symbolic link.
    pub collect: Vec<PathBuf>,
}

impl Job {
    /// A job with the default limits, no network, no mounts, and an environment
    /// of `PATH`, `HOME`, `USER`, `TMPDIR` and `LANG`.
    pub fn new<A: Into<OsString>>(
        argv: impl IntoIterator<Item = A>,
        cwd: impl Into<PathBuf>,
    ) -> Self {
        let env = [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("HOME", "/home/sandbox"),
            ("USER", "sandbox"),
            ("TMPDIR", "/tmp"),
            ("LANG", "C.UTF-8"),
        ];
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            env: env.map(|(name, value)| (name.into(), value.into())).to_vec(),
            cwd: cwd.into(),
            mounts: Vec::new(),
            network: Network::None,
            limits: Limits::default(),
            collect: Vec::new(),
        }
    }
}

/// One directory or file of the host, shown inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where it is on the host; absolute.
    pub host: PathBuf,
    /// Where it appears inside; absolute, without `..`.
    pub inside: PathBuf,
    /// What the job may do with it.
    pub kind: MountKind,
}

/// What the job may do with a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MountKind {
    /// Read and execute.
    ReadOnly,
    /// Read, execute and write; what is written goes to the scratch space and is
    /// thrown away with it. The host's directory stays as it is. When the agent
    /// is root, files of the directory's owner appear as the job's own.
    Overlay,
    /// Read, execute and write on the host itself; only for the output directory
    /// of a fetch. When the agent is root, the directory is made over to
    /// [`SANDBOX_UID`](crate::SANDBOX_UID) first.
    Writable,
}

/// Which network the job has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Network {
    /// None but a loopback of its own.
    None,
    /// The host's, with its loopback: for package managers in the fetch phase,
    /// never for code of a repository.
    Host,
}

/// What the job may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Time from the program's start to its end; a day at most.
    pub wall: Duration,
    /// Processor time of each process.
    pub cpu: Duration,
    /// Memory of all processes together, in bytes. Without a control group the
    /// scratch space is not part of it.
    pub memory: u64,
    /// Everything that is written anywhere inside, in bytes.
    pub scratch: u64,
    /// Processes and threads together.
    pub processes: u32,
    /// Standard output and standard error together, in bytes.
    pub output: u64,
    /// The size of each file that is brought back, in bytes.
    pub file: u64,
}

impl Limits {
    /// Ten minutes: several times the test suite that was measured.
    pub const WALL: Duration = Duration::from_secs(600);
    /// Ten minutes of processor time for one process.
    pub const CPU: Duration = Duration::from_secs(600);
    /// 2 GiB: jest with two workers stays below.
    pub const MEMORY: u64 = 2 << 30;
    /// 1 GiB of scratch space.
    pub const SCRATCH: u64 = 1 << 30;
    /// 512: Node starts about eleven threads for each process.
    pub const PROCESSES: u32 = 512;
    /// 8 MiB of output.
    pub const OUTPUT: u64 = 8 << 20;
    /// 16 MiB for each file that is brought back.
    pub const FILE: u64 = 16 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Self::WALL,
            cpu: Self::CPU,
            memory: Self::MEMORY,
            scratch: Self::SCRATCH,
            processes: Self::PROCESSES,
            output: Self::OUTPUT,
            file: Self::FILE,
        }
    }
}
