//! What an operator sets: `bugstack.toml`, then `BUGSTACK_*`, then flags; later ones win.
//!
//! Everything is checked at start, and every error names its key.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use axum::http::Uri;
use serde::Deserialize;
use toml::{Table, Value};

use crate::model::{Project, ProjectId};

/// The port that nobody else is known to use by default.
const PORT: u16 = 7717;
/// The longest project name, see [`ProjectId`].
const PROJECT_CHARS: usize = 64;
/// The shortest key that the file may give a project, in characters.
const KEY_CHARS: usize = 16;

/// Environment variables and the keys that they set. Those of the SDK, which an operator may have
/// set for the agent's own errors, are none of them.
const VARIABLES: [(&str, &str); 13] = [
    ("BUGSTACK_LISTEN", "listen"),
    ("BUGSTACK_DATA_DIR", "data_dir"),
    ("BUGSTACK_BASE_URL", "base_url"),
    ("BUGSTACK_LIMITS_BODY_BYTES", "limits.body_bytes"),
    ("BUGSTACK_LIMITS_IN_FLIGHT", "limits.in_flight"),
    ("BUGSTACK_LIMITS_WORKERS", "limits.workers"),
    ("BUGSTACK_LIMITS_RETENTION_DAYS", "limits.retention_days"),
    ("BUGSTACK_SANDBOX_ACCEPT_MISSING_WALLS", "sandbox.accept_missing_walls"),
    ("BUGSTACK_SANDBOX_MEMORY_MIB", "sandbox.memory_mib"),
    ("BUGSTACK_SANDBOX_DISK_MIB", "sandbox.disk_mib"),
    ("BUGSTACK_SANDBOX_PROCESSES", "sandbox.processes"),
    ("BUGSTACK_SANDBOX_INSTALL_SECONDS", "sandbox.install_seconds"),
    ("BUGSTACK_SANDBOX_TEST_SECONDS", "sandbox.test_seconds"),
];

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
    /// Run tests although this system lacks a wall of the sandbox: their code may then reach more
    /// than it should.
    pub accept_missing_walls: bool,
    /// Memory for one run, in MiB.
    pub memory_mib: u64,
    /// Files that one run may write, in MiB.
    pub disk_mib: u64,
    /// Processes and threads of one run.
    pub processes: u64,
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
    #[error("{path} is not valid TOML: {cause}")]
    Toml {
        /// Which file.
        path: PathBuf,
        /// With line and column.
        cause: Box<toml::de::Error>,
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
        let mut table = file(flags.config.as_deref())?;
        for (name, value) in environment {
            if let Some((_, key)) = VARIABLES.iter().find(|(variable, _)| *variable == name) {
                set(&mut table, key, &value, &name)?;
            }
        }
        let data_dir = flags.data_dir.as_ref().map(|path| path.to_string_lossy().into_owned());
        for (key, value) in
            [("listen", &flags.listen), ("data_dir", &data_dir), ("base_url", &flags.base_url)]
        {
            if let Some(value) = value {
                set(&mut table, key, value, key)?;
            }
        }
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

    fn check(&self) -> Result<(), ConfigError> {
        if !self.listen.ip().is_loopback() {
            return Err(wrong(
                "listen",
                format!(
                    "{} is not a loopback address; the pages have no sign-in yet, so use \
                     127.0.0.1 and an authenticating proxy",
                    self.listen
                ),
            ));
        }
        self.check_base_url()?;
        let Limits { body_bytes, in_flight, workers, retention_days } = self.limits;
        within("limits.body_bytes", body_bytes as u64, 1_024, 64 << 20)?;
        within("limits.in_flight", in_flight as u64, 1, 4_096)?;
        within("limits.workers", workers as u64, 1, 64)?;
        within("limits.retention_days", retention_days.into(), 1, 3_650)?;
        let sandbox = &self.sandbox;
        within("sandbox.memory_mib", sandbox.memory_mib, 64, 1 << 20)?;
        within("sandbox.disk_mib", sandbox.disk_mib, 16, 1 << 20)?;
        within("sandbox.processes", sandbox.processes, 8, 1 << 16)?;
        within("sandbox.install_seconds", sandbox.install_seconds, 1, 86_400)?;
        within("sandbox.test_seconds", sandbox.test_seconds, 1, 86_400)?;
        self.projects.iter().try_for_each(|(id, seed)| seed.check(id))
    }

    fn check_base_url(&self) -> Result<(), ConfigError> {
        let Some(text) = &self.base_url else { return Ok(()) };
        let url: Option<Uri> = text.parse().ok();
        let usable = url.is_some_and(|url| {
            matches!(url.scheme_str(), Some("http" | "https"))
                && url.host().is_some_and(|host| !host.is_empty())
                && url.path() == "/"
                && url.query().is_none()
                && url.authority().is_none_or(|authority| !authority.as_str().contains('@'))
        });
        if usable {
            return Ok(());
        }
        let why = format!("`{text}` is not of the form http(s)://host[:port]");
        Err(wrong("base_url", why))
    }
}

