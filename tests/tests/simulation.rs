//! Random lives of a fault at GitHub, see `bugstack_tests::simulation`.
//!
//! `BUGSTACK_SEED=7 cargo test -p bugstack-tests --test simulation` plays one again and shows the
//! agent's log; `BUGSTACK_LIVES=1000` plays more.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::collections::BTreeMap;

use bugstack_tests::simulation::play;

const LIVES: u64 = 200;

#[test]
fn whatever_happens_at_github_ends_well() {
    if let Ok(seed) = std::env::var("BUGSTACK_SEED") {
        tracing_subscriber::fmt().with_env_filter("bugstack_agent=info").without_time().init();
        println!("{:?}", play(seed.parse().unwrap()).unwrap());
        return;
    }
    let lives = std::env::var("BUGSTACK_LIVES").map_or(LIVES, |text| text.parse().unwrap());
    let (mut ends, mut broken) = (BTreeMap::new(), Vec::new());
    for seed in 0..lives {
        match play(seed) {
            Ok(end) => *ends.entry((end.state.as_str(), end.proposals)).or_insert(0) += 1,
            Err(error) => broken.push(format!("{error:#}")),
        }
    }
    println!("{ends:#?}");
    assert!(broken.is_empty(), "{} lives ended badly:\n{}", broken.len(), broken.join("\n\n"));
}
