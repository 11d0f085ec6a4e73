//! Random lives of one fault at GitHub: events, deploys, people, lost webhooks, kills, rate limits,
//! in an order that a seed decides. However it goes, there is at most one open pull request, nobody's
//! commits are lost, the base branch moves by people alone, and the issue says what is true.
//!
//! Everything is real but the proof: the store, the worker, the stages up to `patch`, `propose`, the
//! follow lane, the GitHub client, git. A verdict is made up instead of proven, because what a proof
//! finds does not depend on what happens at the forge. One thread acts, and one clock is turned by
//! hand, so a seed always plays the same.

mod agent;
mod production;
mod schedule;
mod truth;
mod verdict;
mod world;

use anyhow::{Context, Result};
use bugstack_agent::model::IssueState;

pub use schedule::Act;
use world::World;

/// What is done in one life, before everything is left to end by itself.
const ACTS: usize = 40;

/// How a life has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Where the issue stands.
    pub state: IssueState,
    /// How many pull requests there were.
    pub proposals: usize,
}

/// Plays a seed.
///
/// # Errors
/// What is not as promised, with everything that was done before.
pub fn play(seed: u64) -> Result<End> {
    let mut world = World::new(seed)?;
    let mut done = Vec::new();
    let mut played = || -> Result<End> {
        for _ in 0..ACTS {
            let act = schedule::next(&mut world);
            done.push(act);
            world.act(act).with_context(|| format!("{act:?}"))?;
            truth::always(&world).with_context(|| format!("after {act:?}"))?;
        }
        world.settle().context("at rest")?;
        truth::always(&world).context("at rest")?;
        let state = truth::at_rest(&world)?;
        Ok(End { state, proposals: world.ours()?.len() })
    };
    let ended = played();
    ended.with_context(|| format!("seed {seed}: {done:?}"))
}
