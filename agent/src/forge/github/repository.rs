//! The repository itself, who may write to it, and who we are there.

use serde::Deserialize;

use super::auth::{Identity, app_bearer, bearer};
use super::call::{Api, parsed};
use super::client::Request;
use super::policy::{ApiError, judge};
use super::slug::{Slug, escaped, is_login};

/// What we need of a repository.
#[derive(Debug, Deserialize)]
pub(super) struct Facts {
    pub(super) private: bool,
    pub(super) default_branch: String,
    pub(super) allow_merge_commit: Option<bool>,
    pub(super) allow_squash_merge: Option<bool>,
    pub(super) allow_rebase_merge: Option<bool>,
}

#[derive(Deserialize)]
struct Collaborator {
    permission: String,
}

/// An App or a person.
#[derive(Deserialize)]
struct Own {
    login: Option<String>,
    slug: Option<String>,
}

impl Api {
    pub(super) fn facts(&self, slug: &Slug) -> Result<Facts, ApiError> {
        self.get(slug, slug.path(format_args!("")))
    }

    /// Whether a person may push; a role that includes it is told as `write` or `admin`.
    pub(super) fn writes(&self, slug: &Slug, person: &str) -> Result<bool, ApiError> {
        if !is_login(person) {
            return Ok(false);
        }
        let path = slug.path(format_args!("/collaborators/{}/permission", escaped(person)));
        let found: Option<Collaborator> = self.seek(slug, path)?;
        Ok(found.is_some_and(|found| matches!(found.permission.as_str(), "write" | "admin")))
    }

    /// The name under which we write.
    pub(super) fn login(&self, slug: &Slug) -> Result<String, ApiError> {
        match &self.identity {
            Identity::Token(_) => {
                let own: Own = self.get(slug, "/user".to_owned())?;
                own.name()
            }
            Identity::App { .. } => self.who(),
        }
    }

    /// Who GitHub says that we are, without a repository.
    pub(super) fn who(&self) -> Result<String, ApiError> {
        let now = self.timer.now();
        let (authorization, path) = match &self.identity {
            Identity::Token(token) => (bearer(token)?, "/user"),
            Identity::App { id, key } => (app_bearer(*id, key, now)?, "/app"),
        };
        let response =
            self.client.rest(&Request::get(path.to_owned()), Some(&authorization), None)?;
        judge(&response, now)?;
        parsed::<Own>(&response)?.name()
    }
}

impl Own {
    /// An App writes as `<its name>[bot]`.
    fn name(self) -> Result<String, ApiError> {
        let app = self.slug.map(|slug| format!("{slug}[bot]"));
        app.or(self.login).ok_or_else(|| ApiError::Unclear("GitHub does not say who we are".into()))
    }
}
