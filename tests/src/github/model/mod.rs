//! What the fake knows: plain data of users, apps, tokens, limits, and the repositories.

mod repository;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::clock::Clock;

pub use self::repository::{
    AutoMerge, CheckRun, Comment, Merge, Merged, Opinion, Protection, PullRequest, Reaction,
    Repository, Review, Status,
};

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
    pub deliveries: Vec<crate::github::webhook::Delivery>,
    /// What was asked so far.
    pub calls: Vec<Called>,
    /// What will go wrong.
    pub faults: Vec<crate::github::fault::Planned>,
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

impl World {
    /// A number that nothing else has.
    pub fn id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}
