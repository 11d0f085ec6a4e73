//! Verified commits: GitHub makes the commit itself and signs it. It makes it on a branch of its
//! own, so that the proposal's branch moves once, by the same compare-and-swap as any push.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Github;
use crate::forge::github::policy::ApiError;
use crate::forge::github::slug::Slug;
use crate::forge::{Answer, ForgeError, OURS, Push};
use crate::git::{self, Content, Repository};

const CREATE: &str = "mutation($input: CreateCommitOnBranchInput!) { \
    createCommitOnBranch(input: $input) { commit { oid } } }";

impl Github {
    /// Has GitHub make the commit again, with the same parent and tree, and moves the branch to
    /// that one. A branch that is at such a commit already stays.
    pub(super) fn push_verified(
        &self,
        slug: &Slug,
        mirror: &Repository,
        push: &Push<'_>,
    ) -> Answer<String> {
        if !push.branch.starts_with(OURS) {
            return Err(anyhow::anyhow!("`{}` is not a branch of ours", push.branch).into());
        }
        let content = mirror.content(push.commit)?;
        if let Some(head) = self.fetched(slug, mirror, push.branch)?
            && mirror.content(&head)?.is_same(&content)
        {
            return Ok(head);
        }
        let staging = format!("{OURS}staging-{}", push.commit.get(..12).unwrap_or(push.commit));
        let made = self.staged(slug, mirror, &staging, &content)?;
        let moved = git::Push { branch: push.branch, commit: Some(&made), expected: push.expected };
        let ended = self.with_git(slug, |access| mirror.push(access, &moved));
        // The branch was only a place to make the commit at.
        if let Err(error) =
            self.with_git(slug, |access| git::delete_branch(access, &staging, &made))
        {
            tracing::warn!(%slug, staging, %error, "the staging branch stays behind");
        }
        ended.map(|()| made)
    }

    /// The commit that GitHub made, which the mirror then has.
    fn staged(
        &self,
        slug: &Slug,
        mirror: &Repository,
        staging: &str,
        content: &Content,
    ) -> Answer<String> {
        let found = self.fetched(slug, mirror, staging)?;
        if let Some(head) = &found
            && mirror.content(head)?.is_same(content)
        {
            return Ok(head.clone());
        }
        let start = git::Push {
            branch: staging,
            commit: Some(&content.parent),
            expected: found.as_deref(),
        };
        self.with_git(slug, |access| mirror.push(access, &start))?;
        let made = self.create(slug, staging, content);
        made.map_err(self.told(format!("a commit at {slug}"), "contents: write"))?;
        let head = self.fetched(slug, mirror, staging)?;
        let head = head.ok_or_else(|| ForgeError::Missing(format!("branch `{staging}`")))?;
        if mirror.content(&head)?.is_same(content) {
            return Ok(head);
        }
        Err(ForgeError::Rejected(
            "GitHub made another commit than ours: it can make no executable files or links"
                .to_owned(),
        ))
    }

    fn create(&self, slug: &Slug, staging: &str, content: &Content) -> Result<(), ApiError> {
        let additions: Vec<Value> = content
            .written
            .iter()
            .map(|(path, bytes)| json!({"path": path, "contents": STANDARD.encode(bytes)}))
            .collect();
        let deletions: Vec<Value> =
            content.removed.iter().map(|path| json!({"path": path})).collect();
        let (headline, body) = content.message.split_once('\n').unwrap_or((&content.message, ""));
        let input = json!({
            "branch": {"repositoryNameWithOwner": slug.to_string(), "branchName": staging},
            "message": {"headline": headline, "body": body.trim()},
            "expectedHeadOid": content.parent,
            "fileChanges": {"additions": additions, "deletions": deletions},
        });
        let done = || {
            let head = self.api.branch(slug, staging)?;
            Ok(head.filter(|head| *head != content.parent).map(|_| Value::Null))
        };
        self.api.mutate(slug, CREATE, json!({"input": input}), done).map(drop)
    }

    /// Where a branch is; the mirror then has its commit.
    fn fetched(&self, slug: &Slug, mirror: &Repository, branch: &str) -> Answer<Option<String>> {
        self.with_git(slug, |access| Ok(mirror.fetch_branch(access, branch)?))
    }
}
