//! What `bugstack doctor` says of GitHub: whether it answers, who we are there, and what is
//! missing at each repository, by name.

use super::auth::{Identity, PERMISSIONS, app_bearer, installation, lacking};
use super::policy::ApiError;
use super::slug::Slug;
use super::{Github, permit};
use crate::git;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// What was looked at.
    pub name: String,
    /// What was seen.
    pub seen: String,
    /// What to do; none where nothing is missing.
    pub remedy: Option<String>,
}

impl Github {
    /// Looks at GitHub and at these repositories, without changing anything.
    pub fn examine(&self, repositories: &[String]) -> Vec<Examined> {
        let host = self.base.host_str().unwrap_or_default();
        let name = format!("GitHub at {host}");
        let mut found = match self.api.who() {
            Ok(login) => vec![Examined { name, seen: format!("we are {login}"), remedy: None }],
            Err(error) => return vec![self.failed(name, "our own account".into(), error)],
        };
        let mut slugs: Vec<Slug> = repositories
            .iter()
            .filter_map(|repository| Slug::parse(&self.base, repository))
            .collect();
        slugs.dedup();
        found.extend(slugs.iter().map(|slug| self.examine_one(slug)));
        found
    }

    fn examine_one(&self, slug: &Slug) -> Examined {
        let name = slug.to_string();
        let looked = match &self.api.identity {
            Identity::App { .. } => self.given(slug),
            Identity::Token(_) => self.tried(slug),
        };
        match looked {
            Ok(missing) if missing.is_empty() => {
                let all = PERMISSIONS.map(|(name, level)| format!("{name}: {level}")).join(", ");
                let seen = match &self.api.identity {
                    Identity::App { .. } => all,
                    Identity::Token(_) => {
                        "can be read and pushed to; whether the token may open pull requests, only \
                         the first one shows"
                            .to_owned()
                    }
                };
                Examined { name, seen, remedy: None }
            }
            Ok(missing) => {
                let missing = missing.join(", ");
                let seen = format!("lacks {missing}");
                Examined { name, seen, remedy: Some(permit(&missing)) }
            }
            Err(error) => self.failed(name, format!("repository {slug}"), error),
        }
    }

    /// An App's permissions can be read.
    fn given(&self, slug: &Slug) -> Result<Vec<String>, ApiError> {
        let Identity::App { id, key } = &self.api.identity else { return Ok(Vec::new()) };
        let now = self.api.timer.now();
        let jwt = app_bearer(*id, key, now)?;
        let installation = installation(&self.api.client, &jwt, slug, now)?;
        if installation.suspended_at.is_some() {
            let why = format!("the App's installation for {slug} is suspended");
            return Err(ApiError::Fault(why));
        }
        Ok(lacking(&installation.permissions))
    }

    /// A token's can only be tried: each read, and the door to a push.
    fn tried(&self, slug: &Slug) -> Result<Vec<String>, ApiError> {
        let facts = self.api.facts(slug)?;
        let mut missing = Vec::new();
        let mut lacks = |permission: &str, tried: Result<(), ApiError>| match tried {
            Err(ApiError::Denied { wants, .. }) => {
                missing.push(wants.unwrap_or_else(|| permission.to_owned()));
                Ok(())
            }
            ended => ended,
        };
        let head = self.api.branch(slug, &facts.default_branch);
        let head = match head {
            Err(ApiError::Denied { .. }) => return Ok(vec!["contents: write".to_owned()]),
            head => head?,
        };
        if let Some(head) = head {
            let runs = slug.path(format_args!("/commits/{head}/check-runs"));
            lacks("checks: read", self.api.get::<serde::de::IgnoredAny>(slug, runs).map(drop))?;
            let statuses = slug.path(format_args!("/commits/{head}/status"));
            lacks(
                "statuses: read",
                self.api.get::<serde::de::IgnoredAny>(slug, statuses).map(drop),
            )?;
        }
        let pulls = slug.path(format_args!("/pulls?per_page=1"));
        lacks(
            "pull_requests: write",
            self.api.get::<serde::de::IgnoredAny>(slug, pulls).map(drop),
        )?;
        if let Ok(access) = self.access_to(slug)
            && git::may_push(&access).is_err_and(|failure| {
                matches!(failure, git::Failure::Forbidden { .. } | git::Failure::Unknown { .. })
            })
        {
            missing.push("contents: write".to_owned());
        }
        Ok(missing)
    }

    fn failed(&self, name: String, what: String, error: ApiError) -> Examined {
        use crate::forge::ForgeError::{Denied, Later, Missing};
        let error = self.told(what, "metadata: read")(error);
        let (seen, remedy) = match error {
            Denied { why, remedy } => (why, remedy),
            Later { why, .. } => (why, "see whether this machine reaches GitHub, and wait".into()),
            missing @ Missing(_) => (
                missing.to_string(),
                "correct the project's repository, or install the App there".into(),
            ),
            other => (other.to_string(), "look at the App's settings at GitHub".into()),
        };
        Examined { name, seen, remedy: Some(remedy) }
    }
}
