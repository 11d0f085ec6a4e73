//! What the store promises.

use std::sync::Arc;
use std::time::Duration;

use bugstack_agent::model::{IssueId, IssueState, Progress, ProjectId, ProposalId, Refusal};
use bugstack_agent::store::sqlite::SqliteStore;
use bugstack_agent::store::{
    Activity, Caps, Job, Occurrence, ProjectKey, RepairState, Store, StoreError, retention,
};
use bugstack_proto::{Counts, Pulse};

use crate::samples::{
    HandClock, KEY, World, drop_after, event, found_by_each_stage, occurrence, project,
};

const LEASE: Duration = Duration::from_secs(30);

async fn claimed(world: &World) -> Job {
    world.store.claim(LEASE).await.unwrap().unwrap()
}

/// Takes a repair through every stage.
async fn propose(world: &World, fix_key: &str) {
    for progress in found_by_each_stage(fix_key) {
        let job = claimed(world).await;
        world.store.advanced(job.lease, progress).await.unwrap();
    }
}

#[tokio::test]
async fn the_first_event_makes_an_issue_and_a_repair_and_a_repeated_id_changes_nothing() {
    let world = World::new().await;
    let first = world.store.record(occurrence("e1", "k")).await.unwrap();
    let again = world.store.record(occurrence("e1", "k")).await.unwrap();
    let second = world.store.record(occurrence("e2", "k")).await.unwrap();
    assert_eq!((first.duplicate, first.new_repair), (false, true));
    assert_eq!((again.duplicate, again.new_repair, again.issue), (true, false, first.issue));
    assert_eq!((second.duplicate, second.new_repair, second.issue), (false, false, first.issue));
    let rows = world.store.activity().await.unwrap();
    let expected =
        Activity { projects: 1, events: 2, issues: 1, open_repairs: 1, repairs: 1, ..rows };
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn the_same_id_from_two_projects_is_two_events() {
    let world = World::new().await;
    world.store.seed_project(project("shop"), None).await.unwrap();
    world.store.record(occurrence("e1", "k")).await.unwrap();
    let other = Occurrence { project: ProjectId("shop".into()), ..occurrence("e1", "k") };
    assert!(!world.store.record(other).await.unwrap().duplicate);
    assert_eq!(world.store.activity().await.unwrap().issues, 2);
}

#[tokio::test]
async fn a_drop_starts_a_repair_only_when_the_reference_is_stale_or_drops_pile_up() {
    let world = World::new().await;
    let sent =
        |id: &str, key: &str, ms| Occurrence { event: drop_after(id, ms), ..occurrence(id, key) };
    assert!(world.store.record(sent("stale", "a", 1_000)).await.unwrap().new_repair);
    for id in ["f1", "f2", "f3", "f4"] {
        assert!(!world.store.record(sent(id, "b", 5)).await.unwrap().new_repair, "{id}");
    }
    world.clock.pass(3_600_001);
    assert!(!world.store.record(sent("f5", "b", 5)).await.unwrap().new_repair);
    for id in ["f6", "f7", "f8"] {
        assert!(!world.store.record(sent(id, "b", 5)).await.unwrap().new_repair, "{id}");
    }
    assert!(world.store.record(sent("f9", "b", 5)).await.unwrap().new_repair);
}

#[tokio::test]
async fn a_lease_keeps_others_away_until_it_runs_out_and_then_its_holder() {
    let world = World::new().await;
    world.store.record(occurrence("e1", "k")).await.unwrap();
    let first = claimed(&world).await;
    assert!(world.store.claim(LEASE).await.unwrap().is_none());
    world.clock.pass(20_000);
    world.store.renew(first.lease, LEASE).await.unwrap();
    world.clock.pass(20_000);
    assert!(world.store.claim(LEASE).await.unwrap().is_none(), "it was renewed");
    world.clock.pass(10_001);
    let second = claimed(&world).await;
    assert_eq!((second.attempts, second.lease.repair), (2, first.lease.repair));

    let [located, ..] = found_by_each_stage("f");
    let refusal = Refusal::new("already-guarded", "…");
    let store = &world.store;
    let stale = [
        store.advanced(first.lease, located.clone()).await,
        store.refused(first.lease, refusal).await,
        store.failed(first.lease, "…".to_owned(), None).await,
        store.renew(first.lease, LEASE).await,
        store.released(first.lease).await,
    ];
    for answer in stale {
        assert!(matches!(answer, Err(StoreError::Stale(_))), "{answer:?}");
    }
    store.advanced(second.lease, located).await.unwrap();
    assert!(matches!(claimed(&world).await.progress, Progress::Located(_)));
}

#[tokio::test]
async fn a_repair_goes_through_its_stages_to_one_proposal_that_can_be_merged_once() {
    let world = World::new().await;
    let issue = world.store.record(occurrence("e1", "k")).await.unwrap().issue;
    propose(&world, "fix-key-of-announce").await;
    let page = world.store.issue(issue).await.unwrap().unwrap();
    assert_eq!(page.issue.state, IssueState::Proposed);
    let [repair] = page.repairs.as_slice() else { panic!("{:?}", page.repairs) };
    assert_eq!(repair.state, RepairState::Done);
    let stages: Vec<_> = repair.stages.iter().map(|run| run.stage.as_str()).collect();
    assert_eq!(stages, ["locate", "diagnose", "patch", "verify", "propose"]);
    assert_eq!(repair.diagnosis.as_ref().unwrap().template, "guard-send");
    let id = page.proposal.unwrap().id;

    world.store.merged(id, "c0ffee".into()).await.unwrap();
    world.store.merged(id, "c0ffee".into()).await.unwrap();
    let other = world.store.merged(id, "badc0de".into()).await;
    assert!(matches!(other, Err(StoreError::Ended(_, "merged"))), "{other:?}");
    assert!(matches!(world.store.closed(id).await, Err(StoreError::Ended(..))));
    let kept = world.store.proposal(id).await.unwrap().unwrap();
    assert_eq!(
        (kept.proposal.state.as_str(), kept.merge_commit.as_deref()),
        ("merged", Some("c0ffee"))
    );
    let issue = world.store.issue(issue).await.unwrap().unwrap().issue;
    assert_eq!(issue.state, IssueState::Merged);
    let missing = world.store.merged(ProposalId(99), "c0ffee".into()).await;
    assert!(matches!(missing, Err(StoreError::Missing(_))), "{missing:?}");
}

#[tokio::test]
async fn a_fix_key_that_another_repair_or_proposal_holds_ends_as_duplicate() {
    let world = World::new().await;
    let first = world.store.record(occurrence("e1", "k1")).await.unwrap().issue;
    let second = world.store.record(occurrence("e2", "k2")).await.unwrap().issue;
    let [located, diagnosed, ..] = found_by_each_stage("shared");
    let (one, two) = (claimed(&world).await, claimed(&world).await);
    world.store.advanced(one.lease, located.clone()).await.unwrap();
    world.store.advanced(two.lease, located.clone()).await.unwrap();
    let (one, two) = (claimed(&world).await, claimed(&world).await);
    world.store.advanced(one.lease, diagnosed.clone()).await.unwrap();
    world.store.advanced(two.lease, diagnosed.clone()).await.unwrap();
    assert_eq!(
        why_refused(&world, second).await,
        "repair 1, of issue 1, is under way at the same place"
    );

    for progress in found_by_each_stage("shared").into_iter().skip(2) {
        let job = claimed(&world).await;
        world.store.advanced(job.lease, progress).await.unwrap();
    }
    let third = world.store.record(occurrence("e3", "k3")).await.unwrap().issue;
    for progress in [located, diagnosed] {
        let job = claimed(&world).await;
        world.store.advanced(job.lease, progress).await.unwrap();
    }
    assert_eq!(
        why_refused(&world, third).await,
        "proposal 1, for issue 1, is open and fixes the same place"
    );
    assert_eq!(world.store.proposals(9).await.unwrap().len(), 1);
    let first = world.store.issue(first).await.unwrap().unwrap();
    assert_eq!(first.issue.state, IssueState::Proposed);
}

async fn why_refused(world: &World, issue: IssueId) -> String {
    let page = world.store.issue(issue).await.unwrap().unwrap();
    assert_eq!(page.issue.state, IssueState::Refused);
    let refusal = page.repairs[0].refusal.clone().unwrap();
    assert_eq!(refusal.code, "duplicate");
    refusal.explanation
}

#[tokio::test]
async fn a_fault_waits_for_its_time_and_the_last_one_ends_the_repair() {
    let world = World::new().await;
    let issue = world.store.record(occurrence("e1", "k")).await.unwrap().issue;
    let job = claimed(&world).await;
    let later = world.clock.now() + Duration::from_secs(60);
    world.store.failed(job.lease, "no route to the forge".into(), Some(later)).await.unwrap();
    assert!(world.store.claim(LEASE).await.unwrap().is_none());
    world.clock.pass(60_000);
    let job = claimed(&world).await;
    assert_eq!(job.attempts, 2);
    world.store.failed(job.lease, "still none".into(), None).await.unwrap();
    let page = world.store.issue(issue).await.unwrap().unwrap();
    assert_eq!(page.issue.state, IssueState::Failed);
    let outcomes: Vec<_> = page.repairs[0].stages.iter().map(|run| run.outcome.as_str()).collect();
    assert_eq!(outcomes, ["no route to the forge", "still none"]);
}

#[tokio::test]
async fn a_lease_given_back_does_not_count_as_an_attempt_and_expired_ones_are_free_at_once() {
    let world = World::new().await;
    world.store.record(occurrence("e1", "k")).await.unwrap();
    let job = claimed(&world).await;
    world.store.released(job.lease).await.unwrap();
    assert_eq!(claimed(&world).await.attempts, 1);
    assert_eq!(world.store.expire_leases().await.unwrap(), 1);
    assert_eq!(claimed(&world).await.attempts, 2);
}

#[tokio::test]
async fn a_stored_noun_that_cannot_be_read_ends_its_repair_and_lets_the_next_one_through() {
    let world = World::new().await;
    let broken = world.store.record(occurrence("e1", "k1")).await.unwrap().issue;
    let sound = world.store.record(occurrence("e2", "k2")).await.unwrap().issue;
    let file = world.directory.path().join("bugstack.sqlite3");
    let db = rusqlite::Connection::open(file).unwrap();
    db.execute("UPDATE repairs SET progress = '{' WHERE issue = ?1", [broken.0]).unwrap();
    assert_eq!(claimed(&world).await.issue.id, sound);
    let page = world.store.issue(broken).await.unwrap().unwrap();
    assert_eq!(page.issue.state, IssueState::Failed);
    assert!(page.repairs[0].error.as_ref().unwrap().contains("cannot read the stored progress"));
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let (clock, directory) = (HandClock::new(), tempfile::tempdir().unwrap());
    let open = || SqliteStore::open(directory.path(), clock.clock()).unwrap();
    let store = open();
    store.seed_project(project("chat"), None).await.unwrap();
    let issue = store.record(occurrence("e1", "k")).await.unwrap().issue;
    drop(store);
    let page = open().issue(issue).await.unwrap().unwrap();
    assert_eq!(page.event.unwrap(), event("e1"));
}

#[tokio::test]
async fn a_burst_is_kept_whole_and_one_bad_write_spoils_none_of_its_neighbours() {
    let world = World::new().await;
    let writes = (0..600).map(|n| {
        let mut new = occurrence(&format!("e{n}"), &format!("k{}", n % 7));
        if n % 100 == 99 {
            new.project = ProjectId("nobody".into());
        }
        world.store.record(new)
    });
    let answers = futures_util::future::join_all(writes).await;
    let kept = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(kept, 594);
    let rows = world.store.activity().await.unwrap();
    assert_eq!((rows.events, rows.issues, rows.repairs), (594, 7, 7));
}

#[tokio::test]
async fn keys_are_found_by_hash_replaced_and_never_shown() {
    let world = World::new().await;
    let store = &world.store;
    let by = |key: &str| store.project_by_key(ProjectKey::presented(key).hash());
    assert_eq!(by(KEY).await.unwrap(), Some(project("chat")));
    assert_eq!(by("bs_other").await.unwrap(), None);
    let fresh = ProjectKey::generate().unwrap();
    store.rotate_key(ProjectId("chat".into()), fresh.hash()).await.unwrap();
    assert_eq!(by(KEY).await.unwrap(), None);
    assert_eq!(by(fresh.reveal()).await.unwrap(), Some(project("chat")));
    assert_eq!(format!("{fresh:?}"), "ProjectKey(…)");
    let taken = store.add_project(project("chat"), fresh.hash()).await;
    assert_eq!(taken.unwrap_err().to_string(), "project `chat` exists already");
    let missing = store.rotate_key(ProjectId("shop".into()), fresh.hash()).await;
    assert_eq!(missing.unwrap_err().to_string(), "there is no project `shop`");
    store.seed_project(project("chat"), None).await.unwrap();
    assert!(by(fresh.reveal()).await.unwrap().is_some(), "a seed without a key keeps the old one");
}

fn pulse() -> Pulse {
    let counts = Counts { sends: 3, ..Counts::default() };
    Pulse { instance: uuid::Uuid::nil(), release: None, commit: None, environment: None, counts }
}

#[tokio::test]
async fn pulses_of_one_process_add_up() {
    let world = World::new().await;
    for _ in 0..2 {
        world.store.pulse(ProjectId("chat".into()), pulse()).await.unwrap();
    }
    assert_eq!(world.store.activity().await.unwrap().pulses, 1);
    let db = rusqlite::Connection::open(world.directory.path().join("bugstack.sqlite3")).unwrap();
    let sql = "SELECT pulses, sends FROM pulses";
    let sum: (i64, i64) = db.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    assert_eq!(sum, (2, 6));
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let (clock, directory) = (HandClock::new(), tempfile::tempdir().unwrap());
    drop(SqliteStore::open(directory.path(), clock.clock()).unwrap());
    let db = rusqlite::Connection::open(directory.path().join("bugstack.sqlite3")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    let newer = SqliteStore::open(directory.path(), clock.clock());
    assert!(matches!(newer, Err(StoreError::Newer { found: 99, .. })));
}

#[tokio::test]
async fn a_store_that_cannot_keep_up_says_so_and_keeps_what_it_acknowledged() {
    let world = World::new().await;
    let db = rusqlite::Connection::open(world.directory.path().join("bugstack.sqlite3")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let burst = (0..2_000).map(|n| world.store.record(occurrence(&format!("e{n}"), "k")));
    let burst = futures_util::future::join_all(burst);
    let release = async {
        let probe = world.store.pulse(ProjectId("chat".into()), pulse()).await;
        db.execute_batch("ROLLBACK").unwrap();
        probe
    };
    let (answers, probe) = tokio::join!(burst, release);
    assert!(matches!(probe, Err(StoreError::Busy)), "{probe:?}");
    let busy = answers.iter().filter(|answer| matches!(answer, Err(StoreError::Busy))).count();
    let kept = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(busy > 0 && kept > 0, "{busy} were turned away, {kept} kept");
    assert_eq!(usize::try_from(world.store.activity().await.unwrap().events).unwrap(), kept);
}

#[tokio::test]
async fn what_is_older_than_the_retention_is_forgotten_except_what_a_repair_needs() {
    let world = World::new().await;
    let record = |id: String| world.store.record(occurrence(&id, "k"));
    futures_util::future::join_all((0..1_500).map(|n| record(format!("old{n}")))).await;
    world.clock.pass(86_400_000 * 90);
    record("young".into()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let forgotten = async {
        while world.store.activity().await.unwrap().events > 2 {
            tokio::task::yield_now().await;
        }
        drop(stop);
    };
    let (store, clock) = (Arc::clone(&world.store), world.clock.clock());
    let enforced = retention::enforce(store, clock, 30, async { drop(stopped.await) });
    let both = async { tokio::join!(enforced, forgotten) };
    tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
    let rows = world.store.activity().await.unwrap();
    assert_eq!((rows.events, rows.repairs), (2, 1));
    assert_eq!(world.store.issues(1).await.unwrap()[0].events, 1_501);
    assert_eq!(claimed(&world).await.event.id, "old0");
}

#[tokio::test]
async fn new_proposals_wait_when_there_are_enough_and_updates_do_not() {
    let world = World::new().await;
    world.store.record(occurrence("e1", "k1")).await.unwrap();
    propose(&world, "first").await;
    world.store.record(occurrence("e2", "k2")).await.unwrap();
    for progress in found_by_each_stage("second").into_iter().take(4) {
        let job = claimed(&world).await;
        world.store.advanced(job.lease, progress).await.unwrap();
    }
    let job = claimed(&world).await;
    let caps = Caps { per_hour: 2, open_per_repository: 2 };
    let hold = |caps| world.store.room(job.lease, caps);
    assert_eq!(hold(caps).await.unwrap(), None);
    let held = hold(Caps { per_hour: 1, ..caps }).await.unwrap().unwrap();
    assert!(held.why.contains("proposals.per_hour"), "{held:?}");
    assert!(held.until > world.clock.now());
    let held = hold(Caps { open_per_repository: 1, ..caps }).await.unwrap().unwrap();
    assert!(held.why.contains("proposals.open_per_repository"), "{held:?}");
    world.clock.pass(3_600_001);
    assert_eq!(hold(Caps { per_hour: 1, ..caps }).await.unwrap(), None);
    world.store.closed(ProposalId(1)).await.unwrap();
    assert_eq!(hold(Caps { open_per_repository: 1, ..caps }).await.unwrap(), None);
}

#[tokio::test]
async fn a_look_is_leased_to_one_and_news_meanwhile_are_not_lost() {
    let world = World::new().await;
    let issue = world.store.record(occurrence("e1", "k")).await.unwrap().issue;
    propose(&world, "f").await;
    let first = world.store.claim_watch(LEASE).await.unwrap().unwrap();
    assert!(world.store.claim_watch(LEASE).await.unwrap().is_none());
    world.clock.pass(30_001);
    let second = world.store.claim_watch(LEASE).await.unwrap().unwrap();
    let later = world.clock.now() + Duration::from_secs(600);
    let stale = world.store.unfollowed(first.lease, "late".into(), later).await;
    assert!(matches!(stale, Err(StoreError::StaleWatch(_))), "{stale:?}");
    world.store.heed(issue).await.unwrap();
    world.store.ignore(issue).await.unwrap();
    world.store.unfollowed(second.lease, "fault".into(), later).await.unwrap();
    assert!(world.store.claim_watch(LEASE).await.unwrap().is_none(), "a fault has its pause");
    world.clock.pass(600_000);
    let third = world.store.claim_watch(LEASE).await.unwrap().unwrap();
    assert_eq!((third.faults, third.watched.issue.state), (1, IssueState::Ignored));
}
