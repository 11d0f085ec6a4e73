//! Kill the agent anywhere in a real repair and start it again: one commit, one branch, one
//! proposal, and the same ones as if nothing had happened.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::time::{Duration, Instant};

use bugstack_tests::events;
use bugstack_tests::mortal::{
    assert_same, boundaries, finished, killed, one_of_each, undisturbed, world,
};
use bugstack_tests::world::World;

#[test]
fn a_kill_at_every_boundary_of_one_repair_changes_nothing_of_its_end() {
    let world = world();
    boundaries().for_each(|point| killed(&world, &point));
    finished(&world);
    let proposal = one_of_each(&world, &world.serve().unwrap(), "every boundary");
    assert_same(&proposal, &undisturbed());
}

#[test]
fn a_service_that_is_killed_again_and_again_comes_to_one_proposal() {
    let world = World::app("plain-ws").unwrap();
    let key = world.add_project("plain").unwrap();
    let mut patience = Duration::from_millis(20);
    let mut kills = 0;
    let agent = loop {
        let agent = world.serve().unwrap();
        let reply = agent.capture(&key, &events::npm()).unwrap();
        assert!(matches!(reply.status, 200 | 201), "{}: {}", reply.status, reply.text);
        let end = Instant::now() + patience;
        let proposed = || agent.read("issues/1").unwrap()["state"] == "proposed";
        while !proposed() && Instant::now() < end {
            std::thread::yield_now();
        }
        if proposed() {
            break agent;
        }
        agent.kill().unwrap();
        kills += 1;
        patience *= 3;
        assert!(patience < Duration::from_secs(300), "it never ends");
    };
    assert!(kills > 2, "it was killed {kills} times only");
    assert_same(&one_of_each(&world, &agent, "a sweep"), &undisturbed());
}
