//! Who the job is: a uid that is not root outside, and nobody of importance inside.

use std::fs;
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::sched::CloneFlags;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Gid, Pid, Uid, geteuid, setgroups, setresgid, setresuid};

use crate::channel::{Fault, OrFault};
use crate::kernel;

const WALL: &str = "user namespace";

/// The uid and gid that the job has inside.
pub(crate) const INSIDE: u32 = 1000;

/// Gives up root for good, so that a hole in the namespaces leads to a user
/// that owns nothing; a job that is root outside could write `core_pattern`.
pub(crate) fn give_up_root(uid: u32) -> Result<(), Fault> {
    const USER: &str = "unprivileged user";
    if !geteuid().is_root() {
        return Ok(());
    }
    let (user, group) = (Uid::from_raw(uid), Gid::from_raw(uid));
    setgroups(&[]).or_fault(USER, "drop the groups")?;
    setresgid(group, group, group).or_fault(USER, format!("become group {uid}"))?;
    setresuid(user, user, user).or_fault(USER, format!("become user {uid}"))?;
    // A change of uid makes the process undumpable, and its own maps unwritable with it.
    prctl::set_dumpable(true).or_fault(USER, "stay dumpable for the maps")
}

/// Enters a user namespace of its own, in which it is [`INSIDE`] and holds every capability.
pub(crate) fn enter_user_namespace() -> Result<(), Fault> {
    let (user, group) = (geteuid(), nix::unistd::getegid());
    nix::sched::unshare(CloneFlags::CLONE_NEWUSER).or_fault(WALL, "unshare the user namespace")?;
    fs::write("/proc/self/setgroups", "deny").or_fault(WALL, "deny setgroups")?;
    fs::write("/proc/self/uid_map", format!("{INSIDE} {user} 1"))
        .or_fault(WALL, "write uid_map")?;
    fs::write("/proc/self/gid_map", format!("{INSIDE} {group} 1"))
        .or_fault(WALL, "write gid_map")?;
    prctl::set_dumpable(false).or_fault(WALL, "become undumpable")
}

/// A user namespace in which files of `owner` belong to `uid`, to show a mount
/// through. Only for root.
pub(crate) fn owner_map(owner: (u32, u32), uid: u32) -> Result<OwnedFd, Fault> {
    let (ready, mark) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).or_fault(WALL, "pipe")?;
    match kernel::fork().or_fault(WALL, "fork")? {
        ForkResult::Child => {
            let entered = nix::sched::unshare(CloneFlags::CLONE_NEWUSER);
            if entered.is_ok() && nix::unistd::write(&mark, b"+").is_ok() {
                nix::unistd::pause();
            }
            std::process::exit(1)
        }
        ForkResult::Parent { child } => {
            drop(mark);
            let namespace = map_child(child, &ready, owner, uid);
            kill(child, Signal::SIGKILL).or_fault(WALL, "end the map's holder")?;
            waitpid(child, None).or_fault(WALL, "reap the map's holder")?;
            namespace
        }
    }
}

fn map_child(child: Pid, ready: &OwnedFd, owner: (u32, u32), uid: u32) -> Result<OwnedFd, Fault> {
    if nix::unistd::read(ready, &mut [0]) != Ok(1) {
        return Err(Fault::new(WALL, "unshare the user namespace of a map", Errno::EPERM));
    }
    let (user, group) = owner;
    fs::write(format!("/proc/{child}/uid_map"), format!("{user} {uid} 1"))
        .or_fault(WALL, "write the uid map of a mount")?;
    fs::write(format!("/proc/{child}/gid_map"), format!("{group} {uid} 1"))
        .or_fault(WALL, "write the gid map of a mount")?;
    let namespace =
        fs::File::open(format!("/proc/{child}/ns/user")).or_fault(WALL, "open a map")?;
    Ok(namespace.into())
}