impl Seed {
    fn check(&self, id: &str) -> Result<(), ConfigError> {
        let key = |field: &str| format!("projects.{id}{field}");
        if !is_project_name(id) {
            return Err(wrong(key(""), "a project's name has 1 to 64 of a-z, 0-9 and `-`"));
        }
        if self.repository.is_empty() {
            return Err(wrong(key(".repository"), "is empty; give a path or URL"));
        }
        if self.base_branch.is_empty() || self.base_branch.starts_with('-') {
            return Err(wrong(key(".base_branch"), "is not a branch's name"));
        }
        if self.key.as_ref().is_some_and(|key| key.len() < KEY_CHARS) {
            let why = format!("is shorter than {KEY_CHARS} characters; leave it out to get one");
            return Err(wrong(key(".key"), why));
        }
        Ok(())
    }
}

/// Whether a name can be a [`ProjectId`].
pub fn is_project_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= PROJECT_CHARS && name.chars().all(allowed)
}

/// The named file, or the usual one where it exists.
fn file(named: Option<&Path>) -> Result<Table, ConfigError> {
    let path = named.unwrap_or(Path::new("bugstack.toml"));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Table::new());
        }
        Err(cause) => return Err(ConfigError::File { path: path.to_owned(), cause }),
    };
    text.parse()
        .map_err(|cause| ConfigError::Toml { path: path.to_owned(), cause: Box::new(cause) })
}

/// Sets `section.key` to a text that may mean a number or a truth value.
fn set(table: &mut Table, key: &str, text: &str, source: &str) -> Result<(), ConfigError> {
    let (section, field) = key.split_once('.').map_or((None, key), |(s, f)| (Some(s), f));
    let (table, value) = match section {
        None => (table, Value::String(text.to_owned())),
        Some(section) => {
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            let inner = inner.as_table_mut().ok_or_else(|| wrong(section, "is not a table"))?;
            (inner, scalar(text).ok_or_else(|| wrong(source, not_a_scalar(text)))?)
        }
    };
    table.insert(field.to_owned(), value);
    Ok(())
}

fn scalar(text: &str) -> Option<Value> {
    let number = text.parse().ok().map(Value::Integer);
    number.or_else(|| text.parse().ok().map(Value::Boolean))
}

fn not_a_scalar(text: &str) -> String {
    format!("`{text}` is neither a number nor true or false")
}

fn within(key: &str, value: u64, least: u64, most: u64) -> Result<(), ConfigError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(wrong(key, format!("{value} is not between {least} and {most}")))
}

fn wrong(key: impl Into<String>, why: impl Into<String>) -> ConfigError {
    ConfigError::Value { key: key.into(), why: why.into() }
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
        Self {
            accept_missing_walls: false,
            memory_mib: 4_096,
            disk_mib: 4_096,
            processes: 512,
            install_seconds: 600,
            test_seconds: 900,
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
