//! The attacker: what this program does when it runs inside the sandbox. It
//! prints what it could do, one line for each try.

#![expect(unsafe_code, reason = "an attacker calls the kernel as it likes")]
#![expect(clippy::print_stdout, reason = "printing is how the attacker answers")]

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::libc;

/// The subcommand that means "you are the attacker".
pub(crate) const SUBCOMMAND: &str = "__attack";

pub(crate) fn enter_if_asked() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(SUBCOMMAND) {
        return;
    }
    let what = arguments.next().unwrap();
    let rest: Vec<String> = arguments.collect();
    match what.as_str() {
        "environments" => environments(),
        "read" => each(&rest, |path| fs::read(path).map(drop)),
        "write" => each(&rest, |path| fs::OpenOptions::new().write(true).open(path).map(drop)),
        "create" => each(&rest, |path| fs::write(path, "mine")),
        "remove" => each(&rest, |path| fs::remove_file(path)),
        "append" => each(&rest, |path| {
            fs::OpenOptions::new().append(true).open(path)?.write_all(b" and mine")
        }),
        "connect" => each(&rest, connect),
        "loopback" => each(&rest, loopback),
        "calls" => calls(),
        "sockets" => sockets(),
        "status" => println!("{}", fs::read_to_string("/proc/self/status").unwrap()),
        "descriptors" => descriptors(),
        "processes" => processes(),
        "signal" => each(&rest, |pid| signal(pid.parse().unwrap())),
        "bomb" => bomb(),
        "eat" => eat(rest[0].parse().unwrap(), rest[1].parse().unwrap()),
        "fill" => fill(&rest),
        "shout" => shout(),
        "stubborn" => stubborn(&rest[0]),
        "daemon" => daemon(&rest[0]),
        "die" => die(rest[0].parse().unwrap()),
        "wait" => loop {
            nix::unistd::pause();
        },
        other => panic!("no such attack: {other}"),
    }
    std::process::exit(0);
}

fn each(words: &[String], mut attempt: impl FnMut(&str) -> std::io::Result<()>) {
    for word in words {
        match attempt(word) {
            Ok(()) => println!("{word}: done"),
            Err(error) => println!("{word}: {:?}", error.kind()),
        }
    }
}

fn environments() {
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let content = fs::read(entry.path().join("environ")).unwrap_or_default();
        let content = String::from_utf8_lossy(&content).into_owned();
        println!("{} {content:?}", entry.file_name().display());
    }
}

fn connect(to: &str) -> std::io::Result<()> {
    let (kind, name) = to.split_once('=').unwrap();
    match kind {
        "tcp" => TcpStream::connect(name).map(drop),
        "udp" => {
            let socket = UdpSocket::bind("127.0.0.1:0")?;
            socket.connect(name)?;
            socket.set_read_timeout(Some(std::time::Duration::from_millis(200)))?;
            socket.send(b"hello")?;
            socket.recv(&mut [0; 8]).map(drop)
        }
        "path" => UnixStream::connect(name).map(drop),
        "abstract" => UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?).map(drop),
        other => panic!("no such socket: {other}"),
    }
}

fn loopback(at: &str) -> std::io::Result<()> {
    let listener = TcpListener::bind((at, 0))?;
    TcpStream::connect(listener.local_addr()?)?;
    listener.accept().map(drop)
}

fn call(name: &str, number: libc::c_long, arguments: [libc::c_long; 4]) {
    let [first, second, third, fourth] = arguments;
    // SAFETY: nothing but numbers and null pointers is passed; a call that
    // succeeds changes this process only.
    let answer = unsafe { libc::syscall(number, first, second, third, fourth) };
    match Errno::result(answer) {
        Ok(_) => println!("{name}: done"),
        Err(errno) => println!("{name}: {errno:?}"),
    }
}

fn calls() {
    let new_user = libc::c_long::from(libc::CLONE_NEWUSER);
    call("ptrace", libc::SYS_ptrace, [16, 1, 0, 0]);
    call("process_vm_readv", libc::SYS_process_vm_readv, [1, 0, 0, 0]);
    call("mount", libc::SYS_mount, [0; 4]);
    call("umount2", libc::SYS_umount2, [0; 4]);
    call("move_mount", libc::SYS_move_mount, [0; 4]);
    call("open_tree", libc::SYS_open_tree, [0; 4]);
    call("fsopen", libc::SYS_fsopen, [0; 4]);
    call("mount_setattr", libc::SYS_mount_setattr, [0; 4]);
    call("pivot_root", libc::SYS_pivot_root, [0; 4]);
    call("chroot", libc::SYS_chroot, [0; 4]);
    call("unshare", libc::SYS_unshare, [new_user, 0, 0, 0]);
    call("setns", libc::SYS_setns, [0; 4]);
    call("clone", libc::SYS_clone, [new_user, 0, 0, 0]);
    call("keyctl", libc::SYS_keyctl, [0; 4]);
    call("add_key", libc::SYS_add_key, [0; 4]);
    call("bpf", libc::SYS_bpf, [0; 4]);
    call("userfaultfd", libc::SYS_userfaultfd, [1, 0, 0, 0]);
    call("perf_event_open", libc::SYS_perf_event_open, [0; 4]);
    call("open_by_handle_at", libc::SYS_open_by_handle_at, [0; 4]);
    call("clone3", libc::SYS_clone3, [0; 4]);
    call("io_uring_setup", libc::SYS_io_uring_setup, [1, 0, 0, 0]);
    call("io_uring_enter", libc::SYS_io_uring_enter, [0; 4]);
    call("x32 getpid", 0x4000_0000 + 39, [0; 4]);
}

