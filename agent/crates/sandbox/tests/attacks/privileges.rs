//! Attacks on the kernel and on other processes.

use std::fs::File;
use std::os::fd::AsRawFd;

use bugstack_sandbox::Sandbox;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};

use crate::scene::{attack, lines, tests};

tests![
    the_kernel_answers_nothing_dangerous,
    nothing_can_be_gained,
    no_other_process_is_in_sight,
    no_descriptor_is_inherited,
    the_self_test_finds_every_wall,
    the_self_test_tells_what_is_missing,
];

fn the_kernel_answers_nothing_dangerous() {
    let unknown = ["clone3", "io_uring_setup", "io_uring_enter", "x32 getpid"];
    let seen = lines(&attack(&["calls"]));
    assert_eq!(seen.len(), 23);
    for line in seen {
        let (name, answer) = line.split_once(": ").unwrap();
        let expected = if unknown.contains(&name) { "ENOSYS" } else { "EPERM" };
        assert_eq!(answer, expected, "{name}");
    }
}

fn nothing_can_be_gained() {
    let status = lines(&attack(&["status"]));
    let none = "0000000000000000";
    for (name, expected) in [
        ("CapInh:", none),
        ("CapPrm:", none),
        ("CapEff:", none),
        ("CapBnd:", none),
        ("CapAmb:", none),
        ("NoNewPrivs:", "1"),
        ("Seccomp:", "2"),
        ("Uid:", "1000\t1000\t1000\t1000"),
    ] {
        let line = status.iter().find(|line| line.starts_with(name)).unwrap();
        assert_eq!(line[name.len()..].trim(), expected, "{name}");
    }
}

fn no_other_process_is_in_sight() {
    assert_eq!(lines(&attack(&["processes"])).len(), 2);
    let me = std::process::id().to_string();
    assert_eq!(lines(&attack(&["signal", &me])), [format!("{me}: Uncategorized")]);
    let tried = ["read", "/proc/1/environ", "/proc/1/mem", "/proc/1/maps"];
    for line in lines(&attack(&tried)) {
        assert!(line.ends_with("PermissionDenied"), "{line}");
    }
}

fn no_descriptor_is_inherited() {
    let file = File::open("/etc/hosts").unwrap();
    fcntl(&file, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
    assert!(file.as_raw_fd() > 2);
    let seen = lines(&attack(&["descriptors"]));
    let expected = ["/dev/null", "pipe:", "pipe:", "/proc/"];
    assert_eq!(seen.len(), expected.len(), "{seen:?}");
    for (line, expected) in seen.iter().zip(expected) {
        assert!(line.split_once(' ').unwrap().1.starts_with(expected), "{seen:?}");
    }
}

fn the_self_test_finds_every_wall() {
    let walls = Sandbox::new().walls();
    let fallen: Vec<_> = walls.iter().filter(|wall| !wall.stands).collect();
    assert!(fallen.is_empty(), "{fallen:#?}");
    assert_eq!(walls.len(), 21);
}

fn the_self_test_tells_what_is_missing() {
    let walls = Sandbox::with_helper("/bin/false").walls();
    assert_eq!(walls.len(), 1);
    assert!(!walls[0].stands && !walls[0].remedy.is_empty(), "{walls:?}");
}
