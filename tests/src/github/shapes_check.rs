//! The model in GitHub's shapes: check runs, their suites, statuses.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::model::{CheckRun, PullRequest, Repository, Status, World};
use super::shapes::node_id;

impl World {
    /// `check-run`.
    pub fn check_run_shape(&self, repository: &Repository, run: &CheckRun) -> Value {
        let url = format!("{}/check-runs/{}", self.repository_url(repository), run.id);
        let html = format!("{}/{}/runs/{}", self.url, repository.full_name(), run.id);
        let pulls: Vec<Value> = repository
            .pulls
            .values()
            .filter(|pull| pull.open && pull.head_sha == run.sha)
            .map(|pull| self.minimal_pull_shape(repository, pull))
            .collect();
        let output = run.output.clone().unzip();
        json!({
            "id": run.id,
            "node_id": node_id("CR", run.id),
            "head_sha": run.sha,
            "name": run.name,
            "external_id": "",
            "url": url,
            "html_url": html,
            "details_url": html,
            "status": if run.conclusion.is_some() { "completed" } else { "in_progress" },
            "conclusion": run.conclusion,
            "started_at": run.started_at.to_string(),
            "completed_at": run.completed_at.map(|at| at.to_string()),
            "output": {
                "title": output.0,
                "summary": output.1,
                "text": null,
                "annotations_count": 0,
                "annotations_url": format!("{url}/annotations"),
            },
            "check_suite": { "id": suite_id(&run.sha) },
            "app": self.actions_app(),
            "pull_requests": pulls,
        })
    }

    /// The app that runs every check here.
    fn actions_app(&self) -> Value {
        json!({
            "id": 15368,
            "slug": "github-actions",
            "node_id": node_id("A", 15368),
            "owner": self.user_shape("octocat"),
            "name": "GitHub Actions",
            "description": null,
            "external_url": "https://help.github.com/en/actions",
            "html_url": format!("{}/apps/github-actions", self.url),
            "created_at": "2018-07-30T09:30:17Z",
            "updated_at": "2018-07-30T09:30:17Z",
            "permissions": { "checks": "write", "contents": "read" },
            "events": [],
        })
    }

    /// The suite that all runs of a commit make, as in a `check_run` event.
    pub(super) fn suite_shape(&self, repository: &Repository, sha: &str) -> Value {
        let runs: Vec<&CheckRun> =
            repository.check_runs.iter().filter(|run| run.sha == sha).collect();
        let done = runs.iter().all(|run| run.conclusion.is_some());
        let good = ["success", "neutral", "skipped"];
        let green =
            runs.iter().all(|run| run.conclusion.as_deref().is_some_and(|end| good.contains(&end)));
        let conclusion = if green { "success" } else { "failure" };
        let pulls: Vec<&PullRequest> =
            repository.pulls.values().filter(|pull| pull.open && pull.head_sha == sha).collect();
        let id = suite_id(sha);
        let at = |pick: fn(&CheckRun) -> Timestamp| {
            runs.iter().map(|run| pick(run)).max().unwrap_or_default().to_string()
        };
        json!({
            "id": id,
            "node_id": node_id("CS", id),
            "head_branch": pulls.first().map(|pull| &pull.head),
            "head_sha": sha,
            "status": if done { "completed" } else { "in_progress" },
            "conclusion": done.then_some(conclusion),
            "url": format!("{}/check-suites/{id}", self.repository_url(repository)),
            "before": null,
            "after": sha,
            "pull_requests": pulls
                .iter()
                .map(|pull| self.minimal_pull_shape(repository, pull))
                .collect::<Vec<_>>(),
            "app": self.actions_app(),
            "created_at": at(|run| run.started_at),
            "updated_at": at(|run| run.completed_at.unwrap_or(run.started_at)),
        })
    }

    /// `status`, and `simple-commit-status` as well.
    pub fn status_shape(&self, repository: &Repository, status: &Status) -> Value {
        json!({
            "url": format!("{}/statuses/{}", self.repository_url(repository), status.sha),
            "avatar_url": null,
            "id": status.id,
            "node_id": node_id("SC", status.id),
            "state": status.state,
            "description": status.description,
            "target_url": null,
            "context": status.context,
            "created_at": status.at.to_string(),
            "updated_at": status.at.to_string(),
        })
    }
}

/// The suite that a commit's runs belong to.
pub(super) fn suite_id(sha: &str) -> u64 {
    u64::from_str_radix(sha.get(..8).unwrap_or_default(), 16).unwrap_or_default()
}
