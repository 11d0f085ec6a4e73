//! Exactly one proposal, however often the stage is repeated and whatever people did meanwhile.

use std::sync::atomic::Ordering;

use bugstack_agent::forge::{Forge, LocalForge};
use bugstack_agent::model::{Halt, Occasion, Proposal, ProposalState};

use crate::flawed::{Ends, Flawed};
use crate::scene::{BRANCH, Job, SOURCE, Scene};

fn found(scene: &Scene, branch: &str) -> bugstack_agent::model::Found {
    LocalForge.find(&scene.project, branch).unwrap().unwrap()
}

fn merge(scene: &Scene, proposal: &Proposal) {
    LocalForge.merge(&scene.project, proposal).unwrap();
}

fn close(scene: &Scene, proposal: &Proposal) {
    LocalForge.close(&scene.project, proposal, "no").unwrap();
}

/// A later repair of the same fault, whose commit is another one.
fn later(job: &Job) -> Job {
    job.seen_in("chat@1.4.0", "2026-11-22T20:00:00Z")
}

#[test]
fn a_proposal_is_made_once_and_then_nothing_is_pushed() {
    let scene = Scene::new();
    let job = scene.job();
    let proposal = scene.proposed(&job);
    assert_eq!((proposal.branch.as_str(), proposal.number), (BRANCH, Some(1)));
    assert_eq!(proposal.template, "guard-send/allow-list");
    assert_eq!(found(&scene, BRANCH).head, proposal.commit);
    let forge = Flawed::never();
    assert_eq!(scene.propose(&forge, &job).unwrap(), proposal);
    let known = job.after(Occasion::Event, Some(&proposal));
    assert_eq!(scene.propose(&forge, &known).unwrap(), proposal);
    assert_eq!(forge.pushes.load(Ordering::SeqCst), 0);
    assert_eq!(scene.counts(), (1, 1));
}

/// The calls that a proposal takes, so that every one of them can be the last.
fn survives_every_end(prepare: impl Fn(&mut Scene) -> Job, expected: (usize, usize)) {
    let mut ends = 0;
    for calls in 0.. {
        assert!(calls < 20, "the stage makes too many calls");
        let mut ended = false;
        for how in [Ends::Before, Ends::After] {
            let mut scene = Scene::new();
            let job = prepare(&mut scene);
            ended = match scene.propose(&Flawed::after(calls, how), &job) {
                Ok(_) => false,
                Err(Halt::Fault(error)) => {
                    assert_eq!(error.to_string(), "the connection ended");
                    true
                }
                Err(other) => panic!("{calls} {how:?}: {other:?}"),
            };
            let proposal = scene.proposed(&job);
            assert_eq!(scene.counts(), expected, "{calls} {how:?}");
            let found = found(&scene, &proposal.branch);
            assert_eq!((found.number, found.head), (proposal.number.unwrap(), proposal.commit));
            assert_eq!((found.state, found.body), (ProposalState::Open, proposal.body));
        }
        ends += usize::from(ended);
        if !ended {
            break;
        }
    }
    assert!(ends >= 4, "only {ends} calls were ever made");
}

#[test]
fn a_new_proposal_survives_an_end_at_every_call() {
    survives_every_end(|scene| scene.job(), (1, 1));
}

#[test]
fn an_update_survives_an_end_at_every_call() {
    let prepare = |scene: &mut Scene| {
        let first = scene.proposed(&scene.job());
        later(&scene.job()).after(Occasion::ChecksFailed, Some(&first))
    };
    survives_every_end(prepare, (1, 1));
}

#[test]
fn a_second_attempt_survives_an_end_at_every_call() {
    let prepare = |scene: &mut Scene| {
        let first = scene.proposed(&scene.job());
        merge(scene, &first);
        scene.fetch();
        later(&scene.job()).after(Occasion::Regression, Some(&first))
    };
    survives_every_end(prepare, (2, 2));
}

#[test]
fn a_proposal_after_a_close_survives_an_end_at_every_call() {
    let prepare = |scene: &mut Scene| {
        let first = scene.proposed(&scene.job());
        close(scene, &first);
        later(&scene.job()).after(Occasion::Person, Some(&first))
    };
    survives_every_end(prepare, (2, 1));
}

