//! What the worker promises: every repair comes to its end, whatever a stage does.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bugstack_agent::model::{Halt, IssueId, IssueState, Progress, Project, Proposal, Refusal};

use bugstack_agent::store::sqlite::SqliteStore;
use bugstack_agent::store::{Clock, Job, RepairState, Store};
use bugstack_agent::worker::{MAX_ATTEMPTS, Stages, Worker};
use jiff::Timestamp;
use tokio::sync::{Notify, oneshot};

use crate::samples::{World, next_progress, occurrence, project};

/// Stages that do what a closure says.
struct Told<F>(F);

impl<F> Stages for Told<F>
where
    F: Fn(&Job) -> Result<Progress, Halt> + Send + Sync,
{
    fn advance(&self, job: &Job) -> Result<Progress, Halt> {
        (self.0)(job)
    }

    fn merge(&self, _: &Project, _: &Proposal) -> anyhow::Result<String> {
        anyhow::bail!("not asked for here")
    }

    fn close(&self, _: &Project, _: &Proposal, _: &str) -> anyhow::Result<()> {
        anyhow::bail!("not asked for here")
    }
}

/// A worker at work on a world.
struct Running {
    stop: oneshot::Sender<()>,
    done: tokio::task::JoinHandle<()>,
}

fn start(world: &World, stages: impl Stages + 'static) -> Running {
    let wake = Arc::new(Notify::new());
    let worker = Worker::new(Arc::clone(&world.store), Arc::new(stages), wake, world.clock.clock());
    // The hand clock runs far ahead of the real work; no lease may run out by that.
    let worker = worker.leasing(Duration::from_secs(365 * 86_400));
    let (stop, stopped) = oneshot::channel();
    let done = tokio::spawn(async move {
        worker.run(2, async { drop(stopped.await) }).await;
    });
    Running { stop, done }
}

impl Running {
    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(20), self.done).await.unwrap().unwrap();
    }
}

