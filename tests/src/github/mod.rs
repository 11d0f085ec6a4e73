//! GitHub in this process, for tests: a model of plain structs, served over HTTP, with real git.
//!
//! A test makes a [`GitHub`], gives it users, an app, repositories; points the agent at
//! [`GitHub::url`]; acts as people do through [`Repo`]; decides which webhooks arrive and what
//! fails; and looks at the end state. Every request and answer is checked against GitHub's own
//! description ([`contract`]); a test in which one did not hold fails when the fake goes away.

pub mod answer;
mod auth;
mod clock;
pub mod contract;
pub mod fault;
mod git;
mod graphql;
mod http;
mod key;
mod life;
mod limits;
pub mod model;
mod paging;
mod people;
mod pulls;
mod rest;
mod server;
mod shapes;
mod shapes_check;
mod shapes_pull;
mod smart;
mod webhook;

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub use self::clock::Clock;
pub use self::git::{Commit, Edit, Git, Signature};
pub use self::people::Repo;
pub use self::webhook::{Delivery, sign};

use self::fault::{Fault, Planned};
use self::model::{
    App, Called, Hook, Installation, Level, Merge, Permissions, Repository, Token, TokenKind, User,
    World,
};

/// GitHub waits this long for the answer to a webhook.
const PATIENCE: Duration = Duration::from_secs(10);

/// A GitHub of a test's own.
#[derive(Debug)]
pub struct GitHub {
    world: server::Shared,
    runtime: Option<Runtime>,
    folder: TempDir,
    url: String,
    clock: Clock,
}

/// An app as its operator knows it.
#[derive(Debug, Clone)]
pub struct AppKey {
    /// The app's id.
    pub id: u64,
    /// The login of its bot.
    pub login: String,
    /// Its private key, PKCS#1 PEM as GitHub gives it.
    pub private_key: String,
}

