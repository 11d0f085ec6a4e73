//! The self-test's inside: tries what an attacker would, and tells what came of it.

#![expect(unsafe_code, reason = "an attacker calls the kernel as it likes")]

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::pause;
use serde::{Deserialize, Serialize};

use crate::kernel;

/// The word after the subcommand that means "you are the self-test's inside".
pub(crate) const PROBE: &str = "probe";
/// What [`Facts::tried`] says of a try that succeeded.
pub(crate) const DONE: &str = "done";

/// One thing that the inside does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Probe {
    /// Tries everything that ends by itself, with these names of the host.
    Try { files: Vec<String>, sockets: Vec<(String, String)> },
    /// Forks until it may not; prints how often.
    Fork,
    /// Holds this many bytes in each of two processes.
    Hold(usize),
    /// Writes until the disk is full; prints how much.
    Fill,
    /// Prints for ever.
    Print,
    /// Ignores `SIGTERM` and waits for ever.
    Ignore,
    /// On the host, not inside: waits until standard input closes.
    Stay,
}

/// What [`Probe::Try`] prints.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// Each try as `group: detail`, and its answer.
    pub(crate) tried: BTreeMap<String, String>,
    pub(crate) processes: Vec<u32>,
    /// Every environment that could be read.
    pub(crate) environments: String,
    /// `/proc/self/status`.
    pub(crate) status: String,
    pub(crate) descriptors: usize,
}

/// Does what it is told. Never returns to the program's own `main`.
pub(crate) fn run(order: &str) -> io::Result<()> {
    let mut out = io::stdout();
    match serde_json::from_str(order)? {
        Probe::Try { files, sockets } => {
            serde_json::to_writer(out, &look(&files, &sockets))?;
        }
        Probe::Fork => write!(out, "{}", fork_all()?)?,
        Probe::Hold(bytes) => {
            kernel::fork()?;
            let held = vec![1_u8; bytes];
            write!(out, "{}", held.iter().filter(|byte| **byte == 1).count())?;
            out.flush()?;
            wait();
        }
        Probe::Fill => {
            let mut file = fs::File::create("/tmp/fill")?;
            let block = vec![1_u8; 1 << 20];
            let written = std::iter::from_fn(|| file.write(&block).ok()).sum::<usize>();
            write!(out, "{written}")?;
        }
        Probe::Print => while out.write_all(&[b'x'; 4096]).is_ok() {},
        Probe::Ignore => {
            // SAFETY: no handler is installed.
            unsafe { signal(Signal::SIGTERM, SigHandler::SigIgn) }?;
            wait();
        }
        Probe::Stay => drop(io::stdin().read(&mut [0])?),
    }
    Ok(())
}

fn wait() -> ! {
    loop {
        pause();
    }
}

fn fork_all() -> nix::Result<u32> {
    let mut children = 0;
    loop {
        match kernel::fork() {
            Ok(fork) if fork.is_child() => wait(),
            Ok(_) => children += 1,
            Err(Errno::EAGAIN) => return Ok(children),
            Err(errno) => return Err(errno),
        }
    }
}

