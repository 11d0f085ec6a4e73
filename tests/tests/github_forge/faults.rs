//! Each call × each way to fail: the operation is asked for again until it succeeds, and then
//! everything is there exactly once.

use std::time::Duration;

use bugstack_agent::forge::{Answer, Forge, ForgeError, Push};
use bugstack_tests::github::GitHub;
use bugstack_tests::github::fault::{self, Fault};
use bugstack_tests::github::model::Role;

use crate::{BRANCH, Means, Scene, draft, proposal};

/// The calls of a proposal's life that change something.
const CHANGES: [&str; 9] = [
    "apps/create-installation-access-token",
    "git/receive-pack",
    "graphql/markPullRequestReadyForReview",
    "issues/add-labels",
    "issues/create-comment",
    "pulls/create",
    "pulls/merge",
    "pulls/request-reviewers",
    "pulls/update",
];
/// Those that only look.
const LOOKS: [&str; 8] = [
    "apps/get-repo-installation",
    "checks/list-for-ref",
    "git/get-ref",
    "issues/list-comments",
    "pulls/get",
    "pulls/list",
    "pulls/list-reviews",
    "repos/get-combined-status-for-ref",
];

/// How often an operation may be asked for before it has to have succeeded.
const ASKED: usize = 4;

type Named = (&'static str, Fault);

/// Ways to fail that may leave something behind.
fn after_effects() -> Vec<Named> {
    let fields = ["number", "id", "sha", "node_id", "state", "head"].map(str::to_owned);
    let mut faults = vec![
        ("502 afterwards", Fault::Afterwards(fault::bad_gateway())),
        ("hang up", Fault::HangUp),
        ("missing fields", Fault::Without(fields.to_vec())),
    ];
    if cfg!(feature = "full") {
        faults.push(("500 afterwards", Fault::Afterwards(fault::server_error())));
        faults.push(("cut", Fault::Cut));
    }
    faults
}

/// Ways to fail of every call.
fn refusals() -> Vec<Named> {
    let mut faults = vec![
        ("401", Fault::Instead(fault::unauthorized())),
        ("secondary limit", Fault::Instead(fault::secondary_limited(Some(30)))),
        ("truncated", Fault::Truncated),
    ];
    if cfg!(feature = "full") {
        let unnamed = fault::secondary_limited(None);
        faults.push(("secondary limit, no header", Fault::Instead(unnamed)));
        faults.push(("429", Fault::Instead(fault::too_many(Some(5)))));
        faults.push(("500", Fault::Instead(fault::server_error())));
        faults.push(("503", Fault::Instead(fault::unavailable(Some(3)))));
    }
    faults
}

/// Asks as the worker does: again when the forge says so, a limited number of times.
fn insist<T>(github: &GitHub, mut ask: impl FnMut() -> Answer<T>) -> Answer<T> {
    let mut ended = ask();
    for _ in 1..ASKED {
        match &ended {
            Err(ForgeError::Later { until, .. }) => {
                let wait = until.duration_since(github.clock().now());
                github.clock().advance(Duration::try_from(wait).unwrap_or_default());
            }
            Err(ForgeError::Denied { .. } | ForgeError::Fault(_)) => {}
            _ => break,
        }
        ended = ask();
    }
    ended
}

/// Everything that the agent does with a proposal, each part repeated until it succeeds.
fn live(github: &GitHub, scene: &Scene<'_>) -> Answer<()> {
    let (forge, project) = (&scene.forge, &scene.project);
    let commit = scene.commit("two\n");
    let draft_proposal = proposal(&scene.base, &commit);
    insist(github, || {
        let expected = forge.head(project, BRANCH)?;
        let push = Push { branch: BRANCH, commit: &commit, expected: expected.as_deref() };
        forge.push(project, &scene.mirror, &push)
    })?;
    let opened = insist(github, || forge.open(project, &draft_proposal, &draft()))?;
    let mut proposal = draft_proposal;
    proposal.number = Some(opened.number);
    proposal.body = "another why".into();
    insist(github, || forge.update(project, &proposal, &draft()))?;
    insist(github, || forge.comment(project, &proposal, "checks", "Green."))?;
    insist(github, || forge.ready(project, &proposal, &["kim".to_owned()]))?;
    insist(github, || forge.look(project, &proposal))?;
    insist(github, || forge.merge(project, &proposal)).map(drop)
}

/// The whole life with one failure in it.
fn survives(operation: &str, (name, fault): Named) {
    let what = format!("{operation}: {name}");
    let github = GitHub::start().unwrap();
    let scene = Scene::new(&github, Means::App);
    scene.repo.role("kim", Role::Write).unwrap();
    github.revoke_installation_tokens();
    github.fail(operation, 1, fault);
    let ended = live(&github, &scene);
    assert_eq!(github.heal(), 0, "{what}: the call was never made");
    ended.unwrap_or_else(|error| panic!("{what}: {error}"));
    let pulls = scene.repo.pulls().unwrap();
    assert_eq!(pulls.len(), 1, "{what}");
    let pull = &pulls[0];
    assert!(pull.merged.is_some() && !pull.draft, "{what}");
    assert_eq!(pull.body.as_deref(), Some("another why"), "{what}");
    assert_eq!(pull.labels, ["bugstack"], "{what}");
    assert_eq!(pull.reviewers, ["kim"], "{what}");
    assert_eq!(scene.repo.comments(pull.number).unwrap().len(), 1, "{what}");
}

#[test]
fn a_change_whose_answer_is_lost_does_not_happen_twice() {
    for operation in CHANGES {
        after_effects().into_iter().for_each(|fault| survives(operation, fault));
    }
}

#[test]
fn a_change_that_is_refused_happens_in_the_end() {
    for operation in CHANGES {
        refusals().into_iter().for_each(|fault| survives(operation, fault));
    }
}

#[test]
fn a_look_that_fails_is_taken_again() {
    for operation in LOOKS {
        refusals().into_iter().for_each(|fault| survives(operation, fault));
    }
}

#[test]
fn silence_ends_and_is_asked_about() {
    for fault in [Fault::Silence, Fault::SilenceAfterwards] {
        for operation in ["pulls/create", "issues/create-comment", "pulls/merge", "pulls/get"] {
            let github = GitHub::start().unwrap();
            let scene = Scene::new(&github, Means::App);
            scene.repo.role("kim", Role::Write).unwrap();
            github.fail(operation, 1, fault.clone());
            live(&github, &scene).unwrap();
            assert_eq!(github.heal(), 0);
            let pulls = scene.repo.pulls().unwrap();
            assert_eq!(pulls.len(), 1);
            assert_eq!(scene.repo.comments(pulls[0].number).unwrap().len(), 1);
        }
    }
}

#[test]
fn a_missing_permission_is_named() {
    let github = GitHub::start().unwrap();
    let scene = Scene::new(&github, Means::App);
    let proposal = scene.proposed(&draft());
    github.fail("issues/create-comment", 1, Fault::Instead(fault::forbidden()));
    let error = scene.forge.comment(&scene.project, &proposal, "x", "y").unwrap_err();
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("`pull_requests: write`"), "{error}");
}
