//! From a failed step to the wall that is missing, the cause, and the remedy.

use std::fs;

use nix::errno::Errno;

use crate::Unavailable;
use crate::channel::Fault;

/// What is known of the system that explains a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct System {
    /// This process is under a seccomp filter already, as in a container.
    pub(crate) filtered: bool,
    /// AppArmor keeps user namespaces from programs without a profile.
    pub(crate) apparmor: bool,
    /// Parts of `/proc` are covered, as in a container.
    pub(crate) masked: bool,
}

impl System {
    /// Looks at the system that this process runs on.
    pub(crate) fn look() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let masks = read("/proc/self/mountinfo");
        let mut points = masks.lines().filter_map(|line| line.split(' ').nth(4));
        let masked = points.any(|point| {
            point.starts_with("/proc/") && !point.starts_with("/proc/sys/fs/binfmt_misc")
        });
        let apparmor = read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
        Self {
            filtered: read("/proc/self/status").lines().any(|line| line == "Seccomp:\t2"),
            apparmor: apparmor.trim() == "1",
            masked,
        }
    }
}

/// Explains a failed step.
pub(crate) fn explain(fault: Fault, system: System) -> Unavailable {
    let remedy = remedy(&fault, system).to_owned();
    let Fault { wall, step, errno } = fault;
    let cause = match errno {
        0 => step,
        _ => format!("{step}: {}", Errno::from_raw(errno)),
    };
    Unavailable { wall, cause, remedy }
}

fn remedy(fault: &Fault, system: System) -> &'static str {
    let denied = fault.errno == Errno::EPERM as i32 || fault.errno == Errno::EACCES as i32;
    let unknown = fault.errno == Errno::EINVAL as i32 || fault.errno == Errno::ENOSYS as i32;
    match fault.wall.as_str() {
        "proc" if denied && system.masked => {
            "the container covers parts of /proc: run it with --security-opt systempaths=unconfined"
        }
        "user namespace" | "namespaces" | "mount namespace" | "proc"
            if denied && system.filtered =>
        {
            "a filter of the container forbids it: run it with --security-opt seccomp=unconfined \
             --security-opt systempaths=unconfined (or a profile that allows unshare, mount, \
             pivot_root, open_tree, move_mount and mount_setattr)"
        }
        "user namespace" if denied && system.apparmor => {
            "AppArmor forbids it: give the program a profile with `userns,`, or set \
             kernel.apparmor_restrict_unprivileged_userns=0"
        }
        "user namespace" if fault.errno == Errno::ENOSPC as i32 => "raise user.max_user_namespaces",
        "user namespace" if denied => {
            "allow user namespaces (kernel.unprivileged_userns_clone=1, or the policy of the system)"
        }
        "user namespace" | "namespaces" if unknown => "it needs a kernel with user namespaces",
        "unprivileged user" => {
            "map user and group 60600 into the container's user namespace, or run the agent as \
             an ordinary user"
        }
        "mount namespace" if fault.errno == Errno::ENOENT as i32 => {
            "make sure that the path is there"
        }
        "mount namespace" if denied => {
            "let the agent's user reach the path, or run the agent as its owner"
        }
        "overlay" => {
            "it needs Linux 5.19 on ext4, xfs, btrfs or tmpfs; or let the agent run as the owner \
             of the directory"
        }
        "Landlock" => "it needs Linux 5.19 with `landlock` in the kernel's list of lsm=",
        "limits" => "raise the hard limits of the agent's service",
        "program" => "make sure that the program and its directory are there inside the sandbox",
        "setup in time" => "look for a host that is overloaded",
        _ => "report it with this text; nothing was run",
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;

    const PLAIN: System = System { filtered: false, apparmor: false, masked: false };

    #[test]
    fn each_cause_has_its_remedy() {
        let container = System { filtered: true, ..PLAIN };
        let ubuntu = System { apparmor: true, ..PLAIN };
        let masked = System { masked: true, ..PLAIN };
        let table = [
            ("user namespace", Errno::EPERM, container, "seccomp=unconfined"),
            ("user namespace", Errno::EPERM, ubuntu, "AppArmor"),
            ("user namespace", Errno::EPERM, PLAIN, "unprivileged_userns_clone"),
            ("user namespace", Errno::ENOSPC, PLAIN, "user.max_user_namespaces"),
            ("user namespace", Errno::EINVAL, PLAIN, "kernel with user namespaces"),
            ("proc", Errno::EPERM, masked, "systempaths=unconfined"),
            ("mount namespace", Errno::ENOENT, PLAIN, "path is there"),
            ("Landlock", Errno::ENOSYS, PLAIN, "lsm="),
        ];
        for (wall, errno, system, expected) in table {
            let told = explain(Fault::new(wall, "step", errno), system);
            assert!(told.remedy.contains(expected), "{wall} {errno}: {told}");
            assert!(told.cause.starts_with("step: "), "{told}");
        }
    }

    #[test]
    fn this_system_can_be_looked_at() {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        assert_eq!(System::look().filtered, status.contains("Seccomp:\t2\n"));
    }
}