fn look(files: &[String], sockets: &[(String, String)]) -> Facts {
    let mut facts = Facts::default();
    let mut tried = |group: &str, detail: &str, answer: io::Result<()>| {
        let answer = answer.map_or_else(|error| error.to_string(), |()| DONE.to_owned());
        facts.tried.insert(format!("{group}: {detail}"), answer);
    };
    for path in files {
        tried("host file", path, fs::read(path).map(drop));
    }
    for (kind, name) in sockets {
        tried("host socket", kind, connect(kind, name));
    }
    for at in ["127.0.0.1", "localhost"] {
        tried("loopback", at, loopback(at));
    }
    for path in ["/proc/sys/kernel/core_pattern", "/usr/bin/env", "/etc/passwd"] {
        tried("system", path, OpenOptions::new().append(true).open(path).map(drop));
    }
    for path in ["/new", "/usr/new", "/dev/new"] {
        tried("system", path, fs::write(path, "new"));
    }
    tried("overlay", "change", fs::write("/overlay/changed", "mine"));
    tried("overlay", "remove", fs::remove_file("/overlay/removed"));
    tried("overlay", "create", fs::write("/overlay/new", "mine"));
    tried("read-only", "change", fs::write("/fixed/changed", "mine"));
    tried("read-only", "create", fs::write("/fixed/new", "mine"));
    tried("output", "create", fs::write("/output/new", "mine"));
    for (name, number, arguments) in CALLS {
        tried("call", name, call(*number, *arguments));
    }
    for (name, family, protocol) in SOCKETS {
        let arguments = [(*family).into(), libc::SOCK_RAW.into(), (*protocol).into(), 0];
        tried("socket", name, call(libc::SYS_socket, arguments));
    }
    facts.processes = numbers("/proc");
    facts.environments = facts
        .processes
        .iter()
        .filter_map(|pid| fs::read(format!("/proc/{pid}/environ")).ok())
        .map(|content| String::from_utf8_lossy(&content).into_owned())
        .collect();
    facts.status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    facts.descriptors = numbers("/proc/self/fd").len();
    facts
}

fn numbers(directory: &str) -> Vec<u32> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn connect(kind: &str, name: &str) -> io::Result<()> {
    match kind {
        "tcp" => TcpStream::connect(name).map(drop),
        "udp" => {
            let socket = UdpSocket::bind("127.0.0.1:0")?;
            socket.set_read_timeout(Some(Duration::from_millis(100)))?;
            socket.send_to(b"?", name)?;
            socket.recv(&mut [0]).map(drop)
        }
        "path" => UnixStream::connect(name).map(drop),
        _ => UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?).map(drop),
    }
}

fn loopback(at: &str) -> io::Result<()> {
    let listener = TcpListener::bind((at, 0))?;
    TcpStream::connect(listener.local_addr()?)?;
    listener.accept().map(drop)
}

const NEW_USER: libc::c_long = libc::CLONE_NEWUSER as libc::c_long;

/// Calls that must not succeed; with numbers and null pointers only.
const CALLS: &[(&str, libc::c_long, [libc::c_long; 4])] = &[
    ("ptrace", libc::SYS_ptrace, [16, 1, 0, 0]),
    ("mount", libc::SYS_mount, [0; 4]),
    ("unshare", libc::SYS_unshare, [NEW_USER, 0, 0, 0]),
    ("setns", libc::SYS_setns, [0; 4]),
    ("clone", libc::SYS_clone, [NEW_USER, 0, 0, 0]),
    ("keyctl", libc::SYS_keyctl, [0; 4]),
    ("bpf", libc::SYS_bpf, [0; 4]),
    ("userfaultfd", libc::SYS_userfaultfd, [1, 0, 0, 0]),
    ("clone3", libc::SYS_clone3, [0; 4]),
    ("io_uring_setup", libc::SYS_io_uring_setup, [1, 0, 0, 0]),
];

/// Sockets that must not open: family and protocol, as raw sockets.
const SOCKETS: &[(&str, libc::c_int, libc::c_int)] = &[
    ("vsock", libc::AF_VSOCK, 0),
    ("packet", libc::AF_PACKET, 0),
    ("netfilter", libc::AF_NETLINK, libc::NETLINK_NETFILTER),
];

fn call(number: libc::c_long, arguments: [libc::c_long; 4]) -> io::Result<()> {
    let [first, second, third, fourth] = arguments;
    // SAFETY: nothing but numbers and null pointers is passed; a call that
    // succeeds changes this process only, which ends with its report.
    let answer = unsafe { libc::syscall(number, first, second, third, fourth) };
    if number == libc::SYS_clone && answer == 0 {
        std::process::exit(0);
    }
    let denied = matches!(Errno::last(), Errno::EPERM | Errno::ENOSYS);
    // A call that got as far as its arguments was let in.
    if answer == -1 && denied { Err(Errno::last().into()) } else { Ok(()) }
}