fn sockets() {
    let (datagram, raw) =
        (libc::c_long::from(libc::SOCK_DGRAM), libc::c_long::from(libc::SOCK_RAW));
    for (name, family, kind, protocol) in [
        ("vsock", libc::AF_VSOCK, 1, 0),
        ("packet", libc::AF_PACKET, raw, 0),
        ("bluetooth", libc::AF_BLUETOOTH, raw, 0),
        ("alg", libc::AF_ALG, 5, 0),
        ("netfilter", libc::AF_NETLINK, raw, 12),
        ("audit", libc::AF_NETLINK, raw, 9),
        ("route", libc::AF_NETLINK, raw, 0),
        ("raw ip", libc::AF_INET, raw, 1),
        ("udp", libc::AF_INET, datagram, 0),
    ] {
        call(name, libc::SYS_socket, [family.into(), kind, protocol, 0]);
    }
}

fn descriptors() {
    for entry in fs::read_dir("/proc/self/fd").unwrap().flatten() {
        let to = fs::read_link(entry.path()).unwrap_or_default();
        println!("{} {}", entry.file_name().display(), to.display());
    }
}

fn processes() {
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        if let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() {
            println!("{pid}");
        }
    }
}

fn signal(pid: i32) -> std::io::Result<()> {
    Ok(nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None)?)
}

/// Forks children that wait for ever, until the kernel has had enough.
fn bomb() {
    let mut children = 0;
    // SAFETY: this program has one thread; the child only waits.
    while let Ok(fork) = unsafe { nix::unistd::fork() } {
        if fork.is_child() {
            loop {
                nix::unistd::pause();
            }
        }
        children += 1;
    }
    println!("{children}");
}

/// Lets several processes together hold more than one may.
fn eat(processes: usize, bytes: usize) {
    let me = std::env::current_exe().unwrap();
    let share = (bytes / processes).to_string();
    let mut children: Vec<_> = (1..processes)
        .map(|_| Command::new(&me).args([SUBCOMMAND, "eat", "1", &share]).spawn().unwrap())
        .collect();
    let held = vec![1_u8; bytes / processes];
    println!("{}", held.iter().filter(|byte| **byte == 1).count());
    std::io::stdout().flush().unwrap();
    if processes == 1 {
        loop {
            nix::unistd::pause();
        }
    }
    children.iter_mut().for_each(|child| drop(child.wait()));
}

/// Writes to every place until there is no more room; prints the sum.
fn fill(places: &[String]) {
    let block = vec![7_u8; 1 << 20];
    let mut written = 0;
    for place in places {
        let mut file = fs::File::create(place).unwrap();
        while let Ok(length) = file.write(&block) {
            written += length;
        }
    }
    println!("{written}");
}

fn shout() {
    let block = [b'x'; 64 << 10];
    while std::io::stdout().write_all(&block).is_ok() {}
}

/// Ignores what can be ignored, with a child that does so too.
fn stubborn(word: &str) {
    for signal in [nix::sys::signal::SIGTERM, nix::sys::signal::SIGINT, nix::sys::signal::SIGHUP] {
        // SAFETY: no handler is installed.
        unsafe { nix::sys::signal::signal(signal, nix::sys::signal::SigHandler::SigIgn) }.unwrap();
    }
    let me = std::env::current_exe().unwrap();
    drop(Command::new(me).args([SUBCOMMAND, "wait", word]).spawn().unwrap());
    println!("up");
    loop {
        nix::unistd::pause();
    }
}

/// Leaves a process behind in a session of its own, and ends.
fn daemon(word: &str) {
    let me = std::env::current_exe().unwrap();
    let left = format!("{word}-child");
    // SAFETY: this program has one thread.
    if unsafe { nix::unistd::fork() }.unwrap().is_child() {
        nix::unistd::setsid().unwrap();
        let null = Stdio::null;
        let mut waiting = Command::new(me);
        waiting.args([SUBCOMMAND, "wait", &left]).stdout(null()).stderr(null());
        drop(waiting.spawn().unwrap());
        std::process::exit(0);
    }
    nix::sys::wait::wait().unwrap();
    crate::scene::until("the daemon runs", || crate::scene::processes(&left) == 1);
    println!("up");
}

fn die(signal: i32) {
    // SAFETY: ends this process only.
    unsafe { libc::raise(signal) };
}
