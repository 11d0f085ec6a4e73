//! `[github]`: which GitHub, and what it knows us by.

use std::path::PathBuf;

use reqwest::Url;
use serde::Deserialize;

use super::ConfigError;
use super::check::wrong;
use crate::model::Secret;
use crate::net;

/// Which GitHub, and what it knows us by: a token, or an App.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GithubConfig {
    /// `https://github.com`, or a GitHub Enterprise Server's address.
    pub url: String,
    /// A personal access token.
    pub token: Option<Secret>,
    /// The App's number.
    pub app_id: Option<u64>,
    /// The App's private key, as GitHub gives it (PEM).
    pub private_key_file: Option<PathBuf>,
    /// What GitHub signs its webhooks with.
    pub webhook_secret: Option<Secret>,
    /// Commits are made by GitHub, which signs them.
    pub verified_commits: bool,
}

impl GithubConfig {
    /// The address, parsed; a configuration that was loaded has one.
    pub fn address(&self) -> Option<Url> {
        Url::parse(&self.url).ok()
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.check_url()?;
        match (&self.token, self.app_id, &self.private_key_file) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => {}
            (None, None, None) => {
                return Err(wrong("github", "has neither `token` nor `app_id`"));
            }
            (None, Some(_), None) => {
                let why = "is missing: an App signs with its private key";
                return Err(wrong("github.private_key_file", why));
            }
            (None, None, Some(_)) => return Err(wrong("github.app_id", "is missing")),
            (Some(_), ..) => {
                return Err(wrong("github.token", "is set beside an App: leave one of them out"));
            }
        }
        let texts = [("token", &self.token), ("webhook_secret", &self.webhook_secret)];
        for (name, secret) in texts {
            let text = secret.as_ref().map_or("-", Secret::reveal);
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
                let why = "is empty, or has blanks or characters that are not ASCII";
                return Err(wrong(format!("github.{name}"), why));
            }
        }
        Ok(())
    }

    fn check_url(&self) -> Result<(), ConfigError> {
        let url = self.address().filter(|url| {
            url.host_str().is_some_and(|host| !host.is_empty())
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
                && url.path() == "/"
        });
        let Some(url) = url else {
            return Err(wrong("github.url", "is not of the form https://host[:port]"));
        };
        if url.scheme() == "https" || (url.scheme() == "http" && net::is_loopback(&url)) {
            return Ok(());
        }
        let why = "is not https://; plain http:// is for this machine only";
        Err(wrong("github.url", why))
    }
}

impl Default for GithubConfig {
    fn default() -> Self {
        Self {
            url: "https://github.com".to_owned(),
            token: None,
            app_id: None,
            private_key_file: None,
            webhook_secret: None,
            verified_commits: false,
        }
    }
}
