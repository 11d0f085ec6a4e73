//! Which forge a project has: its repository's address says so.

use std::path::Path;

use anyhow::{Context, Result};

use super::github::Timer;
use super::{Answer, Forge, ForgeError, Github, LocalForge, Opened, Presentation, Push};
use crate::config::GithubConfig;
use crate::git::{Repository, is_http};
use crate::model::{Found, Project, Proposal, RepositoryFacts, Standing};

/// Every forge that the operator has configured; each call goes to the project's own.
#[derive(Default)]
pub struct Forges {
    local: LocalForge,
    github: Option<Github>,
}

impl Forges {
    /// The embedded forge, and GitHub where it is configured.
    ///
    /// # Errors
    /// When what is configured cannot be used.
    pub fn new(github: Option<&GithubConfig>) -> Result<Self> {
        let github = github.map(|config| Github::new(config, Timer::system())).transpose();
        Ok(Self { local: LocalForge, github: github.context("preparing the GitHub forge")? })
    }

    /// As [`Forges::new`], with a GitHub that is made already.
    pub fn with_github(github: Github) -> Self {
        Self { local: LocalForge, github: Some(github) }
    }

    /// GitHub, where it is configured.
    pub fn github(&self) -> Option<&Github> {
        self.github.as_ref()
    }

    fn of(&self, project: &Project) -> Answer<&dyn Forge> {
        let address = &project.repository;
        if !is_http(address) {
            return Ok(&self.local);
        }
        match &self.github {
            Some(github) if github.has(address) => Ok(github),
            _ => Err(ForgeError::Denied {
                why: format!("no forge is configured for {address}"),
                remedy: "configure `[github]` with this address's host as its `url`".into(),
            }),
        }
    }
}

impl Forge for Forges {
    fn mirror(&self, project: &Project, place: &Path) -> Answer<Repository> {
        self.of(project)?.mirror(project, place)
    }

    fn facts(&self, project: &Project) -> Answer<RepositoryFacts> {
        self.of(project)?.facts(project)
    }

    fn find(&self, project: &Project, branch: &str) -> Answer<Option<Found>> {
        self.of(project)?.find(project, branch)
    }

    fn head(&self, project: &Project, branch: &str) -> Answer<Option<String>> {
        self.of(project)?.head(project, branch)
    }

    fn push(&self, project: &Project, mirror: &Repository, push: &Push<'_>) -> Answer<String> {
        self.of(project)?.push(project, mirror, push)
    }

    fn open(&self, project: &Project, proposal: &Proposal, shown: &Presentation) -> Answer<Opened> {
        self.of(project)?.open(project, proposal, shown)
    }

    fn update(&self, project: &Project, proposal: &Proposal, shown: &Presentation) -> Answer<()> {
        self.of(project)?.update(project, proposal, shown)
    }

    fn look(&self, project: &Project, proposal: &Proposal) -> Answer<Standing> {
        self.of(project)?.look(project, proposal)
    }

    fn comment(&self, project: &Project, proposal: &Proposal, key: &str, text: &str) -> Answer<()> {
        self.of(project)?.comment(project, proposal, key, text)
    }

    fn ready(&self, project: &Project, proposal: &Proposal, reviewers: &[String]) -> Answer<()> {
        self.of(project)?.ready(project, proposal, reviewers)
    }

    fn merge(&self, project: &Project, proposal: &Proposal) -> Answer<String> {
        self.of(project)?.merge(project, proposal)
    }

    fn auto_merge(&self, project: &Project, proposal: &Proposal) -> Answer<()> {
        self.of(project)?.auto_merge(project, proposal)
    }

    fn close(&self, project: &Project, proposal: &Proposal, word: &str) -> Answer<()> {
        self.of(project)?.close(project, proposal, word)
    }

    fn may_write(&self, project: &Project, person: &str) -> Answer<bool> {
        self.of(project)?.may_write(project, person)
    }
}
