//! Attacks on the end: processes that want to outlive the job.

use std::path::Path;
use std::process::Command;

use bugstack_sandbox::Sandbox;

use crate::scene::{self, attack, lines, tests, until};

tests![nothing_is_left_behind, a_killed_supervisor_leaves_nothing_behind];

/// The subcommand that means "run a job and wait for it".
const SUPERVISE: &str = "__supervise";

pub(crate) fn supervise_if_asked() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [subcommand, word] = arguments.as_slice()
        && subcommand == SUPERVISE
    {
        Sandbox::new().run(&attack(&["stubborn", word])).unwrap();
        std::process::exit(0);
    }
}

fn nothing_is_left_behind() {
    let seen = lines(&attack(&["daemon", "left-behind"]));
    assert_eq!(seen, ["up"]);
    assert_eq!(scene::processes("left-behind-child"), 0);
}

fn a_killed_supervisor_leaves_nothing_behind() {
    let word = "orphaned";
    let mut supervisor = Command::new("/proc/self/exe").args([SUPERVISE, word]).spawn().unwrap();
    // The supervisor itself, the job, and its child.
    until("the job runs", || scene::processes(word) == 3);
    supervisor.kill().unwrap();
    supervisor.wait().unwrap();
    until("the job is gone", || scene::processes(word) == 0);
    let group = format!("bugstack-sandbox-{}-0", supervisor.id());
    until("the next job sweeps what is left", || {
        lines(&attack(&["status"]));
        !found(Path::new("/sys/fs/cgroup"), &group)
    });
}

fn found(directory: &Path, name: &str) -> bool {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut directories = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    directories.any(|entry| entry.file_name() == name || found(&entry.path(), name))
}
