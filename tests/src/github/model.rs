//! What the fake knows: plain data of users, apps, tokens, repositories and what is in them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::clock::Clock;
use super::git::Git;

/// Everything.
#[derive(Debug)]
pub struct World {
    /// Where it is served, without a slash at the end.
    pub url: String,
    /// Its clock.
    pub clock: Clock,
    /// By login.
    pub users: BTreeMap<String, User>,
    /// GitHub Apps.
    pub apps: Vec<App>,
    /// Where apps are installed.
    pub installations: Vec<Installation>,
    /// By secret.
    pub tokens: BTreeMap<String, Token>,
    /// By `owner/name`.
    pub repositories: BTreeMap<String, Repository>,
    /// Who wants to hear of events.
    pub hook: Option<Hook>,
    /// Events that nobody delivered yet.
    pub deliveries: Vec<super::webhook::Delivery>,
    /// What was asked so far.
    pub calls: Vec<Called>,
    /// What will go wrong.
    pub faults: Vec<super::fault::Planned>,
    /// What broke GitHub's description, and faults of the fake itself.
    pub violations: Vec<String>,
    /// By token or address.
    pub rates: BTreeMap<String, Rate>,
    /// What every id is taken from.
    pub last_id: u64,
}

/// A person, a bot or an organisation.
#[derive(Debug, Clone)]
pub struct User {
    /// Its id.
    pub id: u64,
    /// Its name in addresses.
    pub login: String,
    /// `User`, `Bot` or `Organization`.
    pub kind: &'static str,
}

/// How far a permission of a token goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Look.
    Read,
    /// Change.
    Write,
    /// Rule.
    Admin,
}

/// What a person may do in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look.
    Read,
    /// Sort.
    Triage,
    /// Push.
    Write,
    /// Nearly all.
    Maintain,
    /// All.
    Admin,
}

/// Permissions by GitHub's names, such as `pull_requests`.
pub type Permissions = BTreeMap<String, Level>;

/// A GitHub App.
#[derive(Debug, Clone)]
pub struct App {
    /// Its id.
    pub id: u64,
    /// Its name in addresses; the bot is `slug[bot]`.
    pub slug: String,
    /// The public key, PKCS#1 DER.
    pub public_key: Vec<u8>,
    /// What it asks for.
    pub permissions: Permissions,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An app in an account.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Its id.
    pub id: u64,
    /// Whose.
    pub app_id: u64,
    /// The owner of its repositories.
    pub account: String,
    /// By `owner/name`.
    pub repositories: BTreeSet<String>,
    /// What it was granted.
    pub permissions: Permissions,
    /// No token works while it is suspended.
    pub suspended: bool,
}

/// What a secret stands for.
#[derive(Debug, Clone)]
pub struct Token {
    /// Who acts.
    pub login: String,
    /// What sort it is.
    pub kind: TokenKind,
    /// Only these repositories, by `owner/name`; all when nothing.
    pub repositories: Option<BTreeSet<String>>,
    /// What it may; all that its owner may when nothing.
    pub permissions: Option<Permissions>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// The sort of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `ghs_`, of an app's installation.
    Installation(u64),
    /// `github_pat_`, with permissions.
    FineGrained,
    /// `ghp_`, with the scope `repo`.
    Classic,
}

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

/// Where events go.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Its id.
    pub id: u64,
    /// What signs each delivery.
    pub secret: String,
    /// The events that it wants; all when empty.
    pub events: BTreeSet<String>,
}

/// A request that came in, for a test to look at.
#[derive(Debug, Clone)]
pub struct Called {
    /// GitHub's name for it, `graphql/<field>` or `git/<service>`.
    pub operation: String,
    /// Who asked: a login, `app/<id>` or nobody.
    pub by: String,
    /// The path without its prefix, with the query.
    pub path: String,
    /// The JSON body.
    pub body: Value,
    /// The status that was or would have been answered.
    pub status: u16,
    /// When.
    pub at: Timestamp,
}

/// What somebody used of a limit.
#[derive(Debug, Clone, Default)]
pub struct Rate {
    /// When the window began.
    pub since: Option<Timestamp>,
    /// Calls in this window.
    pub used: u64,
    /// Another limit than usual.
    pub limit: Option<u64>,
    /// When content was made in the last minute.
    pub made: Vec<Timestamp>,
}

impl User {
    /// The address that GitHub gives to commits of this user.
    pub fn email(&self) -> String {
        format!("{}+{}@users.noreply.github.com", self.id, self.login)
    }
}

impl Role {
    /// GitHub's older word for it.
    pub fn permission(self) -> &'static str {
        match self {
            Self::Read | Self::Triage => "read",
            Self::Write | Self::Maintain => "write",
            Self::Admin => "admin",
        }
    }

    /// GitHub's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }
}

impl Level {
    /// GitHub's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The level of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Read, Self::Write, Self::Admin].into_iter().find(|level| level.name() == name)
    }
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

impl World {
    /// A number that nothing else has.
    pub fn id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}
