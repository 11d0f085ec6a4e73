//! Merging, guarded by the head that was looked at: at once, or by GitHub when the rules are met.

use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Api;
use super::client::Request;
use super::policy::ApiError;
use super::pulls::Pull;
use super::repository::Facts;
use super::slug::Slug;

const ENABLE: &str = "mutation($id: ID!, $method: PullRequestMergeMethod!, $head: GitObjectID!) { \
    enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: $method, \
    expectedHeadOid: $head}) { pullRequest { number } } }";

#[derive(Deserialize)]
struct Merged {
    sha: String,
}

impl Api {
    /// Merges a pull request whose head is still `head`, in the way that the repository allows,
    /// and returns the commit on the base branch.
    pub(super) fn merge_now(
        &self,
        slug: &Slug,
        number: i64,
        head: &str,
    ) -> Result<String, ApiError> {
        let method = self.facts(slug)?.merge_method();
        let call = Request::new(
            Method::PUT,
            slug.path(format_args!("/pulls/{number}/merge")),
            json!({"sha": head, "merge_method": method}),
        );
        let done = || {
            let pull = self.pull(slug, number)?;
            let merged = pull.is_merged();
            Ok(pull.merge_commit_sha.filter(|_| merged).map(|sha| Merged { sha }))
        };
        self.change::<Merged>(slug, &call, done).map(|merged| merged.sha)
    }

    /// Has GitHub merge it as soon as the branch's rules are met; at once where they are.
    pub(super) fn merge_when_ready(&self, slug: &Slug, pull: &Pull) -> Result<(), ApiError> {
        if pull.auto_merge.is_some() || pull.is_merged() {
            return Ok(());
        }
        let method = self.facts(slug)?.merge_method().to_uppercase();
        let head = &pull.head.sha;
        let variables = json!({"id": pull.node_id, "method": method, "head": head});
        let done = || {
            let now = self.pull(slug, pull.number)?;
            Ok((now.auto_merge.is_some() || now.is_merged()).then_some(Value::Null))
        };
        match self.mutate(slug, ENABLE, variables, done) {
            // There is nothing to wait for.
            Err(ApiError::Invalid(why)) if why.contains("clean status") => {
                self.merge_now(slug, pull.number, head).map(drop)
            }
            ended => ended.map(drop),
        }
    }
}

impl Facts {
    /// A merge commit keeps our commit's name, so it is the first choice. Without the rights to
    /// see what is allowed, everything seems to be.
    fn merge_method(&self) -> &'static str {
        let allowed = |flag: Option<bool>| flag.unwrap_or(true);
        if allowed(self.allow_merge_commit) {
            "merge"
        } else if allowed(self.allow_squash_merge) {
            "squash"
        } else {
            "rebase"
        }
    }
}
