//! The life of a proposal, from draft to resolved.

use std::sync::Arc;

use bugstack_agent::follow::{Merge, Policy};
use bugstack_agent::forge::{Forge, LocalForge, Presentation};
use bugstack_agent::model::{
    Checks, FailedCheck, IssueState, Occasion, Outcome, ProposalState, Review,
};
use jiff::SignedDuration;

use crate::life::{FILE, LEASE, Life, NUMBER, Way, commit};

fn red(name: &str) -> Checks {
    let summary = "2 of 9 failed @team".to_owned();
    Checks::Red(vec![FailedCheck { name: name.into(), summary, url: None }])
}

#[tokio::test]
async fn a_draft_is_offered_when_its_checks_are_green_and_people_merge_it() {
    let life = Life::new().await;
    life.look(3).await;
    assert_eq!((life.forge.count("ready"), life.state().await), (0, IssueState::Proposed));
    life.forge.change(|held| held.standing.checks = Checks::Green);
    life.look(6).await;
    assert_eq!((life.forge.count("ready"), life.forge.count("auto-merge")), (1, 0));
    assert_eq!(life.forge.count("comment"), 0, "nothing to say");
    assert_eq!(life.kept().await.shown.note, "Open: waiting for a reviewer.");
}

#[tokio::test]
async fn without_any_check_it_is_offered_after_ten_minutes_and_says_so() {
    let life = Life::new().await;
    life.forge.change(|held| held.standing.checks = Checks::None);
    life.look(9).await;
    assert_eq!(life.forge.count("ready"), 0);
    life.look(3).await;
    assert_eq!(life.forge.count("ready"), 1);
    assert!(life.forge.said("no-checks").unwrap().contains("ten minutes"));
}

#[tokio::test]
async fn failing_checks_ban_the_candidate_and_a_refused_repair_says_which_checks_fail() {
    let life = Life::new().await;
    life.forge.change(|held| held.standing.checks = red("test (node 20)"));
    life.look(6).await;
    assert_eq!(life.open_repairs().await, 1);
    let job = life.refused("no-candidate-left").await;
    assert_eq!(job.errand.occasion, Occasion::ChecksFailed);
    assert_eq!(job.errand.banned, ["guard-send/allow-list"]);
    assert_eq!(life.state().await, IssueState::Proposed, "it stays open");
    life.look(6).await;
    let said = life.forge.said("repair").unwrap();
    assert!(said.contains("`test (node 20)`: `2 of 9 failed @team`"), "{said}");
    assert!(said.contains("`no-candidate-left`") && !said.contains("\n@all"), "{said}");
    assert_eq!((life.open_repairs().await, life.forge.count("comment repair")), (0, 1));
}

#[tokio::test]
async fn another_candidate_updates_the_same_proposal() {
    let life = Life::new().await;
    life.forge.change(|held| held.standing.checks = red("test"));
    life.look(3).await;
    let base = life.main();
    let head = commit(&life.place, &base, FILE, "one\n\n\n\n\nguarded otherwise\n");
    life.forge.change(|held| {
        held.standing.found.head = head.clone();
        held.standing.checks = Checks::Green;
    });
    life.repaired(&base, &head).await;
    life.look(3).await;
    let all = life.world.store.proposals(9).await.unwrap();
    assert_eq!((all.len(), all[0].proposal.commit.as_str()), (1, head.as_str()));
    assert_eq!((life.forge.count("ready"), life.forge.count("comment")), (1, 0));
}

#[tokio::test]
async fn a_conflict_and_a_moved_base_queue_one_repair_each() {
    let life = Life::new().await;
    life.forge.change(|held| held.standing.mergeable = Some(false));
    life.look(6).await;
    assert_eq!(life.refused("too-large").await.errand.occasion, Occasion::Conflict);
    life.look(6).await;
    assert_eq!(life.open_repairs().await, 0);
    assert!(life.forge.said("repair").unwrap().contains("conflicts"));

    let elsewhere = life.next_release();
    life.forge.change(|held| {
        held.standing.mergeable = Some(true);
        held.standing.tip = elsewhere.clone();
    });
    life.look(6).await;
    assert_eq!(life.open_repairs().await, 0, "no file of the patch was touched");
    let touched = commit(&life.place, &elsewhere, FILE, "one\n\n\n\n\nrepaired\n");
    life.forge.change(|held| held.standing.tip = touched);
    life.look(6).await;
    assert_eq!(life.refused("already-guarded").await.errand.occasion, Occasion::BaseMoved);
    life.look(3).await;
    let kept = life.kept().await;
    assert_eq!(kept.proposal.state, ProposalState::Superseded);
    assert!(matches!(kept.outcome, Some(Outcome::Superseded(_))));
    assert_eq!(life.forge.count("close Closed: the base branch no longer has this fault"), 1);
    assert_eq!(life.state().await, IssueState::New);
}

