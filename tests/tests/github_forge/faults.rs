//! Each call × each way to fail: the operation is asked for again until it succeeds, and then
//! everything is there exactly once.

use std::time::Duration;

use bugstack_agent::forge::{Answer, Forge, ForgeError, Push};
use bugstack_tests::github::GitHub;
use bugstack_tests::github::fault::{self, Fault};

use crate::{BRANCH, Means, Scene, draft, proposal};

/// The calls of a proposal's life.
const OPERATIONS: [&str; 18] = [
    "apps/create-installation-access-token",
    "apps/get-repo-installation",
    "checks/list-for-ref",
    "git/get-ref",
    "git/receive-pack",
    "git/upload-pack",
    "graphql/markPullRequestReadyForReview",
    "issues/add-labels",
    "issues/create-comment",
    "issues/list-comments",
    "pulls/create",
    "pulls/get",
    "pulls/list",
    "pulls/list-reviews",
    "pulls/merge",
    "pulls/request-reviewers",
    "pulls/update",
    "repos/get-combined-status-for-ref",
];

/// How often an operation may be asked for before it has to have succeeded.
const ASKED: usize = 4;

fn faults() -> Vec<(&'static str, Fault)> {
    let mut faults = vec![
        ("401", Fault::Instead(fault::unauthorized())),
        ("secondary limit", Fault::Instead(fault::secondary_limited(Some(30)))),
        ("secondary limit, no header", Fault::Instead(fault::secondary_limited(None))),
        ("429", Fault::Instead(fault::too_many(Some(5)))),
        ("500", Fault::Instead(fault::server_error())),
        ("503", Fault::Instead(fault::unavailable(Some(3)))),
        ("500 afterwards", Fault::Afterwards(fault::server_error())),
        ("502 afterwards", Fault::Afterwards(fault::bad_gateway())),
        ("hang up", Fault::HangUp),
        ("truncated", Fault::Truncated),
        ("cut", Fault::Cut),
    ];
    let fields = ["number", "id", "sha", "node_id", "state", "head"].map(str::to_owned);
    faults.push(("missing fields", Fault::Without(fields.to_vec())));
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

#[test]
fn every_call_may_fail_and_nothing_happens_twice() {
    for operation in OPERATIONS {
        for (name, fault) in faults() {
            let what = format!("{operation}: {name}");
            let github = GitHub::start().unwrap();
            let scene = Scene::new(&github, Means::App);
            scene.repo.role("kim", bugstack_tests::github::model::Role::Write).unwrap();
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
            assert_eq!(scene.repo.comments(pull.number).unwrap().len(), 1, "{what}");
        }
    }
}

#[test]
fn silence_ends_and_is_asked_about() {
    for fault in [Fault::Silence, Fault::SilenceAfterwards] {
        for operation in ["pulls/create", "issues/create-comment", "pulls/merge", "pulls/get"] {
            let github = GitHub::start().unwrap();
            let scene = Scene::new(&github, Means::App);
            scene.repo.role("kim", bugstack_tests::github::model::Role::Write).unwrap();
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
