//! What GitHub knows us by: a token, or an App that is given a short-lived one a repository.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::http::{HeaderValue, Method};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::call::parsed;
use super::client::{Client, Request};
use super::jwt::AppKey;
use super::policy::{ApiError, judge};
use super::slug::Slug;
use crate::config::GithubConfig;
use crate::model::Secret;

/// What we need of a repository, and no more.
pub(super) const PERMISSIONS: [(&str, &str); 5] = [
    ("metadata", "read"),
    ("contents", "write"),
    ("pull_requests", "write"),
    ("checks", "read"),
    ("statuses", "read"),
];
/// A token is replaced this long before it ends: a push may take minutes.
const SPARE: Duration = Duration::from_secs(10 * 60);

/// Who we are.
pub(super) enum Identity {
    /// Somebody's personal access token.
    Token(Secret),
    /// An App.
    App {
        /// Its number.
        id: u64,
        /// Its private key.
        key: Box<AppKey>,
    },
}

/// The tokens that an App was given, by repository.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<Slug, Minted>>);

#[derive(Clone)]
struct Minted {
    token: Secret,
    ends: Timestamp,
}

/// The App at one owner's.
#[derive(Deserialize)]
pub(super) struct Installation {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) permissions: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) suspended_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct AccessToken {
    token: Secret,
    expires_at: Timestamp,
}

impl Identity {
    /// Reads what the configuration names.
    pub(super) fn from_config(config: &GithubConfig) -> Result<Self> {
        if let Some(token) = &config.token {
            return Ok(Self::Token(token.clone()));
        }
        let id = config.app_id.context("`github.app_id` is missing")?;
        let file = config.private_key_file.as_deref();
        let key = read_key(file.context("`github.private_key_file` is missing")?)?;
        Ok(Self::App { id, key: Box::new(key) })
    }
}

fn read_key(file: &Path) -> Result<AppKey> {
    let place = || format!("`github.private_key_file`: {}", file.display());
    let pem = std::fs::read(file).with_context(place)?;
    AppKey::from_pem(&pem).with_context(place)
}

impl Tokens {
    /// The token for one repository: ours, or a minted one that lasts a while yet.
    pub(super) fn of(
        &self,
        client: &Client,
        identity: &Identity,
        slug: &Slug,
        now: Timestamp,
    ) -> Result<Secret, ApiError> {
        let Identity::App { id, key } = identity else {
            return own(identity);
        };
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(slug).cloned();
        if let Some(minted) = kept.filter(|minted| minted.ends > now + SPARE) {
            return Ok(minted.token);
        }
        let jwt = app_bearer(*id, key, now)?;
        let installation = installation(client, &jwt, slug, now)?;
        let minted = mint(client, &jwt, &installation, slug, now)?;
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(slug.clone(), minted.clone());
        Ok(minted.token)
    }

    /// After a 401: the next call gets a new one. Whether there can be a new one.
    pub(super) fn forget(&self, slug: &Slug) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(slug).is_some()
    }
}

fn own(identity: &Identity) -> Result<Secret, ApiError> {
    match identity {
        Identity::Token(token) => Ok(token.clone()),
        Identity::App { .. } => Err(ApiError::Fault("an App has no token of its own".into())),
    }
}

/// The header by which an App speaks for itself.
pub(super) fn app_bearer(id: u64, key: &AppKey, now: Timestamp) -> Result<HeaderValue, ApiError> {
    let jwt = key.sign(id, now).map_err(|error| ApiError::Fault(format!("{error:#}")))?;
    bearer(&Secret::new(jwt))
}

/// The header of a token.
pub(super) fn bearer(token: &Secret) -> Result<HeaderValue, ApiError> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.reveal()))
        .map_err(|_| ApiError::Fault("the token has characters that no header takes".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Where the App is installed for this repository.
pub(super) fn installation(
    client: &Client,
    jwt: &HeaderValue,
    slug: &Slug,
    now: Timestamp,
) -> Result<Installation, ApiError> {
    let call = Request::get(slug.path(format_args!("/installation")));
    let response = client.rest(&call, Some(jwt), None)?;
    judge(&response, now)?;
    parsed(&response)
}

/// A token that nobody holds harms nobody, so this may be asked for again after an unclear end.
fn mint(
    client: &Client,
    jwt: &HeaderValue,
    installation: &Installation,
    slug: &Slug,
    now: Timestamp,
) -> Result<Minted, ApiError> {
    let lacking = lacking(&installation.permissions);
    if !lacking.is_empty() {
        let why = format!("the App's installation for {slug} lacks a permission");
        return Err(ApiError::Denied { why, wants: Some(lacking.join(", ")) });
    }
    let permissions: BTreeMap<_, _> = PERMISSIONS.into_iter().collect();
    let call = Request::new(
        Method::POST,
        format!("/app/installations/{}/access_tokens", installation.id),
        json!({"repositories": [slug.name], "permissions": permissions}),
    );
    let response = client.rest(&call, Some(jwt), None)?;
    judge(&response, now)?;
    let AccessToken { token, expires_at } = parsed(&response)?;
    Ok(Minted { token, ends: expires_at })
}

/// What the installation was not given, as `checks: read`.
pub(super) fn lacking(given: &BTreeMap<String, String>) -> Vec<String> {
    let enough = |name: &str, level: &str| match given.get(name).map(String::as_str) {
        Some("write" | "admin") => true,
        Some("read") => level == "read",
        _ => false,
    };
    PERMISSIONS
        .into_iter()
        .filter(|(name, level)| !enough(name, level))
        .map(|(name, level)| format!("{name}: {level}"))
        .collect()
}
