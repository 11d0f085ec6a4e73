//! `bugstack serve`: HTTP, pages and workers in one process.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bugstack_sandbox::Sandbox;
use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use super::exit::{Exit, fail};
use super::progress::{print, say};
use crate::config::{Config, Flags};
use crate::forge::Forges;
use crate::http::{self, Service, Settings};
use crate::repair::Workshop;
use crate::store::sqlite::SqliteStore;
use crate::store::{Clock, ProjectKey, Store, retention};
use crate::toolchain::RunLimits;
use crate::worker::{RepairStages, Watcher, Worker};

/// HTTP, pages and workers in one process.
///
/// Its own panics and failures go to the agent that BUGSTACK_ENDPOINT and BUGSTACK_API_KEY name,
/// which may be itself.
#[derive(Args)]
pub(super) struct Serve {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Where the configuration comes from: the file, then `BUGSTACK_*`, then these.
#[derive(Args, Default)]
pub(super) struct ConfigArgs {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen; only a loopback address is accepted
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where everything is kept
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Where clients and people reach the service
    #[arg(long, global = true, value_name = "URL")]
    base_url: Option<String>,
}

impl ConfigArgs {
    /// Reads and checks the whole configuration.
    pub(super) fn load(self) -> Result<Config> {
        let flags = Flags {
            config: self.config,
            listen: self.listen,
            data_dir: self.data_dir,
            base_url: self.base_url,
        };
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Ok(Config::load(&flags, environment)?)
    }
}

impl Serve {
    pub(super) fn run(self) -> Exit {
        let config = match self.config.load() {
            Ok(config) => config,
            Err(error) => return fail(Exit::Usage, &error),
        };
        let _reports = bugstack::init(bugstack::Options::default());
        match runtime().and_then(|runtime| runtime.block_on(serve(config))) {
            Ok(()) => Exit::Done,
            Err(error) => {
                bugstack::capture_error(&*error);
                fail(Exit::Fault, &error)
            }
        }
    }
}

/// The runtime of a command.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")
}

async fn serve(config: Config) -> Result<()> {
    let clock: Clock = Arc::new(jiff::Timestamp::now);
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&config.data_dir, clock.clone()).context("opening the store")?);
    let _owned = own(&config.data_dir)?;
    seed(store.as_ref(), &config).await?;
    let stages = stages(&config)?;
    let wake = Arc::new(Notify::new());
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listening on {}", config.listen))?;
    let base_url = match config.listen.port() {
        0 => format!("http://{}", listener.local_addr()?),
        _ => config.base_url(),
    };
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn({
        let worker = Worker::new(store.clone(), stages.clone(), wake.clone(), clock.clone())
            .capped(config.proposals.caps());
        let (lanes, stopped) = (config.limits.workers, stopped.clone());
        async move { worker.run(lanes, told_to(stopped)).await }
    });
    let watching = tokio::spawn({
        let watcher = Watcher::new(store.clone(), stages.clone(), clock.clone());
        let stopped = stopped.clone();
        async move { watcher.run(told_to(stopped)).await }
    });
    let days = config.limits.retention_days;
    let forgetting =
        retention::enforce(store.clone(), clock.clone(), days, told_to(stopped.clone()));
    let forgetting = tokio::spawn(forgetting);
    let settings = settings(&config, &base_url);
    let service = Service::new(store, stages, wake, clock, settings)?;
    tokio::spawn(async move {
        terminated().await;
        // Nobody listens when everything has ended already.
        let _ = stop.send(true);
    });
    print(&format!("listening on {base_url}\n"));
    http::serve(listener, service, told_to(stopped)).await?;
    forgetting.await.context("retention ended badly")?;
    working.await.context("the worker ended badly")?;
    watching.await.context("the watcher ended badly")?;
    say("stopped");
    Ok(())
}

fn settings(config: &Config, base_url: &str) -> Settings {
    Settings {
        hosts: config.host().into_iter().collect(),
        base_url: base_url.to_owned(),
        body_bytes: config.limits.body_bytes,
        in_flight: config.limits.in_flight,
        webhook_secret: config.github.as_ref().and_then(|github| github.webhook_secret.clone()),
    }
}

/// One service owns a data folder: a second one would take its repairs over.
fn own(data_dir: &Path) -> Result<File> {
    let place = data_dir.join("serve.lock");
    let lock = File::create(&place).with_context(|| format!("making {}", place.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!(
            "another `bugstack serve` owns {}: stop it, or give this one a --data-dir of its own",
            data_dir.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("locking {}", place.display()))
        }
    }
}

fn stages(config: &Config) -> Result<Arc<RepairStages>> {
    let allowed = &config.sandbox;
    let sandbox = match allowed.accept_no_landlock {
        true => Sandbox::new().accept_no_landlock(),
        false => Sandbox::new(),
    };
    let limits = RunLimits {
        memory: allowed.memory_mib << 20,
        disk: allowed.disk_mib << 20,
        processes: allowed.processes,
        install: Duration::from_secs(allowed.install_seconds),
        tests: Duration::from_secs(allowed.test_seconds),
    };
    let workshop = Workshop::new(&config.data_dir.join("cache"), sandbox, limits)?
        .telling(config.proposals.details);
    let mirrors = config.data_dir.join("mirrors");
    let forges = Forges::new(config.github.as_ref())?;
    let stages = RepairStages::new(workshop, Arc::new(forges), &mirrors);
    Ok(Arc::new(stages.following(config.proposals.policy())))
}

async fn seed(store: &dyn Store, config: &Config) -> Result<()> {
    for (project, key) in config.seeds() {
        let key = key.map(|key| ProjectKey::presented(key).hash());
        let name = project.id.clone();
        store.seed_project(project, key).await.with_context(|| format!("[projects.{name}]"))?;
    }
    Ok(())
}

/// Completes when the service is told to stop.
async fn told_to(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone says the same.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// SIGTERM, or Ctrl-C.
async fn terminated() {
    let mut term = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(term) => term,
        Err(error) => {
            tracing::error!(%error, "SIGTERM cannot be handled");
            return std::future::pending().await;
        }
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
