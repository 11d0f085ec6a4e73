//! Systems that lack a wall, imitated by a filter that answers for the kernel.

#![expect(clippy::print_stderr, reason = "what is missing is told to the test that way")]

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use bugstack_sandbox::{Job, Landlock, Sandbox};
use nix::libc;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use crate::scene::{tests, text};

tests![a_missing_wall_is_named_with_its_remedy, landlock_may_be_missing_where_it_is_accepted];

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
    match sandbox.run(&Job::new(["/bin/true"], "/tmp")) {
        Ok(outcome) => assert_eq!(outcome.landlock, Landlock::None),
        Err(missing) => {
            eprint!("{missing}");
            std::process::exit(2);
        }
    }
    std::process::exit(0);
}

/// What a run says where the kernel answers this call with this error; nothing when it ran.
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

fn landlock_may_be_missing_where_it_is_accepted() {
    let said = lacking(libc::SYS_landlock_create_ruleset, libc::ENOSYS, "accept");
    assert_eq!(said, "");
}
