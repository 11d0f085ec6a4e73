//! What an operator sets: `bugstack.toml`, then `BUGSTACK_*`, then flags; later ones win.
//!
//! Everything is checked at start, and every error names its key.

mod check;
mod github;
mod proposals;
mod source;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use axum::http::Uri;
use serde::Deserialize;
use toml::Value;

use crate::model::{Project, ProjectId};
use crate::toolchain::RunLimits;

pub use check::is_project_name;
pub use github::GithubConfig;
pub use proposals::Proposals;

/// The port that nobody else is known to use by default.
const PORT: u16 = 7717;
/// Everything an operator sets.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the service listens; a loopback address.
    pub listen: SocketAddr,
    /// Where the store, mirrors and caches are.
    pub data_dir: PathBuf,
    /// Where clients reach the service; default: `http://` and `listen`.
    pub base_url: Option<String>,
    /// Bounds of the service.
    pub limits: Limits,
    /// Bounds of what runs a project's tests.
    pub sandbox: Sandbox,
    /// Which GitHub, and what it knows us by; none: proposals stay on this machine.
    pub github: Option<GithubConfig>,
    /// What proposals may be: how many, how much they say, who merges them.
    pub proposals: Proposals,
    /// Projects to add or update at start, by name.
    pub projects: BTreeMap<String, Seed>,
}

/// Bounds of the service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest event, in bytes.
    pub body_bytes: usize,
    /// Events read at the same time.
    pub in_flight: usize,
    /// Repairs worked on at the same time.
    pub workers: usize,
    /// How long events and pulses are kept, in days; issues and proposals stay.
    pub retention_days: u32,
}

/// Bounds of what runs a project's tests.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sandbox {
    /// Run tests although this kernel has no Landlock: the mounts are then the only wall around
    /// files. No other wall can be done without.
    pub accept_no_landlock: bool,
    /// Memory for one run, in MiB.
    pub memory_mib: u64,
    /// Files that one run may write, in MiB.
    pub disk_mib: u64,
    /// Processes and threads of one run.
    pub processes: u32,
    /// The longest installation of dependencies, in seconds.
    pub install_seconds: u64,
    /// The longest test run, in seconds.
    pub test_seconds: u64,
}

/// A project to add or update at start.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// A path or URL that git can fetch.
    pub repository: String,
    /// The branch that proposals aim at.
    #[serde(default = "main_branch")]
    pub base_branch: String,
    /// Its key; without one, `bugstack project rotate-key` makes it.
    pub key: Option<String>,
}

/// What was said on the command line.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<String>,
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--base-url`
    pub base_url: Option<String>,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {cause}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{path} is not valid TOML: line {line}: {cause}")]
    Toml {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1. It is not shown, because it may hold a secret.
        line: usize,
        /// In the parser's words.
        cause: String,
    },
    /// A key is unknown or has a value of the wrong kind.
    #[error("configuration: {0}")]
    Shape(String),
    /// A value cannot be used.
    #[error("configuration: `{key}`: {why}")]
    Value {
        /// Which key.
        key: String,
        /// Cause and remedy.
        why: String,
    },
}

impl Config {
    /// Reads the file (by default `bugstack.toml` in the working directory, which may be missing),
    /// the environment and the flags.
    ///
    /// # Errors
    /// When something in it cannot be used; the error names its key.
    pub fn load(
        flags: &Flags,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let table = source::table(flags, environment)?;
        let config: Self = Value::Table(table).try_into().map_err(|error: toml::de::Error| {
            ConfigError::Shape(error.to_string().trim().into())
        })?;
        config.check()?;
        Ok(config)
    }

    /// Where clients reach the service.
    pub fn base_url(&self) -> String {
        self.base_url.clone().unwrap_or_else(|| format!("http://{}", self.listen))
    }

    /// The host of [`Config::base_url`], to which the service then answers.
    pub fn host(&self) -> Option<String> {
        let url: Uri = self.base_url.as_ref()?.parse().ok()?;
        url.host().map(str::to_owned)
    }

    /// The projects to add or update, each with its key.
    pub fn seeds(&self) -> impl Iterator<Item = (Project, Option<&str>)> {
        self.projects.iter().map(|(id, seed)| {
            let project = Project {
                id: ProjectId(id.clone()),
                repository: seed.repository.clone(),
                base_branch: seed.base_branch.clone(),
            };
            (project, seed.key.as_deref())
        })
    }
}

fn main_branch() -> String {
    "main".to_owned()
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT),
            data_dir: PathBuf::from("bugstack-data"),
            base_url: None,
            limits: Limits::default(),
            sandbox: Sandbox::default(),
            github: None,
            proposals: Proposals::default(),
            projects: BTreeMap::new(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 1 << 20, in_flight: 256, workers: 1, retention_days: 90 }
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        let limits = RunLimits::default();
        Self {
            accept_no_landlock: false,
            memory_mib: limits.memory >> 20,
            disk_mib: limits.disk >> 20,
            processes: limits.processes,
            install_seconds: limits.install.as_secs(),
            test_seconds: limits.tests.as_secs(),
        }
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seed")
            .field("repository", &self.repository)
            .field("base_branch", &self.base_branch)
            .field("key", &self.key.as_ref().map(|_| "…"))
            .finish()
    }
}
