//! Kill the process anywhere in a repair and start it again: each noun is there exactly once.
//!
//! A child process, this test binary itself, works on the repair and is killed at a point that its
//! parent names: before a stage, or after a stage's side effect and before its noun is stored.
//! A side effect is a file; writing it twice the same is harmless, as with a real stage.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bugstack_agent::model::{Halt, IssueId, IssueState, Progress, Project, Proposal};

use bugstack_agent::store::sqlite::SqliteStore;
use bugstack_agent::store::{Job, Store};
use bugstack_agent::worker::{Stages, Worker};
use tokio::sync::Notify;

use crate::samples::{HandClock, next_progress, occurrence, project};

const DIRECTORY: &str = "KILL_TEST_DIRECTORY";
const POINT: &str = "KILL_TEST_POINT";
const SENDERS: u64 = 16;
const STAGES: [&str; 5] = ["locate", "diagnose", "patch", "verify", "propose"];

/// Stages that leave a file each and die where they are told to.
struct Mortal {
    effects: PathBuf,
    point: String,
}

impl Mortal {
    fn dies(&self, point: &str, stage: &str) {
        if self.point == format!("{point} {stage}") {
            nix::sys::signal::kill(nix::unistd::getpid(), nix::sys::signal::SIGKILL).unwrap();
        }
    }
}

impl Stages for Mortal {
    fn advance(&self, job: &Job) -> Result<Progress, Halt> {
        let stage = job.progress.next_stage().unwrap();
        self.dies("before", stage);
        let found = next_progress(&job.progress, "the-fix-key", job.issue.id);
        std::fs::write(self.effects.join(stage), serde_json::to_vec(&found).unwrap()).unwrap();
        self.dies("after", stage);
        Ok(found)
    }

    fn merge(&self, _: &Project, _: &Proposal) -> anyhow::Result<String> {
        anyhow::bail!("not asked for here")
    }

    fn close(&self, _: &Project, _: &Proposal, _: &str) -> anyhow::Result<()> {
        anyhow::bail!("not asked for here")
    }
}

/// Sends events from many tasks for ever and says the number of each that was acknowledged.
#[test]
#[ignore = "a child of the tests below"]
fn sender() {
    let directory = PathBuf::from(std::env::var_os(DIRECTORY).unwrap());
    let first: u64 = std::env::var(POINT).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = open(&directory);
        store.seed_project(project("chat"), None).await.unwrap();
        let tasks = (0..SENDERS).map(|task| send_for_ever(&store, first + task));
        futures_util::future::join_all(tasks).await;
    });
}

async fn send_for_ever(store: &SqliteStore, first: u64) {
    for n in (first..).step_by(usize::try_from(SENDERS).unwrap()) {
        let event = occurrence(&n.to_string(), &format!("k{}", n % 5));
        assert!(!store.record(event).await.unwrap().duplicate, "{n}");
        // One write, so that the line is whole or absent.
        std::io::stdout().write_all(format!("acknowledged {n}\n").as_bytes()).unwrap();
    }
}

/// Works on whatever is in the directory until the only issue has a proposal, or dies.
#[test]
#[ignore = "a child of the tests below"]
fn child() {
    let directory = PathBuf::from(std::env::var_os(DIRECTORY).unwrap());
    let point = std::env::var(POINT).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store: Arc<dyn Store> = Arc::new(open(&directory));
        store.seed_project(project("chat"), None).await.unwrap();
        let issue = store.record(occurrence("e1", "k")).await.unwrap().issue;
        let stages = Arc::new(Mortal { effects: directory, point });
        let wake = Arc::new(Notify::new());
        let worker = Worker::new(Arc::clone(&store), stages, wake, HandClock::new().clock());
        let work = worker.run(1, proposed(&store, issue));
        tokio::time::timeout(Duration::from_secs(60), work).await.unwrap();
    });
}

async fn proposed(store: &Arc<dyn Store>, issue: IssueId) {
    while store.issue(issue).await.unwrap().unwrap().issue.state != IssueState::Proposed {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn open(directory: &Path) -> SqliteStore {
    SqliteStore::open(directory, HandClock::new().clock()).unwrap()
}

/// Runs a child until it is killed at the point.
fn killed(directory: &Path, point: &str) {
    let end = work(directory, point);
    assert_eq!(end.signal(), Some(nix::sys::signal::SIGKILL as i32), "{point}: {end}");
}

/// Runs a child until it comes to a proposal.
fn finished(directory: &Path, point: &str) {
    let end = work(directory, "nowhere");
    assert!(end.success(), "{point}: {end}");
}

fn work(directory: &Path, point: &str) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["kill::child", "--exact", "--ignored", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env(POINT, point)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
}

/// Everything that must be there once, and only once.
async fn exactly_one_of_each(directory: &Path, point: &str) {
    let store = open(directory);
    let rows = store.activity().await.unwrap();
    assert_eq!(
        (rows.events, rows.issues, rows.repairs, rows.open_repairs, rows.proposals),
        (1, 1, 1, 0, 1),
        "{point}"
    );
    let page = store.issue(IssueId(1)).await.unwrap().unwrap();
    let found: Vec<_> = page.repairs[0].stages.iter().map(|run| run.stage.as_str()).collect();
    assert_eq!(found, STAGES, "{point}");
    for stage in STAGES {
        assert!(directory.join(stage).is_file(), "{point}: {stage} left nothing");
    }
}

#[tokio::test]
async fn a_kill_anywhere_ends_in_one_of_each() {
    for stage in STAGES {
        for moment in ["before", "after"] {
            let (point, directory) = (format!("{moment} {stage}"), tempfile::tempdir().unwrap());
            killed(directory.path(), &point);
            finished(directory.path(), &point);
            exactly_one_of_each(directory.path(), &point).await;
        }
    }
}

#[tokio::test]
async fn a_kill_at_every_point_of_one_repair_ends_in_one_of_each() {
    let directory = tempfile::tempdir().unwrap();
    for stage in STAGES {
        for moment in ["before", "after"] {
            killed(directory.path(), &format!("{moment} {stage}"));
        }
    }
    finished(directory.path(), "everywhere");
    exactly_one_of_each(directory.path(), "everywhere").await;
}

#[tokio::test]
async fn an_acknowledged_event_survives_a_kill_and_is_there_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut sender = Command::new(std::env::current_exe().unwrap())
            .args(["kill::sender", "--exact", "--ignored", "--nocapture"])
            .env(DIRECTORY, directory.path())
            .env(POINT, (round * 1_000_000).to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(sender.stdout.take().unwrap()).lines();
        let number = |line: std::io::Result<String>| {
            line.unwrap().strip_prefix("acknowledged ").map(|n| n.parse::<u64>().unwrap())
        };
        acknowledged.extend(lines.by_ref().filter_map(number).take(400));
        sender.kill().unwrap();
        sender.wait().unwrap();
        acknowledged.extend(lines.filter_map(number));
    }
    assert!(acknowledged.len() >= 1_200);
    let store = open(directory.path());
    let kept = store.activity().await.unwrap();
    assert_eq!((kept.issues, kept.repairs), (5, 5));
    for n in &acknowledged {
        let event = occurrence(&n.to_string(), "other");
        assert!(store.record(event).await.unwrap().duplicate, "{n} was lost");
    }
    let counted: u64 = store.issues(9).await.unwrap().iter().map(|issue| issue.events).sum();
    assert_eq!(counted, kept.events, "every event was counted once");
}
