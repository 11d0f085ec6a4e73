//! What the sandbox looks like from inside, the same for every tool that runs in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use bugstack_sandbox::{Mount, MountKind, Outcome};

use super::Node;

/// Where the tree stands.
pub(super) const TREE: &str = "/work";
/// Where a runner leaves its report.
pub(super) const REPORT: &str = "/tmp/bugstack-report";
/// Lines of a program's output that an explanation shows.
const LAST_LINES: usize = 8;

/// Node may stand outside the system's folders.
pub(super) fn node_mounts(node: &Node) -> Vec<Mount> {
    let of_the_system = ["/usr", "/bin", "/lib"].iter().any(|dir| node.prefix.starts_with(dir));
    let npm = node.npm.ancestors().nth(2).map(Path::to_path_buf);
    let mut places: Vec<PathBuf> =
        if of_the_system { Vec::new() } else { vec![node.prefix.clone()] };
    places.extend(npm.filter(|npm| !npm.starts_with("/usr") && !npm.starts_with(&node.prefix)));
    let mount =
        |place: PathBuf| Mount { inside: place.clone(), host: place, kind: MountKind::ReadOnly };
    places.into_iter().map(mount).collect()
}

/// Everything that a run gets to see of the outside's environment: nothing.
pub(super) fn base_environment() -> Vec<(OsString, OsString)> {
    [
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("HOME", "/home/sandbox"),
        ("TMPDIR", "/tmp"),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("CI", "true"),
        ("NO_COLOR", "1"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .to_vec()
}

/// The last words of a program, for an explanation.
pub(super) fn last_words(outcome: &Outcome) -> String {
    let said = if outcome.stderr.is_empty() { &outcome.stdout } else { &outcome.stderr };
    let said = String::from_utf8_lossy(said);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}
