//! Random lives of a fault at GitHub, see `bugstack_tests::simulation`.
//!
//! `BUGSTACK_SEED=7 cargo test -p bugstack-tests --test simulation first` plays one again and shows
//! the agent's log; `BUGSTACK_LIVES=10000` plays more.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]
#![expect(clippy::print_stdout, reason = "how the lives ended is worth a look")]

use std::collections::BTreeMap;

use bugstack_tests::simulation::play;

/// In both halves together.
const LIVES: u64 = 200;

#[test]
fn whatever_happens_at_github_ends_well_first_half() {
    match std::env::var("BUGSTACK_SEED") {
        Ok(seed) => play_again(seed.parse().unwrap()),
        Err(_) => play_every_second(0),
    }
}

/// Apart from the first, so that it uses another core.
#[test]
fn whatever_happens_at_github_ends_well_second_half() {
    if std::env::var("BUGSTACK_SEED").is_err() {
        play_every_second(1);
    }
}

fn play_again(seed: u64) {
    tracing_subscriber::fmt().with_env_filter("bugstack_agent=info").without_time().init();
    println!("{:?}", play(seed).unwrap());
}

fn play_every_second(first: u64) {
    let lives = std::env::var("BUGSTACK_LIVES").map_or(LIVES, |text| text.parse().unwrap());
    let (mut ends, mut broken) = (BTreeMap::new(), Vec::new());
    for seed in (first..lives).step_by(2) {
        match play(seed) {
            Ok(end) => *ends.entry((end.state.as_str(), end.proposals)).or_insert(0) += 1,
            Err(error) => broken.push(format!("{error:#}")),
        }
    }
    println!("{ends:#?}");
    assert!(broken.is_empty(), "{} lives ended badly:\n{}", broken.len(), broken.join("\n\n"));
    // Otherwise little of what can happen has happened.
    for state in ["new", "proposed", "merged"] {
        assert!(ends.keys().any(|(end, _)| *end == state), "no life ended as {state}: {ends:?}");
    }
}
