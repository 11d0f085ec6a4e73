//! The agent of a simulation: its store on the disk, and everything else gone with each kill.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bugstack_agent::config::GithubConfig;
use bugstack_agent::forge::{Forges, Github, Timer};
use bugstack_agent::intake::{self, Format, IssueKey};
use bugstack_agent::model::{Project, ProjectId};
use bugstack_agent::repair::Workshop;
use bugstack_agent::store::sqlite::SqliteStore;
use bugstack_agent::store::{Clock, Delivery, Occurrence, ProjectKey, Store};
use bugstack_agent::toolchain::RunLimits;
use bugstack_agent::worker::{Follow, RepairStages, Stages, Watcher, Worker};
use bugstack_sandbox::Sandbox;
use tokio::runtime::Runtime;

use super::verdict::Believing;
use crate::github::{self, GitHub};

const PROJECT: &str = "chat";
/// Longer than any story waits.
const LEASE: Duration = Duration::from_secs(30);
/// Steps of one lane before it is called endless.
const STEPS: usize = 200;

/// A process of the agent.
pub(super) struct Agent {
    pub(super) store: Arc<dyn Store>,
    stages: Arc<Believing>,
    worker: Worker,
    watcher: Watcher,
    runtime: Runtime,
}

impl Agent {
    /// Starts on whatever is in the folder.
    pub(super) fn start(folder: &Path, github: &GitHub, token: &str, url: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let clock = clock(github.clock());
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder, Arc::clone(&clock))?);
        let project = Project {
            id: ProjectId(PROJECT.to_owned()),
            repository: url.to_owned(),
            base_branch: "main".to_owned(),
        };
        let key = ProjectKey::presented("bs_simulated_key").hash();
        runtime.block_on(store.seed_project(project, Some(key)))?;
        runtime.block_on(store.expire_leases())?;
        let stages = Arc::new(stages(folder, github, token)?);
        let (repairs, looks): (Arc<dyn Stages>, Arc<dyn Follow>) = (stages.clone(), stages.clone());
        let worker = Worker::new(Arc::clone(&store), repairs, Arc::default(), Arc::clone(&clock));
        let watcher = Watcher::new(Arc::clone(&store), looks, clock);
        Ok(Self { store, stages, worker, watcher, runtime })
    }

    /// Takes an event in.
    pub(super) fn event(&self, event: &str) -> Result<()> {
        let event = intake::normalise(intake::decode(Format::Wire, event.as_bytes())?)?;
        let IssueKey { key, title } = intake::group(&event);
        let project = ProjectId(PROJECT.to_owned());
        let occurrence = Occurrence { project, event, key, title };
        self.runtime.block_on(self.store.record(occurrence))?;
        Ok(())
    }

    /// Takes a pulse in.
    pub(super) fn pulse(&self, pulse: &str) -> Result<()> {
        let pulse = intake::read_pulse(pulse.as_bytes())?;
        self.runtime.block_on(self.store.pulse(ProjectId(PROJECT.to_owned()), pulse))?;
        Ok(())
    }

    /// Hears of something at the forge.
    pub(super) fn deliver(&self, delivery: &github::Delivery, repository: &str) -> Result<()> {
        let heard = Delivery {
            id: delivery.guid.clone(),
            repository: repository.to_owned(),
            numbers: Vec::new(),
        };
        self.runtime.block_on(self.store.delivered(heard))?;
        Ok(())
    }

    /// Takes so many steps, a repair's and a look in turn. Returns whether there was anything to do.
    pub(super) fn work(&self, steps: usize) -> bool {
        let mut worked = false;
        for _ in 0..steps.min(STEPS) {
            let repaired = self.runtime.block_on(self.worker.once());
            let looked = self.runtime.block_on(self.watcher.once());
            if !repaired && !looked {
                break;
            }
            worked = true;
        }
        worked
    }

    /// Takes one step and dies before it is stored.
    pub(super) fn die_in_a_step(self, repair: bool, github: &GitHub) -> Result<()> {
        if repair {
            if let Some(job) = self.runtime.block_on(self.store.claim(LEASE))? {
                // What it found dies with it.
                let _ = self.stages.advance(&job);
            }
        } else if let Some(watch) = self.runtime.block_on(self.store.claim_watch(LEASE))? {
            let _ = self.stages.follow(&watch.watched, github.clock().now());
        }
        Ok(())
    }

    /// What it asks its store.
    pub(super) fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, bugstack_agent::store::StoreError>>,
    ) -> Result<T> {
        Ok(self.runtime.block_on(question)?)
    }
}

fn stages(folder: &Path, github: &GitHub, token: &str) -> Result<Believing> {
    let workshop = Workshop::new(&folder.join("cache"), Sandbox::new(), RunLimits::default())?;
    let config: GithubConfig = serde_json::from_value(serde_json::json!({
        "url": github.url(), "token": token,
    }))?;
    let (now, wait) = (github.clock().clone(), github.clock().clone());
    let timer = Timer::new(move || now.now(), move |pause| wait.advance(pause));
    let forge = Github::new(&config, timer).context("the client")?;
    let mirrors = folder.join("mirrors");
    let stages = RepairStages::new(workshop, Arc::new(Forges::with_github(forge)), &mirrors);
    Ok(Believing { stages, mirror: mirrors.join(format!("{PROJECT}.git")) })
}

fn clock(clock: &github::Clock) -> Clock {
    let clock = clock.clone();
    Arc::new(move || clock.now())
}
