//! Whether what was set can be used.

use axum::http::Uri;

use super::{Config, ConfigError, GithubConfig, Limits, Seed};

/// The longest project name, see [`ProjectId`](crate::model::ProjectId).
const PROJECT_CHARS: usize = 64;
/// The shortest key that the file may give a project, in characters.
const KEY_CHARS: usize = 16;

impl Config {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
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
        within("sandbox.processes", sandbox.processes.into(), 8, 1 << 16)?;
        within("sandbox.install_seconds", sandbox.install_seconds, 1, 86_400)?;
        within("sandbox.test_seconds", sandbox.test_seconds, 1, 86_400)?;
        self.github.as_ref().map_or(Ok(()), GithubConfig::check)?;
        self.proposals.check()?;
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
        if self.repository.contains("://") && self.repository.contains('@') {
            let why = "may hold a password: take the part before `@` out of the URL";
            return Err(wrong(key(".repository"), why));
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

/// Whether a name can be a [`ProjectId`](crate::model::ProjectId).
pub fn is_project_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= PROJECT_CHARS && name.chars().all(allowed)
}

pub(super) fn within(key: &str, value: u64, least: u64, most: u64) -> Result<(), ConfigError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(wrong(key, format!("{value} is not between {least} and {most}")))
}

pub(super) fn wrong(key: impl Into<String>, why: impl Into<String>) -> ConfigError {
    ConfigError::Value { key: key.into(), why: why.into() }
}
