//! What is in a repository: pull requests, reviews, comments, checks, rules.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Role;
use crate::github::git::Git;

/// A repository.
#[derive(Debug)]
pub struct Repository {
    /// Its id.
    pub id: u64,
    /// Its owner's login.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// Whether strangers cannot see it.
    pub private: bool,
    /// Whether it cannot be changed.
    pub archived: bool,
    /// Whether auto-merge may be enabled.
    pub allow_auto_merge: bool,
    /// Whether a head branch goes when its pull request is merged.
    pub delete_branch_on_merge: bool,
    /// The ways that a merge may take.
    pub merge_methods: BTreeSet<Merge>,
    /// The branch that pull requests go to.
    pub default_branch: String,
    /// The real thing.
    pub git: Git,
    /// Who may do what, by login.
    pub collaborators: BTreeMap<String, Role>,
    /// By branch.
    pub protections: BTreeMap<String, Protection>,
    /// By number.
    pub pulls: BTreeMap<u64, PullRequest>,
    /// Of all pull requests, oldest first.
    pub comments: Vec<Comment>,
    /// By name.
    pub labels: BTreeMap<String, u64>,
    /// Oldest first.
    pub check_runs: Vec<CheckRun>,
    /// Oldest first.
    pub statuses: Vec<Status>,
    /// Commits that GitHub signed.
    pub verified: BTreeSet<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was pushed last.
    pub pushed_at: Timestamp,
}

/// A way to merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Merge {
    /// A merge commit.
    Merge,
    /// One new commit.
    Squash,
    /// Each commit again.
    Rebase,
}

/// The rules of a branch.
#[derive(Debug, Clone, Default)]
pub struct Protection {
    /// Contexts that must be green at the head.
    pub required_checks: Vec<String>,
    /// Approving reviews.
    pub approvals: usize,
    /// Whether the head must contain the base.
    pub up_to_date: bool,
}

/// A pull request, always between branches of one repository.
#[derive(Debug, Clone)]
pub struct PullRequest {
    /// Its id.
    pub id: u64,
    /// Its number in the repository.
    pub number: u64,
    /// Its author's login.
    pub author: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: Option<String>,
    /// The branch with the change.
    pub head: String,
    /// The commit there, or where it was last.
    pub head_sha: String,
    /// The branch that the change is for.
    pub base: String,
    /// The commit there, or where it was at the end.
    pub base_sha: String,
    /// Whether it is open.
    pub open: bool,
    /// Whether it is a draft.
    pub draft: bool,
    /// Set once it is merged.
    pub merged: Option<Merged>,
    /// When and by whom it was closed or merged.
    pub closed: Option<(Timestamp, String)>,
    /// Set while it waits to merge by itself.
    pub auto_merge: Option<AutoMerge>,
    /// By name.
    pub labels: Vec<String>,
    /// By login.
    pub reviewers: Vec<String>,
    /// Oldest first.
    pub reviews: Vec<Review>,
    /// The head and base whose merge somebody asked for: the first question has no answer yet.
    pub asked: Option<(String, String)>,
    /// Whether the head branch was deleted or moved by force after the end: it cannot reopen.
    pub head_lost: Option<&'static str>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How a pull request was merged.
#[derive(Debug, Clone)]
pub struct Merged {
    /// The commit on the base branch.
    pub sha: String,
    /// By whom.
    pub by: String,
}

/// How a pull request will be merged.
#[derive(Debug, Clone)]
pub struct AutoMerge {
    /// Who asked.
    pub by: String,
    /// The way.
    pub how: Merge,
    /// The first line of its commit, when given.
    pub title: Option<String>,
    /// The rest of its commit's message, when given.
    pub message: Option<String>,
    /// When it was asked for.
    pub at: Timestamp,
}

/// What a reviewer thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opinion {
    /// Merge it.
    Approve,
    /// Not yet.
    RequestChanges,
    /// Just words.
    Comment,
}

/// A review.
#[derive(Debug, Clone)]
pub struct Review {
    /// Its id.
    pub id: u64,
    /// Its author's login.
    pub author: String,
    /// What it says.
    pub opinion: Opinion,
    /// Its words.
    pub body: String,
    /// Of which commit.
    pub sha: String,
    /// When it was submitted.
    pub at: Timestamp,
}

/// A comment in a pull request's conversation.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Its id.
    pub id: u64,
    /// The pull request's number.
    pub number: u64,
    /// Its author's login.
    pub author: String,
    /// Its text.
    pub body: String,
    /// Who reacted with what.
    pub reactions: Vec<Reaction>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A reaction to a comment.
#[derive(Debug, Clone)]
pub struct Reaction {
    /// Its id.
    pub id: u64,
    /// Whose.
    pub author: String,
    /// Such as `eyes` or `+1`.
    pub content: String,
    /// When.
    pub at: Timestamp,
}

/// A check run of a commit.
#[derive(Debug, Clone)]
pub struct CheckRun {
    /// Its id.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// Its name.
    pub name: String,
    /// How it ended, such as `success`; nothing while it runs.
    pub conclusion: Option<String>,
    /// Title and summary of what it printed.
    pub output: Option<(String, String)>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

/// A commit status, the older sort of check.
#[derive(Debug, Clone)]
pub struct Status {
    /// Its id.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// Its name.
    pub context: String,
    /// `error`, `failure`, `pending` or `success`.
    pub state: String,
    /// Its words.
    pub description: Option<String>,
    /// When it was set.
    pub at: Timestamp,
}

impl Merge {
    /// GitHub's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
        }
    }

    /// The way of a name, in small or capital letters.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Merge, Self::Squash, Self::Rebase]
            .into_iter()
            .find(|how| how.name().eq_ignore_ascii_case(name))
    }
}

impl Opinion {
    /// The state of a review with it.
    pub fn state(self) -> &'static str {
        match self {
            Self::Approve => "APPROVED",
            Self::RequestChanges => "CHANGES_REQUESTED",
            Self::Comment => "COMMENTED",
        }
    }
}

impl Repository {
    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The role of a user; strangers may look at what is public.
    pub fn role(&self, login: &str) -> Option<Role> {
        if login == self.owner {
            return Some(Role::Admin);
        }
        self.collaborators.get(login).copied().or((!self.private).then_some(Role::Read))
    }

    /// Each context's newest result at a commit: how it ended, nothing while it runs.
    pub fn results(&self, sha: &str) -> BTreeMap<&str, Option<&str>> {
        let runs = self.check_runs.iter().filter(|run| run.sha == sha);
        let runs = runs.map(|run| (run.name.as_str(), run.conclusion.as_deref()));
        let statuses = self.statuses.iter().filter(|status| status.sha == sha);
        let statuses = statuses.map(|status| {
            let state = Some(status.state.as_str()).filter(|state| *state != "pending");
            (status.context.as_str(), state)
        });
        statuses.chain(runs).collect()
    }
}

impl PullRequest {
    /// The newest opinion of each reviewer that counts.
    pub fn opinions(&self) -> BTreeMap<&str, Opinion> {
        self.reviews
            .iter()
            .filter(|review| review.opinion != Opinion::Comment)
            .map(|review| (review.author.as_str(), review.opinion))
            .collect()
    }
}
