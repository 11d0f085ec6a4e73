//! The real stages: a job's repository is mirrored, then `repair` takes one step in it; and the
//! real looks, by `follow`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::{Follow, Stages};
use crate::follow::{self, Mirror, Policy};
use crate::forge::{Answer, Forge};
use crate::git::Repository;
use crate::model::{Followed, Halt, Progress, Project, Proposal, Watched};
use crate::repair::{self, Context, Workshop};
use crate::store::Job;
use crate::toolchain::Stopwatch;

/// Repairs in mirrors under one folder, proposing to each project's forge.
pub struct RepairStages {
    workshop: Workshop,
    forge: Arc<dyn Forge>,
    mirrors: PathBuf,
    policy: Policy,
    /// Held while branches of a mirror move: a fetch must not undo what a proposal is made from.
    moving: Mutex<()>,
}

impl RepairStages {
    /// `mirrors` keeps a bare copy of every project's repository.
    pub fn new(workshop: Workshop, forge: Arc<dyn Forge>, mirrors: &Path) -> Self {
        let (policy, moving) = (Policy::default(), Mutex::new(()));
        Self { workshop, forge, mirrors: mirrors.to_path_buf(), policy, moving }
    }

    /// The same with what the operator allows after a proposal.
    #[must_use]
    pub fn following(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// A repair begins with what the repository has now, and then stays with it.
    fn repository(&self, job: &Job) -> Answer<Repository> {
        self.mirror(&job.project, job.progress == Progress::Queued)
    }

    /// The mirror, with what the repository has now if it is to be `fetched`.
    fn mirror(&self, project: &Project, fetched: bool) -> Answer<Repository> {
        let place = self.mirrors.join(format!("{}.git", project.id));
        if !fetched {
            return Ok(Repository::open(&place)?);
        }
        let _alone = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        self.forge.mirror(project, &place)
    }
}

impl Follow for RepairStages {
    fn follow(&self, watched: &Watched, now: Timestamp) -> Answer<Followed> {
        let open = |fetched| self.mirror(&watched.project, fetched);
        let mirror = Mirror::new(&open);
        let context = follow::Context {
            forge: self.forge.as_ref(),
            mirror: &mirror,
            policy: &self.policy,
            now,
        };
        follow::step(&context, watched)
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
        let proposes = matches!(job.progress, Progress::Verified(_));
        let _alone = proposes.then(|| self.moving.lock().unwrap_or_else(PoisonError::into_inner));
        repair::advance(&context, job.progress.clone())
    }

    fn merge(&self, project: &Project, proposal: &Proposal) -> anyhow::Result<String> {
        Ok(self.forge.merge(project, proposal)?)
    }

    fn close(&self, project: &Project, proposal: &Proposal, word: &str) -> anyhow::Result<()> {
        Ok(self.forge.close(project, proposal, word)?)
    }
}
