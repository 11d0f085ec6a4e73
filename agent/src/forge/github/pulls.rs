//! Pull requests: the fields that we need, how they are found, opened, updated and closed.

use axum::http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Api;
use super::client::Request;
use super::policy::ApiError;
use super::slug::{Slug, escaped};
use crate::forge::Presentation;
use crate::model::{Found, Proposal, ProposalState};

/// The longest body that GitHub takes, in characters.
pub(super) const BODY_CHARS: usize = 65_536;
/// Pages of pull requests from one branch; there is hardly a second one.
const PAGES: usize = 3;

/// What we need of a pull request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pull {
    pub(super) number: i64,
    pub(super) html_url: String,
    pub(super) node_id: String,
    pub(super) state: String,
    #[serde(default)]
    pub(super) draft: bool,
    pub(super) title: String,
    pub(super) body: Option<String>,
    pub(super) head: Side,
    pub(super) user: Option<User>,
    pub(super) merged_at: Option<Timestamp>,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) merge_commit_sha: Option<String>,
    /// Only a single pull request has it, and not at once.
    pub(super) mergeable: Option<bool>,
    #[serde(default)]
    pub(super) requested_reviewers: Vec<User>,
    pub(super) auto_merge: Option<Value>,
    #[serde(default)]
    labels: Vec<Label>,
}

#[derive(Debug, Clone, Deserialize)]
struct Label {
    name: String,
}

/// One end of a pull request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Side {
    #[serde(rename = "ref")]
    pub(super) branch: String,
    pub(super) sha: String,
    repo: Option<Named>,
}

#[derive(Debug, Clone, Deserialize)]
struct Named {
    full_name: String,
}

/// A person or program.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) login: String,
    #[serde(default, rename = "type")]
    pub(super) kind: String,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "ref")]
    name: String,
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    sha: String,
}

impl Pull {
    pub(super) fn is_open(&self) -> bool {
        self.state == "open"
    }

    pub(super) fn is_merged(&self) -> bool {
        self.merged_at.is_some()
    }

    fn has(&self, labels: &[String]) -> bool {
        let known =
            |label: &String| self.labels.iter().any(|one| one.name.eq_ignore_ascii_case(label));
        labels.iter().all(known)
    }

    pub(super) fn found(&self) -> Found {
        let state = match (self.is_merged(), self.is_open()) {
            (true, _) => ProposalState::Merged,
            (false, true) => ProposalState::Open,
            (false, false) => ProposalState::Closed,
        };
        Found {
            number: self.number,
            url: Some(self.html_url.clone()),
            state,
            head: self.head.sha.clone(),
            body: self.body.clone().unwrap_or_default(),
            ended: self.merged_at.or(self.closed_at),
            // Before the merge GitHub names a trial merge here.
            merge_commit: self.merge_commit_sha.clone().filter(|_| self.is_merged()),
        }
    }
}

impl Api {
    pub(super) fn pull(&self, slug: &Slug, number: i64) -> Result<Pull, ApiError> {
        self.get(slug, slug.path(format_args!("/pulls/{number}")))
    }

