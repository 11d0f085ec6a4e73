//! What a proposal says.

use bugstack_agent::model::{Details, Proposal};

use crate::flawed::Flawed;
use crate::scene::Scene;

/// Without what differs from one machine to the next.
fn told(proposal: &Proposal) -> String {
    let body =
        proposal.body.replace(&proposal.base, "<base>").replace(&proposal.commit, "<commit>");
    let (words, marker) = body.rsplit_once("tree=").unwrap();
    let body = format!("{words}tree=<tree>{}", &marker[40..]);
    body.replace(&proposal.base[..12], "<base>")
}

#[test]
fn the_body_of_a_private_repository_tells_everything() {
    let scene = Scene::new();
    let proposal = scene.proposed(&scene.job());
    insta::assert_snapshot!(told(&proposal), @"");
}

#[test]
fn a_public_body_tells_only_what_the_repository_shows() {
    let forge = Flawed::never().public();
    let scene = Scene::new();
    let body = scene.propose(&forge, &scene.job()).unwrap().body;
    let secrets = ["readyState 3", "websocket.js", "12 times", "1.4.0", "production`", "2026-11"];
    for secret in secrets {
        assert!(!body.contains(secret), "{secret}: {body}");
    }
    for shown in ["readyState <n> (CLOSED)", "RoomsGateway.announce (src/rooms.gateway.ts:3)"] {
        assert!(body.contains(shown), "{shown}: {body}");
    }
    let scene = Scene::new().telling(Details::Always);
    let body = scene.propose(&forge, &scene.job()).unwrap().body;
    for secret in secrets.iter().filter(|secret| **secret != "2026-11") {
        assert!(body.contains(secret), "{secret}: {body}");
    }
}

#[test]
fn the_commit_says_why_and_sets_nothing_off() {
    let scene = Scene::new();
    let proposal = scene.proposed(&scene.job());
    let repository = git2::Repository::open(&scene.project.repository).unwrap();
    let commit = repository.find_commit(proposal.commit.parse().unwrap()).unwrap();
    insta::assert_snapshot!(commit.message().unwrap(), @"");
}
