//! The system calls that have no safe wrapper elsewhere, each behind one.

#![expect(unsafe_code, reason = "these calls exist only as raw system calls")]

use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use nix::errno::Errno;
use nix::libc;
use nix::unistd::{ForkResult, Pid};

/// `MOUNT_ATTR_*` of `linux/mount.h`.
pub(crate) mod attribute {
    pub(crate) const RDONLY: u64 = 0x1;
    pub(crate) const NOSUID: u64 = 0x2;
    pub(crate) const NODEV: u64 = 0x4;
    pub(crate) const NOEXEC: u64 = 0x8;
    pub(crate) const IDMAP: u64 = 0x0010_0000;
}

const AT_RECURSIVE: libc::c_int = 0x8000;
const OPEN_TREE_CLONE: libc::c_int = 1;
const MOVE_MOUNT_F_EMPTY_PATH: libc::c_uint = 0x4;
const MOVE_MOUNT_T_EMPTY_PATH: libc::c_uint = 0x40;
const EMPTY: &CStr = c"";

/// `struct mount_attr` of `linux/mount.h`.
#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// Forks. The caller must have one thread only, as the helper has.
pub(crate) fn fork() -> nix::Result<ForkResult> {
    // SAFETY: the helper is single-threaded from its start to its end, so the
    // child may do all that the parent may.
    unsafe { nix::unistd::fork() }
}

/// Closes every descriptor from `first` on.
pub(crate) fn close_from(first: libc::c_uint) -> nix::Result<()> {
    // SAFETY: no value of this process owns one of these descriptors yet: it is
    // called before any is opened.
    Errno::result(unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) })
        .map(drop)
}

/// A detached copy of the mount at `path`, with the mounts below it when `recursive`.
pub(crate) fn clone_tree(path: &CStr, recursive: bool) -> nix::Result<OwnedFd> {
    let below = if recursive { AT_RECURSIVE } else { 0 };
    let flags = OPEN_TREE_CLONE | libc::O_CLOEXEC | below;
    // SAFETY: `path` is a terminated string that outlives the call.
    let raw = unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags) };
    owned(raw)
}

/// Attaches a detached mount at the place that `target` is open at.
pub(crate) fn attach_tree(tree: BorrowedFd<'_>, target: BorrowedFd<'_>) -> nix::Result<()> {
    // SAFETY: both descriptors are open and both strings are terminated.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            tree.as_raw_fd(),
            EMPTY.as_ptr(),
            target.as_raw_fd(),
            EMPTY.as_ptr(),
            MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH,
        )
    };
    Errno::result(answer).map(drop)
}

/// Sets attributes on a mount and those below it, and cuts it off from the
/// propagation of the host.
pub(crate) fn restrict_tree(tree: BorrowedFd<'_>, set: u64) -> nix::Result<()> {
    let attributes =
        MountAttributes { set, clear: 0, propagation: libc::MS_PRIVATE, user_namespace: 0 };
    set_attributes(tree, AT_RECURSIVE, &attributes)
}

/// Shows the files of a detached mount under the owners that `users` maps them to.
pub(crate) fn map_owners(tree: BorrowedFd<'_>, users: BorrowedFd<'_>) -> nix::Result<()> {
    let attributes = MountAttributes {
        set: attribute::IDMAP,
        clear: 0,
        propagation: 0,
        user_namespace: u64::try_from(users.as_raw_fd()).map_err(|_| Errno::EBADF)?,
    };
    set_attributes(tree, 0, &attributes)
}

/// Sets attributes on one mount only.
pub(crate) fn restrict_mount(mount: BorrowedFd<'_>, set: u64) -> nix::Result<()> {
    let attributes = MountAttributes { set, clear: 0, propagation: 0, user_namespace: 0 };
    set_attributes(mount, 0, &attributes)
}

fn set_attributes(
    tree: BorrowedFd<'_>,
    flags: libc::c_int,
    attributes: &MountAttributes,
) -> nix::Result<()> {
    // SAFETY: the structure has the layout of `struct mount_attr`, its size is
    // passed, and it outlives the call.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            tree.as_raw_fd(),
            EMPTY.as_ptr(),
            libc::AT_EMPTY_PATH | flags,
            std::ptr::from_ref(attributes),
            size_of::<MountAttributes>(),
        )
    };
    Errno::result(answer).map(drop)
}

/// Reaps one child, of whatever signal it died; nix knows no real-time signals.
/// `None`: there is none left, or none that has ended when not to `block`.
pub(crate) fn reap(block: bool) -> nix::Result<Option<(Pid, ExitStatus)>> {
    let flags = if block { 0 } else { libc::WNOHANG };
    loop {
        let mut status = 0;
        // SAFETY: the status is written to a local variable.
        let answer = unsafe { libc::waitpid(-1, &raw mut status, flags) };
        return match Errno::result(answer) {
            Ok(0) | Err(Errno::ECHILD) => Ok(None),
            Ok(pid) => Ok(Some((Pid::from_raw(pid), ExitStatus::from_raw(status)))),
            Err(Errno::EINTR) => continue,
            Err(errno) => Err(errno),
        };
    }
}

/// A descriptor that becomes readable when the process ends.
pub(crate) fn open_process(pid: Pid) -> nix::Result<OwnedFd> {
    // SAFETY: takes two numbers.
    owned(unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) })
}

/// Takes a capability out of the bounding set. `EINVAL`: the kernel has none of this number.
pub(crate) fn drop_bounding(capability: libc::c_ulong) -> nix::Result<()> {
    // SAFETY: takes numbers only.
    let answer = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) };
    Errno::result(answer).map(drop)
}

/// Gives up every capability of this thread.
pub(crate) fn drop_capabilities() -> nix::Result<()> {
    /// `_LINUX_CAPABILITY_VERSION_3`.
    const VERSION: u32 = 0x2008_0522;
    let header = [VERSION, 0];
    let none = [0_u32; 6];
    // SAFETY: header and data have the layout of version 3 (two words; two
    // times three words) and outlive the call.
    let answer = unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) };
    Errno::result(answer).map(drop)
}

/// Brings up the loopback device of this network namespace.
pub(crate) fn raise_loopback() -> nix::Result<()> {
    // SAFETY: takes numbers only.
    let raw = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    let socket = owned(raw.into())?;
    // SAFETY: `ifreq` is plain data; all zeros is a value of it.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(c"lo".to_bytes()) {
        *to = from.cast_signed() as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: the request is an `ifreq` with a terminated name, as SIOCSIFFLAGS reads it.
    let answer = unsafe {
        libc::ioctl(socket.as_fd().as_raw_fd(), libc::SIOCSIFFLAGS as _, &raw const request)
    };
    Errno::result(answer).map(drop)
}

fn owned(raw: libc::c_long) -> nix::Result<OwnedFd> {
    let raw = i32::try_from(Errno::result(raw)?).map_err(|_| Errno::EBADF)?;
    // SAFETY: the kernel has just opened this descriptor for us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}