impl GitHub {
    /// Starts one on a free port, with the user `octocat` and nothing else.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let clock = Clock::default();
        let world = World {
            url: url.clone(),
            clock: clock.clone(),
            users: BTreeMap::new(),
            apps: Vec::new(),
            installations: Vec::new(),
            tokens: BTreeMap::new(),
            repositories: BTreeMap::new(),
            hook: None,
            deliveries: Vec::new(),
            calls: Vec::new(),
            faults: Vec::new(),
            violations: Vec::new(),
            rates: BTreeMap::new(),
            last_id: 1000,
        };
        let world = Arc::new(Mutex::new(world));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .thread_name("github")
            .build()?;
        server::serve(&runtime, listener, Arc::clone(&world))?;
        let github = Self { world, runtime: Some(runtime), folder: TempDir::new()?, url, clock };
        github.user("octocat");
        github.bot("github-actions[bot]");
        Ok(github)
    }

    /// Its base address, as in the agent's `[github] url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The model, locked: no request is answered meanwhile.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody new.
    pub fn user(&self, login: &str) {
        self.account(login, "User");
    }

    fn bot(&self, login: &str) {
        self.account(login, "Bot");
    }

    fn account(&self, login: &str, kind: &'static str) {
        let mut world = self.world();
        let id = world.id();
        world.users.entry(login.to_owned()).or_insert(User { id, login: login.to_owned(), kind });
    }

    /// A public repository `owner/name` whose `main` has one commit by its owner with these files.
    pub fn create(&self, name: &str, files: &[(&str, &str)]) -> Result<Repo<'_>> {
        let (owner, short) = name.split_once('/').context("a name is owner/name")?;
        self.user(owner);
        let git = Git::init(self.folder.path().join(format!("{name}.git")), "main")?;
        let now = self.clock.now();
        let mut world = self.world();
        let repository = Repository {
            id: world.id(),
            owner: owner.to_owned(),
            name: short.to_owned(),
            private: false,
            archived: false,
            allow_auto_merge: true,
            delete_branch_on_merge: false,
            merge_methods: [Merge::Merge, Merge::Squash, Merge::Rebase].into(),
            default_branch: "main".to_owned(),
            git,
            collaborators: BTreeMap::new(),
            protections: BTreeMap::new(),
            pulls: BTreeMap::new(),
            comments: Vec::new(),
            labels: BTreeMap::new(),
            check_runs: Vec::new(),
            statuses: Vec::new(),
            verified: BTreeSet::new(),
            created_at: now,
            pushed_at: now,
        };
        world.repositories.insert(name.to_owned(), repository);
        drop(world);
        let repo = self.repo(name);
        repo.push(owner, "main", files, "Begin")?;
        Ok(repo)
    }

    /// A repository that is there, to act in.
    pub fn repo(&self, name: &str) -> Repo<'_> {
        Repo::new(self, name)
    }

    /// A GitHub App with these permissions, such as `("contents", "write")`.
    pub fn app(&self, slug: &str, permissions: &[(&str, &str)]) -> Result<AppKey> {
        let key = key::pair()?;
        let login = format!("{slug}[bot]");
        self.bot(&login);
        let created_at = self.clock.now();
        let mut world = self.world();
        let id = world.id();
        world.apps.push(App {
            id,
            slug: slug.to_owned(),
            public_key: key.public.clone(),
            permissions: levels(permissions)?,
            created_at,
        });
        Ok(AppKey { id, login, private_key: key.private.clone() })
    }

    /// Installs an app for these repositories of one owner, and returns the installation's id.
    pub fn install(&self, app: &AppKey, repositories: &[&str]) -> Result<u64> {
        let first = repositories.first().context("an installation has a repository")?;
        let account = first.split('/').next().unwrap_or_default().to_owned();
        let mut world = self.world();
        let permissions = world.apps.iter().find(|one| one.id == app.id).context("no such app")?;
        let permissions = permissions.permissions.clone();
        let id = world.id();
        world.installations.push(Installation {
            id,
            app_id: app.id,
            account,
            repositories: repositories.iter().map(|name| (*name).to_owned()).collect(),
            permissions,
            suspended: false,
        });
        Ok(id)
    }

    /// A person's token: with permissions of its own, or a classic one when there are none.
    pub fn token(&self, login: &str, permissions: &[(&str, &str)]) -> Result<String> {
        let classic = permissions.is_empty();
        self.user(login);
        let mut world = self.world();
        let kind = if classic { TokenKind::Classic } else { TokenKind::FineGrained };
        let prefix = if classic { "ghp_" } else { "github_pat_" };
        let secret = format!("{prefix}{}", uuid::Uuid::new_v4().simple());
        let token = Token {
            login: login.to_owned(),
            kind,
            repositories: None,
            permissions: (!classic).then(|| levels(permissions)).transpose()?,
            expires_at: None,
        };
        world.tokens.insert(secret.clone(), token);
        Ok(secret)
    }

    /// Makes a token worthless.
    pub fn revoke(&self, secret: &str) {
        self.world().tokens.remove(secret);
    }

    /// Makes every installation token worthless, as when GitHub loses them.
    pub fn revoke_installation_tokens(&self) {
        let installed = |token: &Token| matches!(token.kind, TokenKind::Installation(_));
        self.world().tokens.retain(|_, token| !installed(token));
    }

    /// Leaves a login so many calls in this hour.
    pub fn leave_calls(&self, login: &str, left: u64) {
        let mut world = self.world();
        let rate = world.rates.entry(login.to_owned()).or_default();
        rate.limit = Some(rate.used + left);
    }

    /// The `nth` call of this operation from now on fails (the next is 1).
    pub fn fail(&self, operation: &str, nth: u64, fault: Fault) {
        self.fail_times(operation, nth, 1, fault);
    }

    /// So many calls of this operation from the `nth` on fail.
    pub fn fail_times(&self, operation: &str, nth: u64, times: u64, fault: Fault) {
        let after = nth.saturating_sub(1);
        let operation = operation.to_owned();
        self.world().faults.push(Planned { operation, after, times, fault });
    }

    /// Forgets faults that did not come yet, and returns how many there were.
    pub fn heal(&self) -> usize {
        let faults = std::mem::take(&mut self.world().faults);
        faults.iter().filter(|planned| planned.times > 0).count()
    }

    /// Every request so far, oldest first.
    pub fn calls(&self) -> Vec<Called> {
        self.world().calls.clone()
    }

    /// The requests of one operation so far.
    pub fn calls_of(&self, operation: &str) -> Vec<Called> {
        let mut calls = self.calls();
        calls.retain(|call| call.operation == operation);
        calls
    }

    /// Events queue from now on, signed with this secret; all events when none is named.
    pub fn hook(&self, secret: &str, events: &[&str]) {
        let mut world = self.world();
        let id = world.id();
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        world.hook = Some(Hook { id, secret: secret.to_owned(), events });
    }

    /// Takes the queued events, oldest first: what a test does not deliver is lost.
    pub fn deliveries(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.world().deliveries)
    }

    /// Sends one event and returns the status of the answer.
    pub fn deliver(&self, delivery: &Delivery, to: &str) -> Result<u16> {
        // Without a provider of its own, rustls panics when a client is built.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let mut request = client.post(to).body(delivery.body.clone());
        for (name, value) in delivery.headers() {
            request = request.header(name, value);
        }
        let runtime = self.runtime.as_ref().context("it has ended")?;
        // Its time-out needs the runtime when it is made, not only when it is awaited.
        Ok(runtime.block_on(async { request.send().await })?.status().as_u16())
    }

    /// Takes what broke GitHub's description so far; a test that does so on purpose looks at it.
    pub fn violations(&self) -> Vec<String> {
        std::mem::take(&mut self.world().violations)
    }

    /// Ends it.
    ///
    /// # Errors
    /// When a request or an answer broke GitHub's description.
    pub fn finish(self) -> Result<()> {
        let violations = self.violations();
        ensure!(
            violations.is_empty(),
            "GitHub's description was broken:\n{}",
            violations.join("\n")
        );
        Ok(())
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        let violations = self.violations();
        assert!(
            violations.is_empty() || std::thread::panicking(),
            "GitHub's description was broken:\n{}",
            violations.join("\n")
        );
    }
}

fn levels(permissions: &[(&str, &str)]) -> Result<Permissions> {
    let mut levels = Permissions::from([("metadata".to_owned(), Level::Read)]);
    for (name, level) in permissions {
        let level = Level::parse(level).with_context(|| format!("no level {level}"))?;
        levels.insert((*name).to_owned(), level);
    }
    Ok(levels)
}
