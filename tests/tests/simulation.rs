//! Random lives of a fault at GitHub. `BUGSTACK_SEED=7 cargo test -p bugstack-tests --test
//! simulation` plays one again.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use bugstack_tests::simulation::play;

const LIVES: u64 = 200;

#[test]
fn whatever_happens_at_github_ends_well() {
    if let Ok(seed) = std::env::var("BUGSTACK_SEED") {
        return play(seed.parse().unwrap()).unwrap();
    }
    for seed in 0..LIVES {
        play(seed).unwrap();
    }
}
