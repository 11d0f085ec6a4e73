//! The model in GitHub's shapes: pull requests and what hangs on them.

use serde_json::{Value, json};

use super::model::{Comment, PullRequest, Reaction, Repository, Review, World};
use super::shapes::node_id;

impl World {
    pub(super) fn repository_url(&self, repository: &Repository) -> String {
        format!("{}/repos/{}", self.api(), repository.full_name())
    }

    fn pull_html(&self, repository: &Repository, number: u64) -> String {
        format!("{}/{}/pull/{number}", self.url, repository.full_name())
    }

    /// How somebody stands to a repository.
    fn association(&self, repository: &Repository, login: &str) -> &'static str {
        if login == repository.owner {
            "OWNER"
        } else if repository.collaborators.contains_key(login) {
            "COLLABORATOR"
        } else if login.ends_with("[bot]") {
            "CONTRIBUTOR"
        } else {
            "NONE"
        }
    }

    /// `pull-request-simple`, as in lists.
    pub fn pull_shape(&self, repository: &Repository, pull: &PullRequest) -> Value {
        let base = self.repository_url(repository);
        let (url, issue) =
            (format!("{base}/pulls/{}", pull.number), format!("{base}/issues/{}", pull.number));
        let html = self.pull_html(repository, pull.number);
        let statuses = format!("{base}/statuses/{}", pull.head_sha);
        let side = |branch: &str, sha: &str| {
            json!({
                "label": format!("{}:{branch}", repository.owner),
                "ref": branch,
                "sha": sha,
                "user": self.user_shape(&repository.owner),
                "repo": self.repository_shape(repository),
            })
        };
        let closed_at = pull.closed.as_ref().map(|(at, _)| at.to_string());
        let reviewers: Vec<Value> =
            pull.reviewers.iter().map(|login| self.user_shape(login)).collect();
        let mut shape = json!({
            "url": url,
            "id": pull.id,
            "node_id": node_id("PR", pull.id),
            "html_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "issue_url": issue,
            "commits_url": format!("{url}/commits"),
            "review_comments_url": format!("{url}/comments"),
            "review_comment_url": format!("{base}/pulls/comments{{/number}}"),
            "comments_url": format!("{issue}/comments"),
            "statuses_url": statuses,
            "number": pull.number,
            "state": if pull.open { "open" } else { "closed" },
            "locked": false,
            "active_lock_reason": null,
            "title": pull.title,
            "user": self.user_shape(&pull.author),
            "body": pull.body,
            "labels": pull.labels.iter().map(|name| self.label_shape(repository, name)).collect::<Vec<_>>(),
            "milestone": null,
            "created_at": pull.created_at.to_string(),
            "updated_at": pull.updated_at.to_string(),
            "closed_at": closed_at,
            "merged_at": pull.merged.as_ref().and(closed_at),
            "merge_commit_sha": pull.merged.as_ref().map(|merged| merged.sha.clone()),
            "assignee": null,
            "assignees": [],
            "requested_reviewers": reviewers,
            "requested_teams": [],
            "author_association": self.association(repository, &pull.author),
            "auto_merge": pull.auto_merge.as_ref().map(|auto| json!({
                "enabled_by": self.user_shape(&auto.by),
                "merge_method": auto.how.name(),
                "commit_title": auto.title.clone().unwrap_or_default(),
                "commit_message": auto.message.clone().unwrap_or_default(),
            })),
            "draft": pull.draft,
        });
        shape["head"] = side(&pull.head, &pull.head_sha);
        shape["base"] = side(&pull.base, &pull.base_sha);
        shape["_links"] = json!({
            "self": { "href": url },
            "html": { "href": html },
            "issue": { "href": issue },
            "comments": { "href": format!("{issue}/comments") },
            "review_comments": { "href": format!("{url}/comments") },
            "review_comment": { "href": format!("{base}/pulls/comments{{/number}}") },
            "commits": { "href": format!("{url}/commits") },
            "statuses": { "href": statuses },
        });
        shape
    }

    /// `pull-request`, as on its own. What a merge would give is known only when `computed`.
    pub fn full_pull_shape(
        &self,
        repository: &Repository,
        pull: &PullRequest,
        computed: bool,
    ) -> Value {
        let mut shape = self.pull_shape(repository, pull);
        let commits = repository.git.between(&pull.base_sha, &pull.head_sha).unwrap_or_default();
        let files = repository.files(pull).unwrap_or_default();
        let sum = |key: &str| files.iter().filter_map(|file| file[key].as_u64()).sum::<u64>();
        let comments = repository.comments.iter().filter(|c| c.number == pull.number).count();
        let state = repository.mergeable(pull);
        let known = computed && pull.open;
        shape["merged"] = json!(pull.merged.is_some());
        shape["mergeable"] = if known { json!(state != "dirty") } else { Value::Null };
        shape["rebaseable"] = shape["mergeable"].clone();
        shape["mergeable_state"] = json!(if known { state } else { "unknown" });
        shape["merged_by"] = json!(pull.merged.as_ref().map(|merged| self.user_shape(&merged.by)));
        shape["comments"] = json!(comments);
        shape["review_comments"] = json!(0);
        shape["maintainer_can_modify"] = json!(false);
        shape["commits"] = json!(commits.len());
        shape["additions"] = json!(sum("additions"));
        shape["deletions"] = json!(sum("deletions"));
        shape["changed_files"] = json!(files.len());
        shape
    }

    /// `label`.
    pub fn label_shape(&self, repository: &Repository, name: &str) -> Value {
        let id = repository.labels.get(name).copied().unwrap_or_default();
        json!({
            "id": id,
            "node_id": node_id("LA", id),
            "url": format!("{}/labels/{name}", self.repository_url(repository)),
            "name": name,
            // Null where nobody wrote one, says one schema of GitHub's; another says text.
            "description": "",
            "color": "ededed",
            "default": false,
        })
    }

    /// `issue-comment`.
    pub fn comment_shape(&self, repository: &Repository, comment: &Comment) -> Value {
        let base = self.repository_url(repository);
        let url = format!("{base}/issues/comments/{}", comment.id);
        let given: Vec<&str> =
            comment.reactions.iter().map(|reaction| reaction.content.as_str()).collect();
        json!({
            "url": url,
            "html_url": format!(
                "{}#issuecomment-{}", self.pull_html(repository, comment.number), comment.id
            ),
            "issue_url": format!("{base}/issues/{}", comment.number),
            "id": comment.id,
            "node_id": node_id("IC", comment.id),
            "user": self.user_shape(&comment.author),
            "created_at": comment.created_at.to_string(),
            "updated_at": comment.updated_at.to_string(),
            "body": comment.body,
            "author_association": self.association(repository, &comment.author),
            "reactions": reactions_shape(&format!("{url}/reactions"), &given),
            "performed_via_github_app": null,
        })
    }

    /// `reaction`.
    pub fn reaction_shape(&self, reaction: &Reaction) -> Value {
        json!({
            "id": reaction.id,
            "node_id": node_id("REA", reaction.id),
            "user": self.user_shape(&reaction.author),
            "content": reaction.content,
            "created_at": reaction.at.to_string(),
        })
    }

    /// `pull-request-review`.
    pub fn review_shape(
        &self,
        repository: &Repository,
        pull: &PullRequest,
        review: &Review,
    ) -> Value {
        let html =
            format!("{}#pullrequestreview-{}", self.pull_html(repository, pull.number), review.id);
        let url = format!("{}/pulls/{}", self.repository_url(repository), pull.number);
        json!({
            "id": review.id,
            "node_id": node_id("PRR", review.id),
            "user": self.user_shape(&review.author),
            "body": review.body,
            "state": review.opinion.state(),
            "html_url": html,
            "pull_request_url": url,
            "author_association": self.association(repository, &review.author),
            "_links": { "html": { "href": html }, "pull_request": { "href": url } },
            "submitted_at": review.at.to_string(),
            "commit_id": review.sha,
        })
    }

    /// `pull-request-minimal`.
    pub fn minimal_pull_shape(&self, repository: &Repository, pull: &PullRequest) -> Value {
        let url = self.repository_url(repository);
        let side = |branch: &str, sha: &str| {
            json!({
                "ref": branch,
                "sha": sha,
                "repo": { "id": repository.id, "name": repository.name, "url": url },
            })
        };
        json!({
            "id": pull.id,
            "number": pull.number,
            "url": format!("{url}/pulls/{}", pull.number),
            "head": side(&pull.head, &pull.head_sha),
            "base": side(&pull.base, &pull.base_sha),
        })
    }
}

/// `reaction-rollup`.
pub(super) fn reactions_shape(url: &str, given: &[&str]) -> Value {
    let mut shape = json!({ "url": url, "total_count": given.len() });
    for content in ["+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket"] {
        shape[content] = json!(given.iter().filter(|one| **one == content).count());
    }
    shape
}
