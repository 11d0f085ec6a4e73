//! The real stages: a job's repository is mirrored, then `repair` takes one step in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Stages;
use crate::forge::Forge;
use crate::git::Repository;
use crate::model::{Halt, Progress, Project, Proposal};
use crate::repair::{self, Context, Workshop};
use crate::store::Job;
use crate::toolchain::Stopwatch;

/// Repairs in mirrors under one folder, proposing to each project's forge.
pub struct RepairStages {
    workshop: Workshop,
    forge: Arc<dyn Forge>,
    mirrors: PathBuf,
}

impl RepairStages {
    /// `mirrors` keeps a bare copy of every project's repository.
    pub fn new(workshop: Workshop, forge: Arc<dyn Forge>, mirrors: &Path) -> Self {
        Self { workshop, forge, mirrors: mirrors.to_path_buf() }
    }

    /// A repair begins with what the repository has now, and then stays with it.
    fn repository(&self, job: &Job) -> Result<Repository, Halt> {
        let place = self.mirrors.join(format!("{}.git", job.project.id));
        if !matches!(job.progress, Progress::Queued) {
            return Ok(Repository::open(&place)?);
        }
        Ok(self.forge.mirror(&job.project, &place)?)
    }
}

impl Stages for RepairStages {
    fn advance(&self, job: &Job) -> Result<Progress, Halt> {
        let repository = self.repository(job)?;
        let stopwatch = Stopwatch::default();
        let context = Context {
            workshop: &self.workshop,
            project: &job.project,
            issue: Some(&job.issue),
            errand: &job.errand,
            event: &job.event,
            repository: &repository,
            base: &job.project.base_branch,
            forge: Some(self.forge.as_ref()),
            stopwatch: &stopwatch,
        };
        repair::advance(&context, job.progress.clone())
    }

    fn merge(&self, project: &Project, proposal: &Proposal) -> anyhow::Result<String> {
        Ok(self.forge.merge(project, proposal)?)
    }

    fn close(&self, project: &Project, proposal: &Proposal, word: &str) -> anyhow::Result<()> {
        Ok(self.forge.close(project, proposal, word)?)
    }
}