#[tokio::test]
async fn commits_of_others_are_left_alone_and_that_is_said_once() {
    let life = Life::new().await;
    let theirs = "1".repeat(40);
    life.forge.change(|held| {
        held.standing.found.head = theirs;
        held.standing.checks = red("test");
        held.standing.mergeable = Some(false);
    });
    life.look(10).await;
    assert_eq!((life.open_repairs().await, life.forge.count("comment")), (0, 1));
    assert!(life.forge.said("hands-off").unwrap().contains("not push to it again"));
    life.remark(1, "ada", "/bugstack retry");
    life.look(3).await;
    assert_eq!(life.open_repairs().await, 0);
    assert!(life.forge.said("remark-1").unwrap().contains("I leave it alone"));
}

#[tokio::test]
async fn people_who_may_write_are_heard_once_and_others_not_at_all() {
    let life = Life::new().await;
    life.remark(1, "eve", "/bugstack ignore");
    life.remark(2, "ada", "/bugstack explain\n\n/bugstack dance");
    life.look(6).await;
    assert_eq!((life.forge.said("remark-1"), life.forge.count("comment")), (None, 1));
    let said = life.forge.said("remark-2").unwrap();
    assert!(said.contains("Red before") && said.contains("I know these commands"), "{said}");
    life.forge.change(|held| held.standing.remarks[1].body.push_str("\n\n/bugstack retry"));
    life.look(6).await;
    assert_eq!(life.forge.said("remark-2").unwrap(), "I try the repair again.");
    assert_eq!(life.claimed().await.errand.occasion, Occasion::Person);
}

#[tokio::test]
async fn an_ignored_issue_closes_its_proposal_and_gets_no_repair() {
    let life = Life::new().await;
    life.remark(1, "ada", "/bugstack ignore we rewrite this");
    life.look(3).await;
    let kept = life.kept().await;
    assert_eq!(kept.outcome, Some(Outcome::Ignored(Some("we rewrite this".into()))));
    assert_eq!(
        (kept.proposal.state, life.state().await),
        (ProposalState::Closed, IssueState::Ignored)
    );
    life.event(&life.next_release()).await;
    assert_eq!(life.open_repairs().await, 0);
    assert!(
        life.world.store.records().await.unwrap().is_empty(),
        "it says nothing of the template"
    );
    life.world.store.heed(life.issue).await.unwrap();
    assert_eq!(life.state().await, IssueState::New);
}

#[tokio::test]
async fn a_close_is_respected_until_there_is_new_evidence() {
    let life = Life::new().await;
    life.look(1).await;
    let old = life.main();
    life.forge.change(|held| held.standing.found.state = ProposalState::Closed);
    life.remark(1, "eve", "not like this");
    life.look(3).await;
    let kept = life.kept().await;
    assert_eq!(kept.outcome, Some(Outcome::Closed(Some("not like this".into()))));
    assert_eq!(life.state().await, IssueState::New);
    life.event(&old).await;
    assert_eq!(life.open_repairs().await, 0, "that release is known");
    let new = life.next_release();
    life.event(&new).await;
    assert_eq!(life.open_repairs().await, 1);
    assert_eq!(life.refused("declined").await.errand.occasion, Occasion::NewRelease);
    life.event(&new).await;
    assert_eq!(life.open_repairs().await, 0, "one repair a release");
    life.remark(2, "ada", "/bugstack retry");
    life.look(65).await;
    assert_eq!(life.claimed().await.errand.occasion, Occasion::Person);
    let [record] = &life.world.store.records().await.unwrap()[..] else { panic!() };
    assert_eq!((record.record.closed, record.template.as_str()), (1, "guard-send/allow-list"));
}