#[test]
fn an_open_proposal_is_updated_where_the_commit_is_ours() {
    let mut scene = Scene::new();
    let first = scene.proposed(&scene.job());
    let next = later(&scene.job());
    let second = scene.proposed(&next.after(Occasion::Conflict, Some(&first)));
    assert_eq!((second.number, scene.counts()), (first.number, (1, 1)));
    assert_ne!(second.commit, first.commit);
    assert_eq!(found(&scene, BRANCH).head, second.commit);
    // Without our own data the marker and git say that it is ours.
    scene.fetch();
    let third = scene.proposed(&next.seen_in("chat@1.5.0", "2026-11-22T21:00:00Z"));
    assert_eq!((third.number, scene.counts()), (first.number, (1, 1)));
    assert_eq!(found(&scene, BRANCH).head, third.commit);
}

#[test]
fn what_somebody_pushed_is_never_pushed_over() {
    let mut scene = Scene::new();
    let first = scene.proposed(&scene.job());
    let theirs = scene.push(BRANCH, (SOURCE, "theirs\n"));
    let next = later(&scene.job());
    assert_eq!(scene.refused(&next.after(Occasion::ChecksFailed, Some(&first))), "branch-edited");
    // Nor after the loss of our data, whether the mirror has their commit or not.
    assert_eq!(scene.refused(&next), "branch-edited");
    scene.fetch();
    assert_eq!(scene.refused(&next), "branch-edited");
    // Nor where a marker was forged to name it.
    let mut forged = first.clone();
    forged.body = first.body.replace(&first.commit, &theirs);
    forged.commit.clone_from(&theirs);
    LocalForge.update(&scene.project, &forged, &Default::default()).unwrap();
    assert_eq!(scene.refused(&next), "branch-edited");
    assert_eq!(scene.origin().branch_head(BRANCH).unwrap(), theirs);
    // Nor where no proposal was ever opened from it.
    close(&scene, &first);
    assert_eq!(scene.origin().branch_head(BRANCH).unwrap(), theirs);
    let again = next.after(Occasion::Person, Some(&first));
    assert_eq!(scene.refused(&again), "branch-edited");
    assert_eq!(scene.origin().branch_head(BRANCH).unwrap(), theirs);
}

#[test]
fn a_branch_without_a_proposal_is_ours_or_nobodys() {
    let mut scene = Scene::new();
    let first = scene.proposed(&scene.job());
    let git = git2::Repository::open(&scene.project.repository).unwrap();
    git.find_reference("refs/bugstack/proposals/1").unwrap().delete().unwrap();
    // It was pushed, and nothing was opened: a later repair takes it over.
    scene.fetch();
    let second = scene.proposed(&later(&scene.job()));
    assert_eq!((second.branch.as_str(), second.number), (BRANCH, Some(1)));
    assert_ne!(second.commit, first.commit);
    git.find_reference("refs/bugstack/proposals/1").unwrap().delete().unwrap();
    scene.push(BRANCH, (SOURCE, "theirs\n"));
    scene.fetch();
    assert_eq!(scene.refused(&scene.job()), "branch-edited");
}

#[test]
fn what_a_person_opened_from_our_branch_stays_theirs() {
    let scene = Scene::new();
    let first = scene.proposed(&scene.job());
    let theirs = Proposal { body: "mine".into(), ..first };
    LocalForge.update(&scene.project, &theirs, &Default::default()).unwrap();
    assert_eq!(scene.refused(&later(&scene.job())), "branch-edited");
}

#[test]
fn a_close_is_respected_until_there_is_new_evidence() {
    let events = ["2026-11-22T20:00:00Z", "2096-11-22T20:00:00Z"];
    for (occasion, known, release, event, expected) in [
        (Occasion::Event, true, "chat@1.4.0", events[0], "declined"),
        (Occasion::Event, true, "chat@9", events[1], "declined"),
        (Occasion::Conflict, true, "chat@9", events[1], "declined"),
        (Occasion::Person, true, "chat@1.4.0", events[0], "opened"),
        (Occasion::NewRelease, true, "chat@9", events[0], "opened"),
        (Occasion::Regression, true, "chat@9", events[0], "opened"),
        // After the loss of our data.
        (Occasion::Event, false, "chat@1.4.0", events[1], "declined"),
        (Occasion::Event, false, "chat@9", events[0], "declined"),
        (Occasion::Event, false, "chat@9", events[1], "opened"),
        (Occasion::Person, false, "chat@1.4.0", events[0], "opened"),
    ] {
        let scene = Scene::new();
        let first = scene.proposed(&scene.job());
        close(&scene, &first);
        let next = scene.job().seen_in(release, event);
        let next = next.after(occasion, known.then_some(&first));
        let case = format!("{occasion:?} {known} {release} {event}");
        if expected == "opened" {
            let second = scene.proposed(&next);
            assert_eq!((second.number, second.branch.as_str()), (Some(2), BRANCH), "{case}");
            assert_eq!(scene.counts(), (2, 1), "{case}");
        } else {
            assert_eq!(scene.refused(&next), expected, "{case}");
            assert_eq!(scene.counts(), (1, 0), "{case}");
        }
    }
}

