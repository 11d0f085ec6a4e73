//! The file tree that the job sees: built from nothing, read-only but for one
//! scratch space of fixed size.

use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, mkdirat};

use crate::channel::{Fault, OrFault, Request};
use crate::identity::INSIDE;
use crate::kernel::{self, attribute};
use crate::trees::Piece;
use crate::{MountKind, Network};

const WALL: &str = "mount namespace";

/// A directory of the host that is covered while the new root is built. It is
/// there on every system, and it has been taken already.
const BASE: &str = "/usr";

/// Where the scratch space and the lower layers are while the tree is built.
const SCRATCH: &str = "/.scratch";
const LOWER: &str = "/.lower";

/// The parts of the scratch space that are always there, and their modes.
const WRITABLE: [(&str, &str, u32); 3] =
    [("tmp", "/tmp", 0o1777), ("home", "/home/sandbox", 0o700), ("shm", "/dev/shm", 0o1777)];

/// Builds the tree and makes it the root. Returns the paths that may be written.
pub(crate) fn build(request: &Request, pieces: Vec<Piece>) -> Result<Vec<PathBuf>, Fault> {
    let resolver = resolver(request.job.network);
    enter_empty_root()?;
    synthetic_etc(&resolver)?;
    let mut writable = scratch(request.job.limits.scratch)?;
    for (number, piece) in pieces.into_iter().enumerate() {
        if let Piece::Lower { inside, .. } = &piece {
            writable.push(inside.clone());
        }
        put(piece, number)?;
    }
    let lasting = request.job.mounts.iter().filter(|mount| mount.kind == MountKind::Writable);
    writable.extend(lasting.map(|mount| mount.inside.clone()));
    seal()?;
    Ok(writable)
}

/// The host's resolver, for the fetch phase only.
fn resolver(network: Network) -> Vec<u8> {
    match network {
        Network::None => Vec::new(),
        // A host without one has names in its hosts file only; the fetch says so itself.
        Network::Host => fs::read("/etc/resolv.conf").unwrap_or_default(),
    }
}

/// Replaces the host's tree by an empty one that has only `/proc`.
fn enter_empty_root() -> Result<(), Fault> {
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
        .or_fault(WALL, "make the mounts private")?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("sandbox"), BASE, Some("tmpfs"), flags, Some("size=4m,mode=755"))
        .or_fault(WALL, "mount the base")?;
    let proc = Path::new(BASE).join("proc");
    fs::create_dir(&proc).or_fault(WALL, "make /proc")?;
    // While the host's /proc is still in sight: the kernel wants to see that
    // nothing of it was hidden from us.
    mount(Some("proc"), &proc, Some("proc"), flags | MsFlags::MS_NOEXEC, none)
        .or_fault("proc", "mount /proc")?;
    nix::unistd::chdir(BASE).or_fault(WALL, "enter the base")?;
    nix::unistd::pivot_root(".", ".").or_fault(WALL, "change the root")?;
    umount2(".", MntFlags::MNT_DETACH).or_fault(WALL, "leave the host's tree")?;
    nix::unistd::chdir("/").or_fault(WALL, "enter the new root")
}

fn synthetic_etc(resolver: &[u8]) -> Result<(), Fault> {
    let passwd = format!("sandbox:x:{INSIDE}:{INSIDE}:sandbox:/home/sandbox:/bin/sh\n");
    let files: [(&str, &[u8]); 7] = [
        ("hosts", b"127.0.0.1 localhost sandbox\n::1 localhost\n"),
        ("hostname", b"sandbox\n"),
        ("passwd", passwd.as_bytes()),
        ("group", b"sandbox:x:1000:\n"),
        ("nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\n"),
        ("resolv.conf", resolver),
        ("gai.conf", b""),
    ];
    directory("/etc")?;
    for (name, content) in files {
        fs::write(Path::new("/etc").join(name), content).or_fault(WALL, format!("write {name}"))?;
    }
    directory("/dev")?;
    let links = [("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")];
    for (name, target) in links {
        symlink(Path::new("/proc/self").join(target), Path::new("/dev").join(name))
            .or_fault(WALL, format!("link /dev/{name}"))?;
    }
    Ok(())
}

/// Mounts the one scratch space and shows its parts where programs look for them.
fn scratch(bytes: u64) -> Result<Vec<PathBuf>, Fault> {
    // A tmpfs of size 0 has no limit.
    let bytes = bytes.max(4096);
    directory(SCRATCH)?;
    directory(LOWER)?;
    let files = (bytes / 4096).max(1024);
    let options = format!("size={bytes},nr_inodes={files},mode=755");
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("scratch"), SCRATCH, Some("tmpfs"), flags, Some(options.as_str()))
        .or_fault("scratch", "mount the scratch space")?;
    let mut writable = Vec::new();
    for (name, inside, mode) in WRITABLE {
        let part = Path::new(SCRATCH).join(name);
        directory(&part)?;
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(&part, permissions).or_fault("scratch", "set a mode")?;
        directory(inside)?;
        mount(Some(&part), inside, None::<&str>, MsFlags::MS_BIND, None::<&str>)
            .or_fault("scratch", format!("show {inside}"))?;
        writable.push(inside.into());
    }
    Ok(writable)
}

