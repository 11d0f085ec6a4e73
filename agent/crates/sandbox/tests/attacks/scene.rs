//! What the tests share: jobs that run this program as the attacker.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bugstack_sandbox::{Job, Mount, MountKind, Outcome, Sandbox};
use tempfile::TempDir;

/// A test and its name.
pub(crate) type Named = (&'static str, fn());

/// Names each test after its function.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub(crate) fn trials() -> Vec<crate::scene::Named> {
            vec![$((stringify!($name), $name)),*]
        }
    };
}
pub(crate) use tests;

/// Where the attacker is, inside.
const ATTACKER: &str = "/opt/attacker";

/// A directory of the host that everyone may look into.
pub(crate) fn directory() -> TempDir {
    let place = TempDir::new().unwrap();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    place
}

/// This program inside, told what to try.
pub(crate) fn attack(arguments: &[&str]) -> Job {
    let mut job =
        Job::new([ATTACKER, crate::attacker::SUBCOMMAND].iter().chain(arguments).copied(), "/tmp");
    job.limits.wall = Duration::from_secs(20);
    job.mounts.push(mount(std::env::current_exe().unwrap(), ATTACKER, MountKind::ReadOnly));
    job
}

pub(crate) fn node(script: &str) -> Job {
    let mut job = Job::new(["node", "-e", script], "/tmp");
    job.limits.wall = Duration::from_secs(20);
    job
}

pub(crate) fn mount(host: impl Into<PathBuf>, inside: &str, kind: MountKind) -> Mount {
    Mount { host: host.into(), inside: inside.into(), kind }
}

pub(crate) fn run(job: &Job) -> Outcome {
    Sandbox::new().run(job).unwrap()
}

/// The lines that a job printed, once it has ended well.
pub(crate) fn lines(job: &Job) -> Vec<String> {
    let outcome = run(job);
    assert_eq!(outcome.end, bugstack_sandbox::End::Exited(0), "{}", text(&outcome.stderr));
    text(&outcome.stdout).lines().map(str::to_owned).collect()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// How many processes of the host have this word in their command line.
pub(crate) fn processes(word: &str) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| text(line).split('\0').any(|argument| argument == word)).count()
}

/// Waits until something is so, for ten seconds at most.
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not in ten seconds");
        std::thread::yield_now();
    }
}

/// Writes a file and gives it a mode.
pub(crate) fn write(path: &Path, content: &str, mode: u32) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
