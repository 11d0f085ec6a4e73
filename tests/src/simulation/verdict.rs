//! The stages of a repair, with a made-up verdict in place of the proof.

use std::path::PathBuf;

use bugstack_agent::git::Repository;
use bugstack_agent::model::{
    Diagnosis, Followed, Halt, Progress, Project, Proof, Proposal, Verdict, Watched,
};
use bugstack_agent::store::Job;
use bugstack_agent::worker::{Follow, RepairStages, Stages};
use bugstack_patch::Patch;
use jiff::Timestamp;
use serde_json::json;

/// The real stages and looks; the first candidate is believed.
pub(super) struct Believing {
    pub(super) stages: RepairStages,
    /// Where the agent keeps its copy of the repository.
    pub(super) mirror: PathBuf,
}

impl Stages for Believing {
    fn advance(&self, job: &Job) -> Result<Progress, Halt> {
        match &job.progress {
            Progress::Patched(diagnosis, patches) => {
                Ok(Progress::Verified(Box::new(self.believe(diagnosis, patches)?)))
            }
            _ => self.stages.advance(job),
        }
    }

    fn merge(&self, project: &Project, proposal: &Proposal) -> anyhow::Result<String> {
        self.stages.merge(project, proposal)
    }

    fn close(&self, project: &Project, proposal: &Proposal, word: &str) -> anyhow::Result<()> {
        self.stages.close(project, proposal, word)
    }
}

impl Follow for Believing {
    fn follow(
        &self,
        watched: &Watched,
        now: Timestamp,
    ) -> Result<Followed, bugstack_agent::forge::ForgeError> {
        self.stages.follow(watched, now)
    }
}

impl Believing {
    fn believe(&self, diagnosis: &Diagnosis, patches: &[Patch]) -> Result<Verdict, Halt> {
        let patch = patches
            .first()
            .ok_or_else(|| Halt::refused("no-candidate", "there is nothing to believe"))?;
        let mirror = Repository::open(&self.mirror)?;
        let tree = mirror.tree(&diagnosis.site.base)?;
        let mut files = Vec::new();
        for path in patch.paths() {
            let before = tree.read_text(path).unwrap_or_default();
            files.push((path.to_owned(), patch.apply(path, &before)?));
        }
        Ok(Verdict {
            diagnosis: diagnosis.clone(),
            patch: patch.clone(),
            files,
            proof: proof()?,
            laps: Vec::new(),
        })
    }
}

fn proof() -> Result<Proof, Halt> {
    let suite = json!({ "passed": 2, "failed": 0, "flaky": 0 });
    let test = "broadcast sends to open sockets only";
    let proof = json!({
        "baseline": suite,
        "red": { "test": test, "message": "readyState 3", "reason": "as in production" },
        "green": { "test": test, "suite": suite },
        "types": null, "sites": [], "mutants": [], "unaffected": [], "tests_edited": [],
        "tried": [], "environment": { "node": "v20.20.2", "ws": "8.18.0" },
    });
    serde_json::from_value(proof).map_err(|error| Halt::Fault(error.into()))
}
