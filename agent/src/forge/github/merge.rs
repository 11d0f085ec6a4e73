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
    /// Merges a pull request whose head is still `head`, in the first way that the repository
    /// allows, and returns the commit on the base branch.
    pub(super) fn merge_now(
        &self,
        slug: &Slug,
        number: i64,
        head: &str,
    ) -> Result<String, ApiError> {
        let done = || {
            let pull = self.pull(slug, number)?;
            let merged = pull.is_merged();
            Ok(pull.merge_commit_sha.filter(|_| merged).map(|sha| Merged { sha }))
        };
        self.in_an_allowed_way(slug, |method| {
            let path = slug.path(format_args!("/pulls/{number}/merge"));
            let body = json!({"sha": head, "merge_method": method});
            let call = Request::new(Method::PUT, path, body);
            self.change::<Merged>(slug, &call, done).map(|merged| merged.sha)
        })
    }

    /// Has GitHub merge it as soon as the branch's rules are met; at once where they are.
    pub(super) fn merge_when_ready(&self, slug: &Slug, pull: &Pull) -> Result<(), ApiError> {
        if pull.auto_merge.is_some() || pull.is_merged() {
            return Ok(());
        }
        let head = &pull.head.sha;
        let done = || {
            let now = self.pull(slug, pull.number)?;
            Ok((now.auto_merge.is_some() || now.is_merged()).then_some(Value::Null))
        };
        let enabled = self.in_an_allowed_way(slug, |method| {
            let method = method.to_uppercase();
            let variables = json!({"id": pull.node_id, "method": method, "head": head});
            self.mutate(slug, ENABLE, variables, done)
        });
        match enabled {
            // There is nothing to wait for.
            Err(ApiError::Invalid(why)) if why.contains("clean status") => {
                self.merge_now(slug, pull.number, head).map(drop)
            }
            ended => ended.map(drop),
        }
    }

    /// Who may not administer the repository may not see either which ways it allows: GitHub then
    /// says so of each that is tried.
    fn in_an_allowed_way<T>(
        &self,
        slug: &Slug,
        merge: impl Fn(&str) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut refused = ApiError::Fault(format!("{slug} allows no way of merging"));
        for method in self.facts(slug)?.merge_methods() {
            match merge(method) {
                Err(error @ (ApiError::Conflict { status: 405, .. } | ApiError::Invalid(_)))
                    if error.is_about_the_way() =>
                {
                    refused = error
                }
                ended => return ended,
            }
        }
        Err(refused)
    }
}

impl ApiError {
    /// `Squash merges are not allowed on this repository.`
    fn is_about_the_way(&self) -> bool {
        let (Self::Conflict { why, .. } | Self::Invalid(why)) = self else { return false };
        let why = why.to_lowercase();
        ["merge commits", "squash merges", "rebase merges"].iter().any(|way| why.contains(way))
            && why.contains("not allowed")
    }
}

impl Facts {
    /// A merge commit keeps our commit's name, so it is the first choice.
    fn merge_methods(&self) -> impl Iterator<Item = &'static str> {
        let ways = [
            ("merge", self.allow_merge_commit),
            ("squash", self.allow_squash_merge),
            ("rebase", self.allow_rebase_merge),
        ];
        ways.into_iter().filter(|(_, allowed)| allowed.unwrap_or(true)).map(|(method, _)| method)
    }
}
