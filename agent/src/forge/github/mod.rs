//! GitHub as a forge: github.com, its clouds, and Enterprise Servers.

mod auth;
mod call;
mod checks;
mod client;
mod comments;
mod doctor;
mod jwt;
mod merge;
mod policy;
mod pulls;
mod repository;
mod review;
mod slug;
mod timer;
mod verified;

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use reqwest::Url;

use super::{Answer, Forge, ForgeError, Opened, Presentation, Push};
use crate::config::GithubConfig;
use crate::git::{self, Access, Failure, PushError, Repository};
use crate::model::{Found, Project, Proposal, RepositoryFacts, Standing};
use auth::Identity;
use call::Api;
use client::Client;
use policy::ApiError;
use pulls::Pull;
use slug::Slug;

pub use doctor::Examined;
pub use timer::Timer;

/// One GitHub, and what it knows us by.
pub struct Github {
    base: Url,
    api: Api,
    verified: bool,
}

impl Github {
    /// Prepares the forge; nothing is sent yet.
    ///
    /// # Errors
    /// When the App's key cannot be read, or HTTP cannot be prepared.
    pub fn new(config: &GithubConfig, timer: Timer) -> Result<Self> {
        let base = config.address().context("`github.url` is unreadable")?;
        let api =
            Api::new(Client::new(&base, timer.exchange)?, Identity::from_config(config)?, timer);
        Ok(Self { base, api, verified: config.verified_commits })
    }

    /// Whether a repository is on this GitHub.
    pub fn has(&self, repository: &str) -> bool {
        Slug::parse(&self.base, repository).is_some()
    }

    fn slug(&self, project: &Project) -> Answer<Slug> {
        Slug::parse(&self.base, &project.repository).ok_or_else(|| {
            ForgeError::Missing(format!("repository at {} with that address", self.base))
        })
    }

    /// The proposal's pull request as it is now.
    fn pull(&self, slug: &Slug, proposal: &Proposal) -> Answer<Pull> {
        let number = proposal.number.context("the proposal was never opened")?;
        let what = format!("pull request {slug}#{number}");
        self.api.pull(slug, number).map_err(self.told(what, "pull_requests: read"))
    }

    /// As [`Github::pull`], if it is open and its head is ours.
    fn guarded(&self, slug: &Slug, proposal: &Proposal) -> Answer<Pull> {
        let pull = self.pull(slug, proposal)?;
        if !pull.is_merged() && pull.head.sha != proposal.commit {
            return Err(moved(proposal, pull.head.sha));
        }
        if !pull.is_merged() && !pull.is_open() {
            return Err(ForgeError::Rejected(format!("{slug}#{} is closed", pull.number)));
        }
        Ok(pull)
    }

    /// What an error means to who asked for `what`, which takes the permission `wants`.
    fn told(&self, what: String, wants: &'static str) -> impl FnOnce(ApiError) -> ForgeError {
        let later = ApiError::later(self.api.timer.now());
        move |error| match error {
            ApiError::Unclear(why) => ForgeError::Later { until: later, why },
            ApiError::Later { until, why } => ForgeError::Later { until, why },
            ApiError::Unauthorized => ForgeError::Denied {
                why: "GitHub does not know our token or App".into(),
                remedy: "set `github.token`, or `github.app_id` and its key, anew".into(),
            },
            ApiError::Denied { why, wants: named } => ForgeError::Denied {
                why: format!("GitHub denies {what}: {why}"),
                // Of several that would do, the one that we ask for anyway.
                remedy: permit(match named.as_deref() {
                    Some(named) if !(named.contains(" or ") && named.contains(wants)) => named,
                    _ => wants,
                }),
            },
            ApiError::Missing => ForgeError::Missing(format!("{what}, or it is not shown to us")),
            ApiError::Conflict { why, .. } | ApiError::Invalid(why) => ForgeError::Rejected(why),
            ApiError::Elsewhere => ForgeError::Denied {
                why: format!("{what} has moved"),
                remedy: "give the project its repository's new address".into(),
            },
            ApiError::Fault(why) => ForgeError::Fault(anyhow!(why)),
        }
    }

    /// How git gets at a repository. Tokens end, so this is asked for each time.
    fn access_to(&self, slug: &Slug) -> Answer<Access> {
        let what = format!("repository {slug}");
        let token = self.api.token(slug).map_err(self.told(what, "contents: write"))?;
        Access::with_token(&slug.remote(&self.base), &token).map_err(|error| self.git_told(error))
    }