#[test]
fn what_we_closed_ourselves_is_no_answer_of_a_person() {
    let scene = Scene::new();
    let first = scene.proposed(&scene.job());
    close(&scene, &first);
    let superseded = Proposal { state: ProposalState::Superseded, ..first };
    let next = later(&scene.job()).after(Occasion::Event, Some(&superseded));
    assert_eq!(scene.proposed(&next).number, Some(2));
}

#[test]
fn a_close_between_opening_and_keeping_is_respected() {
    let scene = Scene::new();
    let first = scene.proposed(&scene.job());
    close(&scene, &first);
    let again = later(&scene.job()).after(Occasion::Person, Some(&first));
    let second = scene.proposed(&again);
    close(&scene, &second);
    // The stage is repeated: what it made has been closed since.
    assert_eq!(scene.proposed(&again).number, second.number);
    assert_eq!(scene.counts(), (2, 0));
}

#[test]
fn a_merge_ends_a_branch_and_a_repeated_stage_finds_it() {
    let mut scene = Scene::new();
    let job = scene.job();
    let first = scene.proposed(&job);
    merge(&scene, &first);
    assert_eq!(scene.proposed(&job).number, first.number);
    assert_eq!(scene.counts(), (1, 1));
    scene.fetch();
    for attempt in 2..=3 {
        let again = later(&scene.job()).after(Occasion::Regression, Some(&first));
        let next = scene.proposed(&again);
        assert_eq!((next.branch, next.number), (format!("{BRANCH}-{attempt}"), Some(attempt)));
        let next = scene.proposed(&again);
        merge(&scene, &next);
        assert_eq!(scene.proposed(&again).number, next.number);
        scene.fetch();
    }
    assert_eq!(scene.counts(), (3, 3));
}

#[test]
fn merges_without_an_end_are_given_up() {
    let mut scene = Scene::new();
    for attempt in 1..=20 {
        let job = scene.job().seen_in("chat@2", &format!("2026-11-23T00:00:{attempt:02}Z"));
        let proposal = scene.proposed(&job);
        merge(&scene, &proposal);
        scene.fetch();
    }
    assert_eq!(scene.refused(&later(&scene.job())), "merged-too-often");
}

#[test]
fn reviewers_are_who_knows_the_code() {
    let owners = ".github/CODEOWNERS";
    let settings = "reviewers = [\"lead\"]\nlabels = [\"bot\"]\nmerge = \"people\"\n";
    let files = [(owners, "* @acme/chat @one @two\n"), (".bugstack.toml", settings)];
    let mut scene = Scene::with(&files);
    let text = "class RoomsGateway {\n  announce(text) {\n    client.send( text );\n  }\n}\n";
    scene.push("main", (SOURCE, text));
    scene.push("main", ("README.md", "x\n"));
    scene.fetch();
    let proposal = scene.proposed(&scene.job());
    assert_eq!(proposal.reviewers, ["lead", "ada", "acme/chat"]);
    assert!(proposal.people_merge);
    let git = git2::Repository::open(&scene.project.repository).unwrap();
    let note = git.find_reference("refs/bugstack/proposals/1").unwrap().peel_to_blob().unwrap();
    let note: serde_json::Value = serde_json::from_slice(note.content()).unwrap();
    assert_eq!(note["labels"], serde_json::json!(["bot", "bugstack"]));
}

#[test]
fn settings_come_from_the_base_branch_and_are_understood_or_refused() {
    let scene = Scene::with(&[(".bugstack.toml", "labels = []\ncolour = 1\n")]);
    assert_eq!(scene.refused(&scene.job()), "bad-settings");
    assert_eq!(scene.counts(), (0, 0));
}
