//! Kill the agent anywhere in a real repair and start it again: one commit, one branch, one
//! proposal, and the same ones as if nothing had happened.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::time::{Duration, Instant};

use bugstack_agent::worker::MAX_ATTEMPTS;
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
    let told = || {
        let agent = world.serve().unwrap();
        let reply = agent.capture(&key, &events::npm()).unwrap();
        assert!(matches!(reply.status, 200 | 201), "{}: {}", reply.status, reply.text);
        agent
    };
    // One kill fewer than a stage may take its process with it, wherever the machine's speed puts
    // them.
    for patience in (1..MAX_ATTEMPTS).map(|life| Duration::from_millis(20 << (2 * life))) {
        let agent = told();
        let end = Instant::now() + patience;
        while agent.read("issues/1").unwrap()["state"] != "proposed" && Instant::now() < end {
            std::thread::yield_now();
        }
        agent.kill().unwrap();
    }
    let agent = told();
    agent.until_issue_is(1, "proposed").unwrap();
    assert_same(&one_of_each(&world, &agent, "a sweep"), &undisturbed());
}
