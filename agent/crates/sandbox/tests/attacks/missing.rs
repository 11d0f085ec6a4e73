//! Systems that lack a wall, imitated by a filter that answers for the kernel.

#![expect(clippy::print_stderr, reason = "what is missing is told to the test that way")]

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use bugstack_sandbox::{Job, Landlock, Sandbox};
use nix::libc;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use crate::scene::{attack, tests, text};

tests![
    a_missing_wall_is_named_with_its_remedy,
    without_landlock_the_mounts_hold_alone,
    a_masked_proc_is_named_with_its_remedy,
];

/// The subcommand that means "run a job on a system that lacks something".
const LACKING: &str = "__lacking";

pub(crate) fn lack_if_asked() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [subcommand, call, errno, accept] = arguments.as_slice() else { return };
    if subcommand != LACKING {
        return;
    }
    let mut rules = BTreeMap::new();
    rules.insert(call.parse().unwrap(), Vec::new());
    let answer = SeccompAction::Errno(errno.parse().unwrap());
    let arch = std::env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, arch).unwrap();
    seccompiler::apply_filter(&BpfProgram::try_from(filter).unwrap()).unwrap();
    let mut sandbox = Sandbox::new();
    if accept == "accept" {
        sandbox = sandbox.accept_no_landlock();
    }
    let places = ["create", "/mine", "/usr/mine", "/etc/mine", "/dev/mine", "/tmp/mine"];
    match sandbox.run(&attack(&places)) {
        Ok(outcome) => {
            assert_eq!(outcome.landlock, Landlock::None);
            eprint!("{}", text(&outcome.stdout));
        }
        Err(missing) => {
            eprint!("{missing}");
            std::process::exit(2);
        }
    }
    std::process::exit(0);
}

/// The subcommand that means "run a job where a part of `/proc` is covered".
const MASKED: &str = "__masked";

pub(crate) fn mask_if_asked() {
    if std::env::args().nth(1).as_deref() != Some(MASKED) {
        return;
    }
    let (user, group) = (geteuid(), getegid());
    let mut namespaces = CloneFlags::CLONE_NEWNS;
    if !user.is_root() {
        namespaces |= CloneFlags::CLONE_NEWUSER;
    }
    unshare(namespaces).unwrap();
    if !user.is_root() {
        std::fs::write("/proc/self/setgroups", "deny").unwrap();
        std::fs::write("/proc/self/uid_map", format!("{user} {user} 1")).unwrap();
        std::fs::write("/proc/self/gid_map", format!("{group} {group} 1")).unwrap();
    }
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).unwrap();
    mount(Some("/dev/null"), "/proc/keys", none, MsFlags::MS_BIND, none).unwrap();
    let missing = Sandbox::new().run(&Job::new(["/bin/true"], "/tmp")).unwrap_err();
    eprint!("{missing}");
    std::process::exit(0);
}

/// What a run says where the kernel answers this call with this error: what is
/// missing, or what it could create.
fn lacking(call: libc::c_long, errno: libc::c_int, accept: &str) -> String {
    let output = Command::new("/proc/self/exe")
        .args([LACKING, &call.to_string(), &errno.to_string(), accept])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    text(&output.stderr)
}

fn a_missing_wall_is_named_with_its_remedy() {
    let table = [
        (libc::SYS_unshare, libc::EPERM, "no user namespace", "seccomp=unconfined"),
        (libc::SYS_unshare, libc::ENOSPC, "no user namespace", "user.max_user_namespaces"),
        (libc::SYS_unshare, libc::ENOSYS, "no user namespace", "kernel with user namespaces"),
        (libc::SYS_mount, libc::EPERM, "no mount namespace", "seccomp=unconfined"),
        (libc::SYS_move_mount, libc::EPERM, "no mount namespace", "seccomp=unconfined"),
        (libc::SYS_landlock_create_ruleset, libc::ENOSYS, "no Landlock", "lsm="),
        (libc::SYS_seccomp, libc::EPERM, "no seccomp", "nothing was run"),
    ];
    for (call, errno, wall, remedy) in table {
        let said = lacking(call, errno, "refuse");
        assert!(said.contains(wall) && said.contains(remedy), "{call}: {said}");
    }
}

fn without_landlock_the_mounts_hold_alone() {
    let said = lacking(libc::SYS_landlock_create_ruleset, libc::ENOSYS, "accept");
    let answers: Vec<_> = said.lines().filter_map(|line| line.split_once(": ")).collect();
    assert_eq!(answers.len(), 5, "{said}");
    for (place, answer) in answers {
        assert_eq!(answer == "done", place == "/tmp/mine", "{said}");
    }
}

fn a_masked_proc_is_named_with_its_remedy() {
    let output = Command::new("/proc/self/exe").arg(MASKED).stdin(Stdio::null()).output().unwrap();
    let said = text(&output.stderr);
    assert!(said.contains("no proc: ") && said.contains("systempaths=unconfined"), "{said}");
}
