//! The pieces of the host's file tree that the job sees, taken as detached
//! mounts before the host's tree goes out of reach.

use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::AtFlags;
use nix::sys::stat::fstat;
use nix::unistd::{Gid, Uid, fchownat, geteuid};

use crate::channel::{Fault, OrFault, Request};
use crate::kernel::{self, attribute};
use crate::{Mount, MountKind, Network, identity};

const WALL: &str = "mount namespace";

/// The system's programs and libraries.
const SYSTEM: [&str; 7] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives"];
/// What a TLS client looks for, for the fetch phase.
const CERTIFICATES: [&str; 3] = ["/etc/ssl/certs", "/etc/ca-certificates", "/etc/pki"];
/// The only devices.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// One thing to put into the job's file tree.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A mount that is ready to be attached.
    Tree { inside: PathBuf, mount: OwnedFd, file: bool },
    /// A lower layer, to be covered by an overlay.
    Lower { inside: PathBuf, mount: OwnedFd },
    /// A symbolic link that the host has too (`/bin` to `usr/bin`).
    Link { inside: PathBuf, target: PathBuf },
}

/// A mount of the job that was taken while the helper was still root, or `None`
/// when it is to be taken later, by name.
pub(crate) type Early = Vec<Option<OwnedFd>>;

/// Takes the job's mounts as root: directories that only root can reach, and
/// overlays of files that belong to someone else. Nothing to do for other users.
pub(crate) fn take_as_root(request: &Request) -> Result<Early, Fault> {
    request.job.mounts.iter().map(|mount| early(mount, request.uid)).collect()
}

fn early(mount: &Mount, uid: u32) -> Result<Option<OwnedFd>, Fault> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    let tree = match clone(&mount.host, mount.kind == MountKind::ReadOnly) {
        // Root of a container, without power over mounts; what it lacks is told later.
        Err(fault) if fault.errno == Errno::EPERM as i32 => return Ok(None),
        answer => answer?,
    };
    let name = mount.host.display();
    let about = fstat(&tree).or_fault(WALL, format!("look at {name}"))?;
    match mount.kind {
        MountKind::Overlay if about.st_uid != uid => {
            let users = identity::owner_map((about.st_uid, about.st_gid), uid)?;
            kernel::map_owners(tree.as_fd(), users.as_fd())
                .or_fault("overlay", format!("map the owner of {name}"))?;
        }
        MountKind::Writable if about.st_uid != uid => {
            let (user, group) = (Uid::from_raw(uid), Gid::from_raw(uid));
            fchownat(&tree, "", Some(user), Some(group), AtFlags::AT_EMPTY_PATH)
                .or_fault(WALL, format!("make over {name}"))?;
        }
        _ => {}
    }
    Ok(Some(tree))
}

/// Takes everything else, in the mount namespace of the job.
pub(crate) fn take(request: &Request, early: Early) -> Result<Vec<Piece>, Fault> {
    let mut pieces = Vec::new();
    let certificates: &[&str] = match request.job.network {
        Network::None => &[],
        Network::Host => &CERTIFICATES,
    };
    for path in SYSTEM.iter().chain(certificates) {
        pieces.extend(system(Path::new(path))?);
    }
    for path in DEVICES {
        let set = attribute::RDONLY | attribute::NOSUID | attribute::NOEXEC;
        pieces.push(tree(clone(Path::new(path), false)?, path.into(), set, true)?);
    }
    for (mount, early) in request.job.mounts.iter().zip(early) {
        pieces.push(own(mount, early)?);
    }
    Ok(pieces)
}

fn system(path: &Path) -> Result<Option<Piece>, Fault> {
    let Ok(about) = path.symlink_metadata() else { return Ok(None) };
    if about.is_symlink() {
        let target = path.read_link().or_fault(WALL, format!("read {}", path.display()))?;
        return Ok(Some(Piece::Link { inside: path.to_owned(), target }));
    }
    let set = attribute::RDONLY | attribute::NOSUID | attribute::NODEV;
    tree(clone(path, true)?, path.to_owned(), set, false).map(Some)
}

fn own(mount: &Mount, early: Option<OwnedFd>) -> Result<Piece, Fault> {
    let read_only = mount.kind == MountKind::ReadOnly;
    let taken = match early {
        Some(taken) => taken,
        None => clone(&mount.host, true)?,
    };
    let file = fstat(&taken).or_fault(WALL, format!("look at {}", mount.host.display()))?.st_mode
        & nix::libc::S_IFMT
        != nix::libc::S_IFDIR;
    let inside = mount.inside.clone();
    if mount.kind == MountKind::Overlay {
        let set = attribute::RDONLY | attribute::NOSUID | attribute::NODEV;
        restrict(&taken, &inside, set)?;
        return Ok(Piece::Lower { inside, mount: taken });
    }
    let write = if read_only { attribute::RDONLY } else { 0 };
    tree(taken, inside, write | attribute::NOSUID | attribute::NODEV, file)
}

fn tree(mount: OwnedFd, inside: PathBuf, set: u64, file: bool) -> Result<Piece, Fault> {
    restrict(&mount, &inside, set)?;
    Ok(Piece::Tree { inside, mount, file })
}

fn restrict(mount: &OwnedFd, inside: &Path, set: u64) -> Result<(), Fault> {
    kernel::restrict_tree(mount.as_fd(), set)
        .or_fault(WALL, format!("restrict the mount {}", inside.display()))
}

fn clone(path: &Path, recursive: bool) -> Result<OwnedFd, Fault> {
    let name = CString::new(path.as_os_str().as_bytes())
        .map_err(|_| Fault::new(WALL, "a path with a NUL", Errno::EINVAL))?;
    kernel::clone_tree(&name, recursive).or_fault(WALL, format!("take {}", path.display()))
}