fn put(piece: Piece, number: usize) -> Result<(), Fault> {
    match piece {
        Piece::Link { inside, target } => {
            symlink(target, &inside).or_fault(WALL, format!("link {}", inside.display()))
        }
        Piece::Tree { inside, mount, file } => {
            let place = place(&inside, file)?;
            kernel::attach_tree(mount.as_fd(), place.as_fd())
                .or_fault(WALL, format!("attach {}", inside.display()))
        }
        Piece::Lower { inside, mount } => overlay(&inside, &mount, number),
    }
}

/// Covers a lower layer with an upper one on the scratch space.
fn overlay(inside: &Path, tree: &OwnedFd, number: usize) -> Result<(), Fault> {
    let lower = Path::new(LOWER).join(number.to_string());
    let layer = |name: &str| Path::new(SCRATCH).join(format!("{name}-{number}"));
    let (upper, work) = (layer("upper"), layer("work"));
    for path in [&upper, &work] {
        directory(path)?;
    }
    kernel::attach_tree(tree.as_fd(), place(&lower, false)?.as_fd())
        .or_fault(WALL, "attach a lower layer")?;
    let options = format!(
        "lowerdir={},upperdir={},workdir={},userxattr",
        lower.display(),
        upper.display(),
        work.display()
    );
    let target = place(inside, false)?;
    let by_descriptor = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&target));
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("overlay"), by_descriptor.as_str(), Some("overlay"), flags, Some(options.as_str()))
        .or_fault("overlay", format!("mount {}", inside.display()))
}

/// Puts the building site out of reach and makes the root itself read-only.
fn seal() -> Result<(), Fault> {
    for layer in fs::read_dir(LOWER).or_fault(WALL, "list the lower layers")?.flatten() {
        umount2(&layer.path(), MntFlags::MNT_DETACH).or_fault(WALL, "hide a lower layer")?;
    }
    umount2(SCRATCH, MntFlags::MNT_DETACH).or_fault(WALL, "hide the scratch space")?;
    for site in [LOWER, SCRATCH] {
        fs::remove_dir_all(site).or_fault(WALL, "clear the building site")?;
    }
    let root = open("/", OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty())
        .or_fault(WALL, "open the root")?;
    kernel::restrict_mount(root.as_fd(), attribute::RDONLY)
        .or_fault(WALL, "make the root read-only")
}

/// Opens the place for a mount, and makes what is missing of it. No component
/// may be a symbolic link: a hostile repository would choose the place.
fn place(inside: &Path, file: bool) -> Result<OwnedFd, Fault> {
    let step = || format!("find a place for {}", inside.display());
    let names = names(inside).or_fault(WALL, step())?;
    let walk = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let mut at = open("/", walk, Mode::empty()).or_fault(WALL, step())?;
    for (number, name) in names.iter().enumerate() {
        let last = number + 1 == names.len();
        if last && file {
            let made = openat(
                &at,
                *name,
                OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_WRONLY | OFlag::O_CLOEXEC,
                Mode::from_bits_truncate(0o644),
            );
            made.map(drop).or_else(already).or_fault(WALL, step())?;
            at = openat(&at, *name, walk, Mode::empty()).or_fault(WALL, step())?;
        } else {
            mkdirat(&at, *name, Mode::from_bits_truncate(0o755))
                .or_else(already)
                .or_fault(WALL, step())?;
            at = openat(&at, *name, walk | OFlag::O_DIRECTORY, Mode::empty())
                .or_fault(WALL, step())?;
        }
    }
    Ok(at)
}

fn names(inside: &Path) -> nix::Result<Vec<&std::ffi::OsStr>> {
    let mut components = inside.components();
    if components.next() != Some(Component::RootDir) {
        return Err(Errno::EINVAL);
    }
    components
        .map(|component| match component {
            Component::Normal(name) => Ok(name),
            _ => Err(Errno::EINVAL),
        })
        .collect()
}

fn already(errno: Errno) -> nix::Result<()> {
    if errno == Errno::EEXIST || errno == Errno::EROFS { Ok(()) } else { Err(errno) }
}

fn directory(path: impl AsRef<Path>) -> Result<(), Fault> {
    let path = path.as_ref();
    fs::create_dir_all(path).or_fault(WALL, format!("make {}", path.display()))
}