    /// Every pull request from this branch of this repository, the newest first.
    pub(super) fn pulls_from(&self, slug: &Slug, branch: &str) -> Result<Vec<Pull>, ApiError> {
        let head = format!("{}:{}", slug.owner, escaped(branch));
        let path = slug.path(format_args!("/pulls?state=all&head={head}"));
        let pages: Vec<Vec<Pull>> = self.list(slug, &path, PAGES)?;
        // A fork may have a branch of the same name.
        let ours = |pull: &Pull| {
            let repository = pull.head.repo.as_ref().map(|named| named.full_name.as_str());
            let full_name = slug.to_string();
            pull.head.branch == branch
                && repository.is_none_or(|name| name.eq_ignore_ascii_case(&full_name))
        };
        let mut pulls: Vec<Pull> = pages.into_iter().flatten().filter(ours).collect();
        pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number));
        Ok(pulls)
    }

    pub(super) fn open_pull(&self, slug: &Slug, branch: &str) -> Result<Option<Pull>, ApiError> {
        Ok(self.pulls_from(slug, branch)?.into_iter().find(Pull::is_open))
    }

    /// Opens a pull request; the one that is open from the same branch is the answer.
    pub(super) fn open(
        &self,
        slug: &Slug,
        proposal: &Proposal,
        shown: &Presentation,
    ) -> Result<Pull, ApiError> {
        if let Some(pull) = self.open_pull(slug, &proposal.branch)? {
            return Ok(pull);
        }
        let open = |draft: bool| {
            let body = json!({
                "title": proposal.title,
                "body": bounded(&proposal.body),
                "head": proposal.branch,
                "base": proposal.base_branch,
                "draft": draft,
            });
            let call = Request::new(Method::POST, slug.path(format_args!("/pulls")), body);
            self.change(slug, &call, || self.open_pull(slug, &proposal.branch))
        };
        match open(shown.draft) {
            // Somebody was faster, or our own earlier try was heard after all.
            Err(ApiError::Invalid(why)) if why.contains("already exists") => {
                self.open_pull(slug, &proposal.branch)?.ok_or(ApiError::Invalid(why))
            }
            // Not every plan has drafts.
            Err(ApiError::Invalid(why)) if shown.draft && why.to_lowercase().contains("draft") => {
                open(false)
            }
            ended => ended,
        }
    }

    /// Gives a pull request its title and body.
    pub(super) fn retitle(
        &self,
        slug: &Slug,
        pull: &Pull,
        proposal: &Proposal,
    ) -> Result<(), ApiError> {
        let body = bounded(&proposal.body);
        let said =
            |pull: &Pull| pull.title == proposal.title && pull.body.as_deref() == Some(&body);
        if said(pull) {
            return Ok(());
        }
        let call = Request::new(
            Method::PATCH,
            slug.path(format_args!("/pulls/{}", pull.number)),
            json!({"title": proposal.title, "body": body}),
        );
        let done = || Ok(Some(self.pull(slug, pull.number)?).filter(said));
        self.change(slug, &call, done).map(drop)
    }

    /// Adds labels; GitHub makes those that the repository does not have.
    pub(super) fn label(
        &self,
        slug: &Slug,
        pull: &Pull,
        labels: &[String],
    ) -> Result<(), ApiError> {
        if pull.has(labels) {
            return Ok(());
        }
        let path = slug.path(format_args!("/issues/{}/labels", pull.number));
        let call = Request::new(Method::POST, path, json!({"labels": labels}));
        let done = || Ok(self.pull(slug, pull.number)?.has(labels).then_some(Value::Null));
        self.change::<Value>(slug, &call, done).map(drop)
    }

    /// Closes a pull request that is open.
    pub(super) fn close_pull(&self, slug: &Slug, number: i64) -> Result<(), ApiError> {
        let path = slug.path(format_args!("/pulls/{number}"));
        let call = Request::new(Method::PATCH, path, json!({"state": "closed"}));
        let done = || Ok(Some(self.pull(slug, number)?).filter(|pull| !pull.is_open()));
        match self.change::<Pull>(slug, &call, done) {
            // Somebody merged or closed it meanwhile.
            Err(ApiError::Invalid(why)) => match done()? {
                Some(_) => Ok(()),
                None => Err(ApiError::Invalid(why)),
            },
            ended => ended.map(drop),
        }
    }

    /// What a branch points at.
    pub(super) fn branch(&self, slug: &Slug, branch: &str) -> Result<Option<String>, ApiError> {
        let path = slug.path(format_args!("/git/ref/heads/{}", escaped(branch)));
        let found: Option<Reference> = self.seek(slug, path)?;
        let wanted = format!("refs/heads/{branch}");
        Ok(found.filter(|found| found.name == wanted).map(|found| found.object.sha))
    }
}

/// A text as long as GitHub takes it.
pub(super) fn bounded(text: &str) -> String {
    text.chars().take(BODY_CHARS).collect()
}