    /// Does something with git, and once more with a new token if the token has ended.
    fn with_git<T>(
        &self,
        slug: &Slug,
        work: impl Fn(&Access) -> Result<T, PushError>,
    ) -> Answer<T> {
        let ended = match work(&self.access_to(slug)?) {
            Err(PushError::Failed(Failure::Unknown { .. })) if self.api.forget(slug) => {
                work(&self.access_to(slug)?)
            }
            ended => ended,
        };
        ended.map_err(|error| match error {
            PushError::NotOurs(_) => ForgeError::Fault(error.into()),
            PushError::Moved { branch, found } => {
                ForgeError::Moved { branch, found: found.unwrap_or_else(|| "nothing".to_owned()) }
            }
            PushError::Rejected { .. } => ForgeError::Rejected(error.to_string()),
            PushError::Failed(failure) => self.git_told(failure),
        })
    }

    fn git_told(&self, failure: Failure) -> ForgeError {
        let now = self.api.timer.now();
        let why = failure.to_string();
        match failure {
            Failure::Unknown { .. } | Failure::Forbidden { .. } => {
                ForgeError::Denied { why, remedy: permit("contents: write") }
            }
            Failure::Missing { place } => ForgeError::Missing(format!("repository at {place}")),
            Failure::Busy { after: Some(after), .. } => {
                ForgeError::Later { until: now + after, why }
            }
            Failure::Busy { .. } | Failure::Network { .. } | Failure::Limit(_) => {
                ForgeError::Later { until: ApiError::later(now), why }
            }
            Failure::Elsewhere { .. } => ForgeError::Denied {
                why,
                remedy: "give the project its repository's new address".into(),
            },
            other => ForgeError::Fault(other.into()),
        }
    }
}

impl Forge for Github {
    fn mirror(&self, project: &Project, place: &Path) -> Answer<Repository> {
        let slug = self.slug(project)?;
        self.with_git(&slug, |access| {
            let mirror = Repository::mirror(place, &project.repository, Some(access));
            mirror.map_err(|error| match error.downcast::<Failure>() {
                Ok(failure) => failure.into(),
                Err(error) => Failure::Local(format!("{error:#}")).into(),
            })
        })
    }

    fn facts(&self, project: &Project) -> Answer<RepositoryFacts> {
        let slug = self.slug(project)?;
        let what = format!("repository {slug}");
        let facts = self.api.facts(&slug).map_err(self.told(what, "metadata: read"))?;
        Ok(RepositoryFacts { public: !facts.private, default_branch: facts.default_branch })
    }

    fn find(&self, project: &Project, branch: &str) -> Answer<Option<Found>> {
        let slug = self.slug(project)?;
        let what = format!("repository {slug}");
        let pulls = self.api.pulls_from(&slug, branch);
        let pulls = pulls.map_err(self.told(what, "pull_requests: read"))?;
        Ok(pulls.first().map(Pull::found))
    }

    fn head(&self, project: &Project, branch: &str) -> Answer<Option<String>> {
        let slug = self.slug(project)?;
        let what = format!("branch `{branch}` of {slug}");
        self.api.branch(&slug, branch).map_err(self.told(what, "contents: read"))
    }

    fn push(&self, project: &Project, mirror: &Repository, push: &Push<'_>) -> Answer<String> {
        let slug = self.slug(project)?;
        if self.verified {
            return self.push_verified(&slug, mirror, push);
        }
        let Push { branch, commit, expected } = *push;
        let push = git::Push { branch, commit: Some(commit), expected };
        self.with_git(&slug, |access| mirror.push(access, &push))?;
        Ok(commit.to_owned())
    }

    fn open(&self, project: &Project, proposal: &Proposal, shown: &Presentation) -> Answer<Opened> {
        let slug = self.slug(project)?;
        let told = || self.told(format!("a pull request at {slug}"), "pull_requests: write");
        let pull = self.api.open(&slug, proposal, shown).map_err(told())?;
        self.api.label(&slug, &pull, &shown.labels).map_err(told())?;
        Ok(Opened { number: pull.number, url: Some(pull.html_url) })
    }

