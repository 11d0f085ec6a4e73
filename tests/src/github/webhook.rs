//! Events for the app: they queue here until a test delivers, loses, doubles or reorders them.

use anyhow::{Context, Result};
use base64::Engine;
use ring::hmac;
use serde_json::{Value, json};

use super::contract;
use super::git::{Signature, ZERO};
use super::model::{Repository, World};
use super::shapes::node_id;
use super::shapes_pull::reactions_shape;

/// One webhook request that GitHub would send.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// `X-GitHub-Delivery`: a delivery sent twice has the same.
    pub guid: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The payload's `action`, where the event has one.
    pub action: Option<String>,
    /// The body, exactly as signed.
    pub body: Vec<u8>,
    /// `X-Hub-Signature-256`.
    pub signature: String,
    /// `X-GitHub-Hook-ID`.
    pub hook: u64,
}

impl Delivery {
    /// The headers that GitHub sends with it.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("accept", "*/*".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("user-agent", format!("GitHub-Hookshot/{:07x}", self.hook)),
            ("x-github-delivery", self.guid.clone()),
            ("x-github-event", self.event.clone()),
            ("x-github-hook-id", self.hook.to_string()),
            ("x-github-hook-installation-target-id", "1".to_owned()),
            ("x-github-hook-installation-target-type", "integration".to_owned()),
            ("x-hub-signature-256", self.signature.clone()),
        ]
    }

    /// The payload.
    pub fn payload(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// `sha256=` and the HMAC of a body in hexadecimal digits.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

impl World {
    /// Queues an event, if somebody wants it.
    fn tell(&mut self, name: &str, event: &str, by: &str, mut payload: Value) -> Result<()> {
        let Some(hook) = self.hook.clone() else { return Ok(()) };
        if !hook.events.is_empty() && !hook.events.contains(event) {
            return Ok(());
        }
        let repository = self.repository(name)?;
        payload["repository"] = self.repository_shape(repository);
        payload["sender"] = self.user_shape(by);
        if let Some(installation) =
            self.installations.iter().find(|installation| installation.repositories.contains(name))
        {
            let encoded = base64::engine::general_purpose::STANDARD
                .encode(format!("018:IntegrationInstallation{}", installation.id));
            payload["installation"] = json!({ "id": installation.id, "node_id": encoded });
        }
        self.violations.extend(contract::webhooks::check(event, &payload));
        let body = serde_json::to_vec(&payload)?;
        self.deliveries.push(Delivery {
            guid: uuid::Uuid::new_v4().to_string(),
            event: event.to_owned(),
            action: payload["action"].as_str().map(str::to_owned),
            signature: sign(&hook.secret, &body),
            body,
            hook: hook.id,
        });
        Ok(())
    }

    /// `pull_request`.
    pub(super) fn tell_pull(
        &mut self,
        name: &str,
        number: u64,
        action: &str,
        by: &str,
        more: &Value,
    ) -> Result<()> {
        let mut payload = json!({
            "action": action,
            "number": number,
            "pull_request": self.event_pull(name, number)?,
        });
        add(&mut payload, more);
        self.tell(name, "pull_request", by, payload)
    }

    /// `issue_comment`, whose `issue` is the pull request.
    pub(super) fn tell_comment(
        &mut self,
        name: &str,
        id: u64,
        action: &str,
        by: &str,
        more: &Value,
    ) -> Result<()> {
        let repository = self.repository(name)?;
        let comment = repository.comments.iter().find(|c| c.id == id).context("no comment")?;
        let pull = repository.pulls.get(&comment.number).context("no pull request")?;
        let shape = self.full_pull_shape(repository, pull, false);
        let url = shape["issue_url"].as_str().unwrap_or_default();
        let mut issue = json!({
            "url": url,
            "repository_url": self.repository_url(repository),
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "active_lock_reason": null,
            "reactions": reactions_shape(&format!("{url}/reactions"), &[]),
            "html_url": shape["html_url"],
            "id": pull.id,
            "node_id": node_id("I", pull.id),
            "pull_request": {
                "url": shape["url"],
                "html_url": shape["html_url"],
                "diff_url": shape["diff_url"],
                "patch_url": shape["patch_url"],
                "merged_at": shape["merged_at"],
            },
        });
        for key in [
            "number",
            "title",
            "user",
            "labels",
            "state",
            "locked",
            "assignee",
            "assignees",
            "milestone",
            "comments",
            "created_at",
            "updated_at",
            "closed_at",
            "draft",
            "body",
            "author_association",
        ] {
            issue[key] = shape[key].clone();
        }
        let mut payload = json!({
            "action": action,
            "issue": issue,
            "comment": self.comment_shape(repository, comment),
        });
        add(&mut payload, more);
        self.tell(name, "issue_comment", by, payload)
    }

    /// `pull_request_review` submitted.
    pub(super) fn tell_review(&mut self, name: &str, number: u64, id: u64, by: &str) -> Result<()> {
        let repository = self.repository(name)?;
        let pull = repository.pulls.get(&number).context("no pull request")?;
        let review = pull.reviews.iter().find(|review| review.id == id).context("no review")?;
        let mut shape = self.review_shape(repository, pull, review);
        // Webhooks write the state in small letters, the API in capitals.
        shape["state"] = json!(review.opinion.state().to_ascii_lowercase());
        let payload = json!({
            "action": "submitted",
            "review": shape,
            "pull_request": self.pull_shape(repository, pull),
        });
        self.tell(name, "pull_request_review", by, payload)
    }

    /// `check_run`, and `check_suite` when it was the last of its commit.
    pub(super) fn tell_check(&mut self, name: &str, id: u64) -> Result<()> {
        let repository = self.repository(name)?;
        let runs = &repository.check_runs;
        let run = runs.iter().find(|run| run.id == id).context("no check run")?;
        let done = run.conclusion.is_some();
        let sha = run.sha.clone();
        let mut suite = self.suite_shape(repository, &sha);
        let mut shape = self.check_run_shape(repository, run);
        shape["check_suite"] = suite.clone();
        let ended = suite["status"] == "completed";
        suite["latest_check_runs_count"] = json!(runs.iter().filter(|run| run.sha == sha).count());
        suite["check_runs_url"] =
            json!(format!("{}/check-runs", suite["url"].as_str().unwrap_or_default()));
        suite["head_commit"] = self.simple_commit_shape(repository, &sha)?;
        let action = if done { "completed" } else { "created" };
        let payload = json!({ "action": action, "check_run": shape });
        self.tell(name, "check_run", "github-actions[bot]", payload)?;
        if !ended {
            return Ok(());
        }
        let payload = json!({ "action": "completed", "check_suite": suite });
        self.tell(name, "check_suite", "github-actions[bot]", payload)
    }

    /// A commit as a suite shows it.
    fn simple_commit_shape(&self, repository: &Repository, sha: &str) -> Result<Value> {
        let commit = repository.git.commit(sha)?;
        let who = |who: &Signature| json!({ "name": who.name, "email": who.email });
        Ok(json!({
            "id": sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": commit.committer.at.to_string(),
            "author": who(&commit.author),
            "committer": who(&commit.committer),
        }))
    }

    /// `status`.
    pub(super) fn tell_status(&mut self, name: &str, id: u64, by: &str) -> Result<()> {
        let repository = self.repository(name)?;
        let status = repository.statuses.iter().find(|s| s.id == id).context("no status")?;
        let shape = self.status_shape(repository, status);
        let mut commit = self.commit_shape(repository, &repository.git.commit(&status.sha)?);
        if let Some(verification) = commit["commit"]["verification"].as_object_mut() {
            verification.remove("verified_at");
        }
        let payload = json!({
            "id": status.id,
            "sha": status.sha,
            "name": name,
            "context": status.context,
            "state": status.state,
            "description": status.description,
            "target_url": null,
            "avatar_url": null,
            "commit": commit,
            "branches": [],
            "created_at": shape["created_at"],
            "updated_at": shape["updated_at"],
        });
        self.tell(name, "status", by, payload)
    }

    /// `push`.
    pub(super) fn tell_push(
        &mut self,
        name: &str,
        by: &str,
        branch: &str,
        before: &str,
        after: &str,
    ) -> Result<()> {
        let repository = self.repository(name)?;
        let html = format!("{}/{name}", self.url);
        let (created, deleted) = (before == ZERO, after == ZERO);
        let shas =
            if created || deleted { Vec::new() } else { repository.git.between(before, after)? };
        let user = |who: &Signature| {
            let mut shape = json!({ "name": who.name, "email": who.email });
            if let Some(user) = self.user_of(who) {
                shape["username"] = json!(user.login);
            }
            shape
        };
        let shape = |sha: &str| -> Result<Value> {
            let commit = repository.git.commit(sha)?;
            Ok(json!({
                "id": sha,
                "tree_id": commit.tree,
                "distinct": true,
                "message": commit.message,
                "timestamp": commit.committer.at.to_string(),
                "url": format!("{html}/commit/{sha}"),
                "author": user(&commit.author),
                "committer": user(&commit.committer),
                "added": [], "removed": [], "modified": [],
            }))
        };
        let commits = shas.iter().map(|sha| shape(sha)).collect::<Result<Vec<_>>>()?;
        let payload = json!({
            "ref": format!("refs/heads/{branch}"),
            "before": before,
            "after": after,
            "created": created,
            "deleted": deleted,
            "forced": !created && !deleted && !repository.git.contains(after, before),
            "base_ref": null,
            "compare": format!("{html}/compare/{before}...{after}"),
            "commits": commits,
            "head_commit": if deleted { Value::Null } else { shape(after)? },
            "pusher": { "name": by, "email": self.user(by).email() },
        });
        self.tell(name, "push", by, payload)
    }
}

fn add(payload: &mut Value, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten() {
        payload[key] = value.clone();
    }
}