#[tokio::test]
async fn releases_that_contain_the_merge_resolve_the_issue_by_what_they_do() {
    for (way, outcome) in [
        (Way::Merge, Outcome::Merged),
        (Way::Squash, Outcome::Merged),
        (Way::Edited, Outcome::Edited),
    ] {
        let life = Life::new().await;
        let old = life.main();
        let merge = life.merged_as(way).await;
        let kept = life.kept().await;
        assert_eq!((kept.merge_commit, kept.outcome), (Some(merge), Some(outcome)));
        assert!(kept.shown.note.starts_with("Waiting for a release that contains"));
        life.look(60).await;
        assert_eq!(life.state().await, IssueState::Merged, "nothing is deployed");

        life.pulse("v1.2.3", "production", 1_000_000).await;
        life.look(1).await;
        assert!(life.kept().await.shown.note.contains("commit is not stated"));
        let new = life.next_release();
        life.pulse(&new, "staging", 1_000_000).await;
        life.look(1).await;
        assert_eq!(life.state().await, IssueState::Merged, "it was never seen in staging");
        life.pulse(&new, "production", 0).await;
        life.look(1).await;
        let evidence = life.kept().await.shown.evidence.unwrap();
        assert_eq!((evidence.confidence, life.state().await), (0.0, IssueState::Merged));
        // The old release runs beside it, fails and counts for the rate only.
        life.pulse(&old, "production", 1_000).await;
        life.event(&old).await;
        life.pulse(&new, "production", 2_990).await;
        life.look(1).await;
        assert_eq!(life.state().await, IssueState::Merged, "94.97 %");
        life.pulse(&new, "production", 20).await;
        life.look(1).await;
        assert_eq!(life.state().await, IssueState::Resolved);
        assert!(life.forge.said("production").unwrap().contains("95.0 % confidence"));
        // A rollback: the old release fails again, as it did.
        life.event(&old).await;
        life.look(1).await;
        assert_eq!(life.state().await, IssueState::Resolved);
        assert_eq!(life.open_repairs().await, 0);
    }
}

#[tokio::test]
async fn one_event_in_a_release_with_the_merge_reopens_the_issue_and_offers_a_revert() {
    let life = Life::new().await;
    let merge = life.merged_as(Way::Merge).await;
    let new = life.next_release();
    life.pulse(&new, "production", 1_000_000).await;
    life.look(1).await;
    assert_eq!(life.state().await, IssueState::Resolved);
    life.event(&new).await;
    life.look(1).await;
    assert_eq!(life.state().await, IssueState::Regressed);
    let said = life.forge.said("production").unwrap();
    assert!(said.contains(&format!("git revert -m 1 {merge}")), "{said}");
    life.event(&new).await;
    life.look(2).await;
    assert_eq!(life.forge.count("comment production"), 2, "resolved, then regressed");
    let job = life.refused("no-red").await;
    assert_eq!(job.errand.occasion, Occasion::Regression);
    assert_eq!(job.errand.last.unwrap().number, Some(NUMBER));
    assert_eq!(life.state().await, IssueState::Regressed);
    life.look(2).await;
    assert_eq!(life.open_repairs().await, 0, "one repair a regression");
}

#[tokio::test]
async fn silence_without_a_known_rate_proves_nothing() {
    let life = Life::new().await;
    // Its only event came before any pulse.
    let db = rusqlite::Connection::open(life.world.directory.path().join("bugstack.sqlite3"));
    db.unwrap().execute("UPDATE sightings SET measured = 0", []).unwrap();
    life.merged_as(Way::Merge).await;
    life.pulse(&life.next_release(), "production", 1_000_000).await;
    life.look(1).await;
    assert_eq!(life.state().await, IssueState::Merged);
    assert!(life.kept().await.shown.note.contains("silence proves nothing"));
}

#[tokio::test]
async fn an_open_proposal_that_production_no_longer_needs_is_closed() {
    let life = Life::new().await;
    life.look(2).await;
    let other = life.next_release();
    life.pulse(&other, "production", 2_000).await;
    life.look(3).await;
    assert_eq!(life.kept().await.proposal.state, ProposalState::Open);
    life.pulse(&other, "production", 1_100).await;
    life.look(3).await;
    assert_eq!(life.kept().await.proposal.state, ProposalState::Superseded);
    assert_eq!(life.forge.count("close Closed: releases without this change"), 1);
    life.event(&other).await;
    assert_eq!(life.claimed().await.errand.occasion, Occasion::NewRelease, "it is back");
}