    fn update(&self, project: &Project, proposal: &Proposal, shown: &Presentation) -> Answer<()> {
        let slug = self.slug(project)?;
        let pull = self.pull(&slug, proposal)?;
        let told = || self.told(format!("changing {slug}#{}", pull.number), "pull_requests: write");
        self.api.retitle(&slug, &pull, proposal).map_err(told())?;
        self.api.label(&slug, &pull, &shown.labels).map_err(told())
    }

    fn look(&self, project: &Project, proposal: &Proposal) -> Answer<Standing> {
        let slug = self.slug(project)?;
        let pull = self.pull(&slug, proposal)?;
        let told = |wants| self.told(format!("{slug}#{}", pull.number), wants);
        let base = &proposal.base_branch;
        let tip = self.api.branch(&slug, base).map_err(told("contents: read"))?;
        let missing = || ForgeError::Missing(format!("branch `{base}` of {slug}"));
        Ok(Standing {
            found: pull.found(),
            draft: pull.draft,
            tip: tip.ok_or_else(missing)?,
            mergeable: pull.mergeable,
            checks: self.api.checks(&slug, &pull.head.sha).map_err(told("checks: read"))?,
            review: self.api.review(&slug, &pull).map_err(told("pull_requests: read"))?,
            remarks: self.api.remarks(&slug, pull.number).map_err(told("pull_requests: read"))?,
        })
    }

    fn comment(&self, project: &Project, proposal: &Proposal, key: &str, text: &str) -> Answer<()> {
        let slug = self.slug(project)?;
        let number = proposal.number.context("the proposal was never opened")?;
        let told = self.told(format!("a comment below {slug}#{number}"), "pull_requests: write");
        self.api.comment(&slug, number, key, text).map_err(told)
    }

    fn ready(&self, project: &Project, proposal: &Proposal, reviewers: &[String]) -> Answer<()> {
        let slug = self.slug(project)?;
        let pull = self.pull(&slug, proposal)?;
        let told = || self.told(format!("offering {slug}#{}", pull.number), "pull_requests: write");
        self.api.undraft(&slug, &pull).map_err(told())?;
        self.api.ask(&slug, &pull, reviewers).map_err(told())
    }

    fn merge(&self, project: &Project, proposal: &Proposal) -> Answer<String> {
        let slug = self.slug(project)?;
        let pull = self.guarded(&slug, proposal)?;
        if pull.is_merged() {
            return Ok(pull.merge_commit_sha.context("GitHub names no merge commit")?);
        }
        match self.api.merge_now(&slug, pull.number, &proposal.commit) {
            // Its head moved since we looked.
            Err(ApiError::Conflict { status: 409, .. }) => {
                Err(moved(proposal, self.pull(&slug, proposal)?.head.sha))
            }
            ended => {
                let what = format!("merging {slug}#{}", pull.number);
                ended.map_err(self.told(what, "contents: write"))
            }
        }
    }

    fn auto_merge(&self, project: &Project, proposal: &Proposal) -> Answer<()> {
        let slug = self.slug(project)?;
        let pull = self.guarded(&slug, proposal)?;
        let told = self.told(format!("merging {slug}#{}", pull.number), "contents: write");
        self.api.merge_when_ready(&slug, &pull).map_err(told)
    }

    fn close(&self, project: &Project, proposal: &Proposal, word: &str) -> Answer<()> {
        let slug = self.slug(project)?;
        let pull = self.pull(&slug, proposal)?;
        if pull.is_open() {
            let what = format!("closing {slug}#{}", pull.number);
            self.comment(project, proposal, "closed", word)?;
            let closed = self.api.close_pull(&slug, pull.number);
            closed.map_err(self.told(what, "pull_requests: write"))?;
        }
        let (branch, commit) = (&proposal.branch, &proposal.commit);
        match self.with_git(&slug, |access| git::delete_branch(access, branch, commit)) {
            // What somebody added to it is not ours to remove.
            Err(ForgeError::Moved { .. }) => Ok(()),
            ended => ended,
        }
    }

    fn may_write(&self, project: &Project, person: &str) -> Answer<bool> {
        let slug = self.slug(project)?;
        let what = format!("what {person} may do at {slug}");
        self.api.writes(&slug, person).map_err(self.told(what, "metadata: read"))
    }
}

fn moved(proposal: &Proposal, found: String) -> ForgeError {
    ForgeError::Moved { branch: proposal.branch.clone(), found }
}

/// How an operator gives a permission.
fn permit(permission: &str) -> String {
    format!("give the App or token the permission `{permission}` for this repository")
}

#[cfg(test)]
mod tests;