/// Waits until the issue is in a state, letting the clock of the store run.
async fn until(world: &World, issue: IssueId, state: IssueState) {
    let reached = async {
        while world.store.issue(issue).await.unwrap().unwrap().issue.state != state {
            world.clock.pass(500);
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reached).await.unwrap();
}

#[tokio::test]
async fn a_repair_comes_to_a_proposal() {
    let world = World::new().await;
    let issue = world.store.record(occurrence("e1", "k")).await.unwrap().issue;
    let worker =
        start(&world, Told(|job: &Job| Ok(next_progress(&job.progress, "f", job.issue.id))));
    until(&world, issue, IssueState::Proposed).await;
    worker.stop().await;
    assert_eq!(world.store.proposals(9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_refusal_ends_the_repair_with_its_reason() {
    let world = World::new().await;
    let issue = world.store.record(occurrence("e1", "k")).await.unwrap().issue;
    let refuse = |_: &Job| Err(Halt::Refused(Refusal::new("already-guarded", "line 31 asks")));
    let worker = start(&world, Told(refuse));
    until(&world, issue, IssueState::Refused).await;
    worker.stop().await;
    let page = world.store.issue(issue).await.unwrap().unwrap();
    assert_eq!(page.repairs[0].refusal.as_ref().unwrap().explanation, "line 31 asks");
}

#[tokio::test]
async fn a_fault_is_tried_again_a_limited_number_of_times() {
    let world = World::new().await;
    let issue = world.store.record(occurrence("e1", "k")).await.unwrap().issue;
    let fault = |_: &Job| Err(Halt::Fault(anyhow::anyhow!("no route").context("fetching")));
    let worker = start(&world, Told(fault));
    until(&world, issue, IssueState::Failed).await;
    worker.stop().await;
    let page = world.store.issue(issue).await.unwrap().unwrap();
    assert_eq!(page.repairs[0].stages.len(), MAX_ATTEMPTS as usize);
    assert_eq!(page.repairs[0].error.as_deref(), Some("fetching: no route"));
}

#[tokio::test]
async fn a_fault_that_passes_costs_nothing() {
    let world = World::new().await;
    let issue = world.store.record(occurrence("e1", "k")).await.unwrap().issue;
    let calls = AtomicU32::new(0);
    let worker = start(
        &world,
        Told(move |job: &Job| match calls.fetch_add(1, Ordering::SeqCst) {
            1 | 3 => Err(Halt::Fault(anyhow::anyhow!("passing"))),
            _ => Ok(next_progress(&job.progress, "f", job.issue.id)),
        }),
    );
    until(&world, issue, IssueState::Proposed).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_panicking_stage_is_a_failed_repair_and_the_worker_goes_on() {
    let world = World::new().await;
    let bad = world.store.record(occurrence("e1", "k1")).await.unwrap().issue;
    let good = world.store.record(occurrence("e2", "k2")).await.unwrap().issue;
    let worker = start(
        &world,
        Told(move |job: &Job| {
            assert_ne!(job.issue.id, bad, "as planned");
            Ok(next_progress(&job.progress, "f", job.issue.id))
        }),
    );
    until(&world, bad, IssueState::Failed).await;
    until(&world, good, IssueState::Proposed).await;
    worker.stop().await;
    let page = world.store.issue(bad).await.unwrap().unwrap();
    assert!(page.repairs[0].error.as_ref().unwrap().contains("as planned"));
}

#[tokio::test]
async fn a_stage_that_finds_nothing_does_not_run_for_ever() {
    let world = World::new().await;
    let issue = world.store.record(occurrence("e1", "k")).await.unwrap().issue;
    let worker = start(&world, Told(|job: &Job| Ok(job.progress.clone())));
    until(&world, issue, IssueState::Failed).await;
    worker.stop().await;
    let page = world.store.issue(issue).await.unwrap().unwrap();
    assert_eq!(page.repairs[0].stages.len(), 1);
}

#[tokio::test]
async fn a_shutdown_gives_the_lease_of_a_stage_that_will_not_end_back() {
    let world = World::new().await;
    let issue = world.store.record(occurrence("e1", "k")).await.unwrap().issue;
    let (release, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let worker = start(
        &world,
        Told(move |_: &Job| {
            // Ends when the test lets go of its end.
            let _ = wait.lock().unwrap().recv();
            Err(Halt::Fault(anyhow::anyhow!("too late to matter")))
        }),
    );
    until(&world, issue, IssueState::Repairing).await;
    worker.stop().await;
    drop(release);
    let page = world.store.issue(issue).await.unwrap().unwrap();
    assert_eq!((page.repairs[0].state, page.repairs[0].attempts), (RepairState::Queued, 0));
}

#[tokio::test]
async fn a_lease_is_renewed_while_its_stage_runs() {
    let lease = Duration::from_secs(1);
    let directory = tempfile::tempdir().unwrap();
    let clock: Clock = Arc::new(Timestamp::now);
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(directory.path(), Arc::clone(&clock)).unwrap());
    store.seed_project(project("chat"), None).await.unwrap();
    store.record(occurrence("e1", "k")).await.unwrap();

    let (release, wait) = mpsc::channel::<()>();
    let (wait, runs) = (std::sync::Mutex::new(wait), Arc::new(AtomicU32::new(0)));
    let begun = Arc::clone(&runs);
    let stages = Told(move |_: &Job| {
        begun.fetch_add(1, Ordering::SeqCst);
        let _ = wait.lock().unwrap().recv();
        Err(Halt::Refused(Refusal::new("enough", "the test is over")))
    });
    let worker = Worker::new(Arc::clone(&store), Arc::new(stages), Arc::default(), clock);
    let worker = worker.leasing(lease);
    let end = async {
        // The condition to wait for is time itself: the first lease must be long over.
        tokio::time::sleep(lease * 5 / 2).await;
        drop(release);
        while store.activity().await.unwrap().open_repairs > 0 {
            tokio::task::yield_now().await;
        }
    };
    let run = worker.run(2, end);
    tokio::time::timeout(Duration::from_secs(30), run).await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 1, "the other lane took it over");
}
