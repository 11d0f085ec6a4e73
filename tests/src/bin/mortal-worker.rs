//! Repairs one event with the real store and the real stages, and dies by SIGKILL at the point it
//! is told: `before STAGE`, `after STAGE` with its side effects done and nothing stored, or
//! `stored STAGE` before anything else happens. Ends with 0 when there is a proposal.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bugstack_agent::forge::LocalForge;
use bugstack_agent::intake::{self, Format, IssueKey};
use bugstack_agent::model::{Halt, IssueId, IssueState, Progress, Project, Proposal};
use bugstack_agent::repair::Workshop;
use bugstack_agent::store::sqlite::SqliteStore;
use bugstack_agent::store::{Job, Occurrence, Store};
use bugstack_agent::toolchain::RunLimits;
use bugstack_agent::worker::{RepairStages, Stages, Worker};
use bugstack_sandbox::Sandbox;
use nix::sys::signal::{Signal, kill};
use nix::unistd::getpid;

/// A whole repair.
const DEADLINE: Duration = Duration::from_secs(300);
/// Between two looks at the issue.
const LOOK: Duration = Duration::from_millis(10);

/// The real stages, and when to die around them.
struct Mortal {
    stages: RepairStages,
    point: String,
    /// The stage after whose storing it dies has run.
    fated: Arc<AtomicBool>,
}

impl Mortal {
    fn dies(&self, moment: &str, stage: &str) {
        if self.point == format!("{moment} {stage}") {
            die();
        }
    }
}

impl Stages for Mortal {
    fn advance(&self, job: &Job) -> Result<Progress, Halt> {
        let stage = job.progress.next_stage().unwrap_or_default();
        self.dies("before", stage);
        let found = self.stages.advance(job)?;
        self.dies("after", stage);
        self.fated.store(self.point == format!("stored {stage}"), Ordering::SeqCst);
        Ok(found)
    }

    fn merge(&self, project: &Project, proposal: &Proposal) -> Result<String> {
        self.stages.merge(project, proposal)
    }

    fn close(&self, project: &Project, proposal: &Proposal, word: &str) -> Result<()> {
        self.stages.close(project, proposal, word)
    }
}

fn die() {
    // Nobody is left to hear of an error.
    let _ = kill(getpid(), Signal::SIGKILL);
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, event, helper, point] = arguments.as_slice() else {
        bail!("usage: mortal-worker DATA EVENT BUGSTACK POINT");
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let work = work(Path::new(data), Path::new(event), Path::new(helper), point);
    runtime.block_on(async { tokio::time::timeout(DEADLINE, work).await })?
}

async fn work(data: &Path, event: &Path, helper: &Path, point: &str) -> Result<()> {
    let clock: bugstack_agent::store::Clock = Arc::new(jiff::Timestamp::now);
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(data, Arc::clone(&clock))?);
    let issue = record(store.as_ref(), event).await?;
    let fated = Arc::new(AtomicBool::new(false));
    let stages = Arc::new(Mortal {
        stages: stages(data, helper)?,
        point: point.to_owned(),
        fated: Arc::clone(&fated),
    });
    let worker = Worker::new(Arc::clone(&store), stages, Arc::default(), clock);
    // The worker asks whether to stop between two stages: after storing one, before claiming the
    // next.
    let asked = std::future::poll_fn(|_| {
        if fated.load(Ordering::SeqCst) {
            die();
        }
        Poll::<()>::Pending
    });
    tokio::select! {
        () = worker.run(1, asked) => bail!("the worker stopped"),
        ended = proposed(store.as_ref(), issue, &fated) => ended,
    }
}

/// As the service records it. An event that is there already changes nothing.
async fn record(store: &dyn Store, event: &Path) -> Result<IssueId> {
    let project = store.projects().await?.into_iter().next().context("no project")?.project.id;
    let event = intake::decode(Format::BugstackNpm, &std::fs::read(event)?)?;
    let event = intake::normalise(event)?;
    let IssueKey { key, title } = intake::group(&event);
    Ok(store.record(Occurrence { project, event, key, title }).await?.issue)
}

fn stages(data: &Path, helper: &Path) -> Result<RepairStages> {
    let sandbox = Sandbox::with_helper(PathBuf::from(helper));
    let workshop = Workshop::new(&data.join("cache"), sandbox, RunLimits::default())?;
    Ok(RepairStages::new(workshop, Arc::new(LocalForge), &data.join("mirrors")))
}

async fn proposed(store: &dyn Store, issue: IssueId, fated: &AtomicBool) -> Result<()> {
    loop {
        let page = store.issue(issue).await?.context("no issue")?;
        match page.issue.state {
            // Death comes first.
            IssueState::Proposed if fated.load(Ordering::SeqCst) => {}
            IssueState::Proposed => return Ok(()),
            IssueState::Refused | IssueState::Failed => bail!("the repair ended: {page:#?}"),
            _ => {}
        }
        tokio::time::sleep(LOOK).await;
    }
}
