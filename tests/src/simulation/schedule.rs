//! What may happen, and how often.

use rand::RngExt;
use rand::rngs::StdRng;

use super::world::World;

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Production fails, where a release that runs has the fault.
    Event,
    /// Releases that run say how much they did.
    Pulse,
    /// The base branch goes to production; the release before goes on beside it for a while.
    Deploy,
    /// Only the newest release goes on.
    Retire,
    /// Production goes back to the release before.
    RollBack,
    /// The agent works for a while.
    Work,
    /// The agent is killed: between what a step did and what it would have kept.
    Kill,
    /// Time passes.
    Wait,
    /// Webhooks that are waiting arrive.
    Deliver,
    /// They are lost.
    Lose,
    /// They arrive twice, newest first.
    Scramble,
    /// Somebody pushes something else to the base branch.
    Push,
    /// Somebody changes the lines around the fault, which stays.
    Rewrite,
    /// Somebody repairs it by hand.
    Repair,
    /// Somebody puts it back.
    Relapse,
    /// Somebody pushes a commit to our branch.
    PushToOurs,
    /// Somebody replaces what our branch had.
    ForcePushToOurs,
    /// The checks of our head pass.
    Green,
    /// One of them fails.
    Red,
    /// Somebody merges, squashes or rebases the open pull request.
    Merge,
    /// Somebody closes it.
    Close,
    /// A maintainer asks for another try.
    AskAgain,
    /// A stranger does.
    StrangerAsks,
    /// The hour's calls are used up.
    Limit,
    /// One of the next calls goes wrong.
    Fault,
}

/// How likely an act is to be left out of a life.
const LEFT_OUT: f64 = 0.4;
/// How often each happens, out of their sum.
const WEIGHTS: [(Act, u32); 25] = [
    (Act::Event, 12),
    (Act::Pulse, 12),
    (Act::Deploy, 12),
    (Act::Retire, 4),
    (Act::RollBack, 2),
    (Act::Work, 24),
    (Act::Kill, 6),
    (Act::Wait, 6),
    (Act::Deliver, 6),
    (Act::Lose, 2),
    (Act::Scramble, 3),
    (Act::Push, 3),
    (Act::Rewrite, 3),
    (Act::Repair, 1),
    (Act::Relapse, 1),
    (Act::PushToOurs, 1),
    (Act::ForcePushToOurs, 1),
    (Act::Green, 4),
    (Act::Red, 3),
    (Act::Merge, 8),
    (Act::Close, 3),
    (Act::AskAgain, 3),
    (Act::StrangerAsks, 1),
    (Act::Limit, 2),
    (Act::Fault, 5),
];

/// What never happens in one life. Leaving things out at random reaches more than doing a little of
/// everything each time: Groce and others, *Swarm testing*, ISSTA 2012.
pub(super) fn never(random: &mut StdRng) -> Vec<Act> {
    let needed = [Act::Event, Act::Work, Act::Wait];
    let others = WEIGHTS.into_iter().map(|(act, _)| act).filter(|act| !needed.contains(act));
    others.filter(|_| random.random_bool(LEFT_OUT)).collect()
}

/// What happens next. A life begins with an event and some work, so that there is something to
/// happen to.
pub(super) fn next(world: &mut World) -> Act {
    match world.acts {
        0 => return Act::Event,
        1 => return Act::Work,
        _ => {}
    }
    let possible = || WEIGHTS.into_iter().filter(|(act, _)| !world.never.contains(act));
    let all: u32 = possible().map(|(_, weight)| weight).sum();
    let possible: Vec<_> = possible().collect();
    let mut left = world.random.random_range(0..all);
    for (act, weight) in possible {
        match left.checked_sub(weight) {
            Some(rest) => left = rest,
            None => return act,
        }
    }
    Act::Work
}
