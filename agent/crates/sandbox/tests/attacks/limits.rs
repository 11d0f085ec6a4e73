//! Attacks on what there is only so much of.

use std::time::Duration;

use bugstack_sandbox::{End, MemoryLimit};

use crate::scene::{self, attack, lines, node, run, tests};

tests![
    a_fork_bomb_is_small,
    one_process_cannot_hold_too_much,
    many_processes_cannot_hold_too_much_together,
    all_writable_places_are_one_small_disk,
    too_much_output_ends_it,
    the_time_limit_holds_against_the_stubborn,
    each_way_to_end_is_told,
    limits_at_their_ends_are_limits,
];

const MIB: u64 = 1 << 20;

fn a_fork_bomb_is_small() {
    let mut job = attack(&["bomb"]);
    job.limits.processes = 64;
    let children: u32 = lines(&job)[0].parse().unwrap();
    assert!((32..64).contains(&children), "{children}");
}

fn one_process_cannot_hold_too_much() {
    let mut job = node("const held = []; for (;;) held.push(Buffer.alloc(1 << 24, 1));");
    job.limits.memory = 256 * MIB;
    let outcome = run(&job);
    match outcome.memory_limited_by {
        // Or its own allocations fail first.
        MemoryLimit::Watchdog => {
            assert!(!matches!(outcome.end, End::Exited(0) | End::TimedOut), "{outcome:?}");
        }
        _ => assert_eq!(outcome.end, End::OutOfMemory),
    }
}

fn many_processes_cannot_hold_too_much_together() {
    let mut job = attack(&["eat", "4", &(512 * MIB).to_string()]);
    job.limits.memory = 256 * MIB;
    let outcome = run(&job);
    assert_eq!(outcome.end, End::OutOfMemory, "{}", scene::text(&outcome.stderr));
    if nix::unistd::geteuid().is_root() {
        assert_ne!(outcome.memory_limited_by, MemoryLimit::Watchdog);
    }
}

fn all_writable_places_are_one_small_disk() {
    let repository = scene::directory();
    let places = ["fill", "/tmp/a", "/home/sandbox/b", "/dev/shm/c", "/work/d"];
    let mut job = attack(&places);
    job.mounts.push(scene::mount(repository.path(), "/work", bugstack_sandbox::MountKind::Overlay));
    job.limits.scratch = 32 * MIB;
    let written: u64 = lines(&job)[0].parse().unwrap();
    assert!((16 * MIB..=32 * MIB).contains(&written), "{written}");
}

fn too_much_output_ends_it() {
    let mut job = attack(&["shout"]);
    job.limits.output = MIB;
    let outcome = run(&job);
    assert_eq!(outcome.end, End::TooMuchOutput);
    assert_eq!(outcome.stdout.len() as u64, MIB);
}

fn the_time_limit_holds_against_the_stubborn() {
    let mut job = attack(&["stubborn", "stubborn-child"]);
    job.limits.wall = Duration::from_millis(500);
    let outcome = run(&job);
    assert_eq!(outcome.end, End::TimedOut);
    assert_eq!(outcome.stdout, b"up\n");
    assert!(outcome.wall >= job.limits.wall, "{:?}", outcome.wall);
    assert!(outcome.wall < Duration::from_millis(1500), "{:?}", outcome.wall);
    assert_eq!(scene::processes("stubborn-child"), 0);
}

fn each_way_to_end_is_told() {
    for signal in [9, 6, 40] {
        assert_eq!(run(&attack(&["die", &signal.to_string()])).end, End::Killed(signal));
    }
    assert_eq!(run(&node("process.exit(7)")).end, End::Exited(7));
}

fn limits_at_their_ends_are_limits() {
    let mut job = attack(&["fill", "/tmp/a"]);
    job.limits.scratch = 0;
    job.limits.wall = Duration::MAX;
    job.limits.output = u64::MAX;
    let written: u64 = lines(&job)[0].parse().unwrap();
    assert!(written <= 4096, "{written}");
    let mut job = attack(&["wait"]);
    job.limits.wall = Duration::ZERO;
    assert_eq!(run(&job).end, End::TimedOut);
}