#[tokio::test]
async fn a_kill_between_acting_and_storing_changes_nothing() {
    let kill = |life: &Life| *life.steps.dies.lock().unwrap() = true;
    let life = Life::new().await;
    life.forge.change(|held| held.standing.checks = Checks::Green);
    kill(&life);
    life.look(6).await;
    assert_eq!((life.forge.count("ready"), life.state().await), (1, IssueState::Proposed));

    life.world.store.ignore(life.issue).await.unwrap();
    kill(&life);
    life.look(6).await;
    assert_eq!(life.kept().await.outcome, Some(Outcome::Ignored(None)));

    let life = Life::new().await;
    life.remark(1, "ada", "/bugstack ignore enough");
    kill(&life);
    life.look(6).await;
    assert_eq!(life.kept().await.outcome, Some(Outcome::Ignored(Some("enough".into()))));
    assert_eq!(life.state().await, IssueState::Ignored);
}

#[tokio::test]
async fn the_forge_merges_by_itself_only_when_every_guard_is_met() {
    let auto = Policy { merge: Merge::Auto, least_record: 0.8 };
    let life = Life::under(auto, None).await;
    life.forge.change(|held| held.standing.checks = Checks::Green);
    life.look(6).await;
    assert_eq!(life.forge.count("auto-merge"), 0);
    assert_eq!(life.kept().await.shown.guards, ["record-too-short"]);

    let life = Life::under(Policy { least_record: 0.0, ..auto }, None).await;
    life.forge.change(|held| {
        held.standing.checks = Checks::None;
        held.standing.review = Review::ChangesRequested;
    });
    life.look(15).await;
    assert_eq!(life.kept().await.shown.guards, ["checks-not-green", "changes-requested"]);
    life.forge.change(|held| {
        held.standing.checks = Checks::Green;
        held.standing.review = Review::Approved;
    });
    life.look(6).await;
    assert_eq!(life.forge.count("auto-merge"), 1);
}

#[tokio::test]
async fn the_local_forge_leads_to_the_end_too() {
    let life = Life::under(Policy::default(), Some(Arc::new(LocalForge))).await;
    let kept = life.kept().await;
    let mut opened = kept.proposal.clone();
    opened.number = None;
    let shown = Presentation { draft: true, labels: Vec::new() };
    let number = LocalForge.open(&kept.project, &opened, &shown).unwrap().number;
    let db = rusqlite::Connection::open(life.world.directory.path().join("bugstack.sqlite3"));
    let sql = "UPDATE proposals SET proposal = json_set(proposal, '$.number', ?1)";
    db.unwrap().execute(sql, [number]).unwrap();
    life.look(12).await;
    let proposal = life.kept().await.proposal;
    assert!(!LocalForge.look(&kept.project, &proposal).unwrap().draft);
    let merge = LocalForge.merge(&kept.project, &proposal).unwrap();
    life.look(3).await;
    assert_eq!(life.state().await, IssueState::Merged);
    life.pulse(&merge, "production", 1_000_000).await;
    life.look(1).await;
    assert_eq!(life.state().await, IssueState::Resolved);
    assert_eq!(life.kept().await.outcome, Some(Outcome::Merged));
}

#[tokio::test]
async fn a_muted_issue_is_taken_up_again_where_it_stood_when_its_time_is_over() {
    let life = Life::new().await;
    let until = life.world.clock.now() + SignedDuration::from_hours(1);
    life.world.store.mute(life.issue, until).await.unwrap();
    life.forge.change(|held| held.standing.checks = red("test"));
    life.look(10).await;
    assert_eq!(life.state().await, IssueState::Muted);
    assert!(life.world.store.claim(LEASE).await.unwrap().is_none(), "its repair waits");
    life.look(60).await;
    assert_eq!(life.state().await, IssueState::Proposed);
    assert_eq!(life.claimed().await.errand.occasion, Occasion::ChecksFailed);
}
