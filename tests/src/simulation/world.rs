//! Everything in one simulated life, and what each act does to it.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;

use super::agent::Agent;
use super::production::Release;
use super::schedule::{self, Act};
use crate::github::fault::{self, Fault};
use crate::github::model::{Merge, PullRequest, Role};
use crate::github::{GitHub, Repo};

pub(super) const REPOSITORY: &str = "octocat/chat";
const PATH: &str = "broadcast.js";
const BOT: &str = "bugstack-bot";
const OWNER: &str = "octocat";
const STRANGER: &str = "mallory";
const SOURCE: &str = include_str!("../../apps/plain-ws/broadcast.js");
const REPAIRED: &str = "'use strict';

function broadcast(clients, message) {
  for (const client of clients) {
    if (client.readyState === client.OPEN) client.send(message);
  }
}

module.exports = { broadcast };
";
/// Some day.
const BEGIN: i64 = 1_795_000_000;
/// Sends between two events: one release's pulse of many more is silence that says something.
const SENDS: u64 = 50;
const MANY_SENDS: u64 = 10_000;
/// Rounds of work and waiting until nothing moves any more.
const ROUNDS: usize = 60;

/// Everything in one life.
pub(super) struct World {
    pub(super) github: GitHub,
    pub(super) random: StdRng,
    /// Acts that this life has none of.
    pub(super) never: Vec<Act>,
    /// How many acts there have been.
    pub(super) acts: usize,
    /// Newest last.
    pub(super) releases: Vec<Release>,
    /// Releases that run.
    pub(super) running: Vec<Release>,
    /// Commits that an event came from, each with its time.
    pub(super) events: Vec<(String, Timestamp)>,
    /// Sends by the commit they were made in.
    pub(super) pulses: Vec<(String, u64)>,
    /// What the base branch must point at: only people move it.
    pub(super) base: String,
    /// Commits of people on our branch, which nobody but they may take away.
    pub(super) theirs: BTreeSet<String>,
    agent: Option<Agent>,
    token: String,
    url: String,
    numbers: u128,
    folder: TempDir,
}

impl World {
    pub(super) fn new(seed: u64) -> Result<Self> {
        let github = GitHub::start()?;
        github.clock().stop_at(Timestamp::from_second(BEGIN)?);
        let repo = github.create(REPOSITORY, &[(PATH, SOURCE), ("README.md", "Chat.\n")])?;
        for (login, role) in [(BOT, Role::Write), (OWNER, Role::Maintain)] {
            repo.role(login, role)?;
        }
        github.user(STRANGER);
        github.hook("a secret of the simulation", &[]);
        let token = github.token(BOT, &[])?;
        let base = repo.head("main")?.context("no main")?;
        let url = format!("{}/{REPOSITORY}", github.url());
        let folder = TempDir::new()?;
        let agent = Agent::start(folder.path(), &github, &token, &url)?;
        let first = Release::of(&base, SOURCE, 1);
        let mut random = StdRng::seed_from_u64(seed);
        let mut world = Self {
            never: schedule::never(&mut random),
            random,
            acts: 0,
            releases: vec![first.clone()],
            running: vec![first],
            events: Vec::new(),
            pulses: Vec::new(),
            theirs: BTreeSet::new(),
            agent: Some(agent),
            numbers: 1_000,
            github,
            base,
            token,
            url,
            folder,
        };
        world.pulse(SENDS)?;
        Ok(world)
    }

    pub(super) fn repo(&self) -> Repo<'_> {
        self.github.repo(REPOSITORY)
    }

    pub(super) fn agent(&self) -> Result<&Agent> {
        self.agent.as_ref().context("the agent is dead")
    }

    /// Our pull requests, oldest first.
    pub(super) fn ours(&self) -> Result<Vec<PullRequest>> {
        let mut pulls = self.repo().pulls()?;
        pulls.retain(|pull| pull.head.starts_with("bugstack/"));
        Ok(pulls)
    }

    fn open(&self) -> Result<Option<PullRequest>> {
        Ok(self.ours()?.into_iter().rfind(|pull| pull.open))
    }

    pub(super) fn act(&mut self, act: Act) -> Result<()> {
        self.acts += 1;
        match act {
            Act::Event => self.event(),
            Act::Pulse => {
                let many = self.random.random_bool(0.4);
                self.pulse(if many { MANY_SENDS } else { SENDS })
            }
            Act::Deploy => self.deploy(),
            Act::Retire => {
                self.running.drain(..self.running.len().saturating_sub(1));
                Ok(())
            }
            Act::RollBack => self.roll_back(),
            Act::Work => {
                let steps = self.random.random_range(1..12);
                self.agent()?.work(steps);
                Ok(())
            }
            Act::Kill => self.kill(),
            Act::Wait => {
                let minutes = self.random.random_range(1..180);
                self.github.clock().advance(Duration::from_secs(minutes * 60));
                Ok(())
            }
            Act::Deliver => self.deliver(false),
            Act::Lose => {
                self.github.deliveries();
                Ok(())
            }
            Act::Scramble => self.deliver(true),
            Act::Push => self.push_base(&[("README.md", &format!("Chat {}.\n", self.acts))]),
            Act::Rewrite => {
                let text = format!("    // reviewed {}\n    client.send(", self.acts);
                let now = self.source("main")?;
                self.push_base(&[(PATH, &now.replacen("    client.send(", &text, 1))])
            }
            Act::Repair => self.push_base(&[(PATH, REPAIRED)]),
            Act::Relapse => self.push_base(&[(PATH, SOURCE)]),
            Act::PushToOurs => self.push_ours(false),
            Act::ForcePushToOurs => self.push_ours(true),
            Act::Green => self.check("success"),
            Act::Red => self.check("failure"),
            Act::Merge => self.merge(),
            Act::Close => self.close(),
            Act::AskAgain => self.say(OWNER, "/bugstack retry"),
            Act::StrangerAsks => self.say(STRANGER, "/bugstack retry"),
            Act::Limit => {
                let left = self.random.random_range(0..6);
                self.github.leave_calls(BOT, left);
                Ok(())
            }
            Act::Fault => {
                self.fault();
                Ok(())
            }
        }
    }

    /// Nothing happens any more but time: faults are over, and the agent works until it is done.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.github.heal();
        self.github.deliveries();
        if self.agent.is_none() {
            self.restart()?;
        }
        let mut quiet = 0;
        for _ in 0..ROUNDS {
            self.github.clock().advance(Duration::from_secs(3_700));
            quiet = if self.agent()?.work(40) && !self.at_rest()? { 0 } else { quiet + 1 };
            if quiet > 3 {
                return Ok(());
            }
        }
        ensure!(self.at_rest()?, "the agent never comes to rest");
        Ok(())
    }

    /// Whether no repair waits or runs.
    fn at_rest(&self) -> Result<bool> {
        let agent = self.agent()?;
        Ok(agent.ask(agent.store.activity())?.open_repairs == 0)
    }

    fn event(&mut self) -> Result<()> {
        let failing = self.running.iter().rfind(|release| release.fault.is_some()).cloned();
        let Some(release) = failing else { return Ok(()) };
        let now = self.github.clock().now();
        self.numbers += 1;
        if let Some(event) = release.event(self.numbers, &now.to_string()) {
            self.agent()?.event(&event)?;
            self.events.push((release.commit, now));
        }
        Ok(())
    }

    fn pulse(&mut self, sends: u64) -> Result<()> {
        self.github.clock().advance(Duration::from_secs(60));
        for release in self.running.clone() {
            self.agent()?.pulse(&release.pulse(sends))?;
            self.pulses.push((release.commit, sends));
        }
        Ok(())
    }

    fn deploy(&mut self) -> Result<()> {
        let commit = self.base.clone();
        if self.running.last().is_some_and(|release| release.commit == commit) {
            return Ok(());
        }
        self.numbers += 1;
        let release = Release::of(&commit, &self.source(&commit)?, self.numbers);
        self.releases.push(release.clone());
        self.running.push(release);
        let beside = self.running.len().saturating_sub(2);
        self.running.drain(..beside);
        Ok(())
    }

    fn roll_back(&mut self) -> Result<()> {
        let Some(index) = self.releases.len().checked_sub(2) else { return Ok(()) };
        self.numbers += 1;
        let back = Release::of(
            &self.releases[index].commit,
            &self.source(&self.releases[index].commit)?,
            self.numbers,
        );
        self.running = vec![back];
        Ok(())
    }

    fn kill(&mut self) -> Result<()> {
        let repair = self.random.random_bool(0.5);
        let agent = self.agent.take().context("the agent is dead")?;
        agent.die_in_a_step(repair, &self.github)?;
        self.restart()
    }

    fn restart(&mut self) -> Result<()> {
        self.agent = None;
        self.agent = Some(Agent::start(self.folder.path(), &self.github, &self.token, &self.url)?);
        Ok(())
    }

    fn deliver(&mut self, scrambled: bool) -> Result<()> {
        let mut deliveries = self.github.deliveries();
        if scrambled {
            deliveries.reverse();
            let again = deliveries.clone();
            deliveries.extend(again);
        }
        for delivery in &deliveries {
            self.agent()?.deliver(delivery, REPOSITORY)?;
        }
        Ok(())
    }

    fn push_base(&mut self, files: &[(&str, &str)]) -> Result<()> {
        if files.iter().all(|(path, text)| self.says(path).as_deref() == Some(*text)) {
            return Ok(());
        }
        self.base = self.repo().push(OWNER, "main", files, "A change")?;
        Ok(())
    }

    fn says(&self, path: &str) -> Option<String> {
        self.repo().read("main", path).ok().flatten()
    }

    fn push_ours(&mut self, force: bool) -> Result<()> {
        let Some(pull) = self.open()? else { return Ok(()) };
        let text = format!("Notes {}.\n", self.acts);
        let files = [("NOTES.md", text.as_str())];
        let commit = if force {
            self.theirs.clear();
            self.repo().force_push(OWNER, &pull.head, &files, "Mine")?
        } else {
            self.repo().push(OWNER, &pull.head, &files, "Mine too")?
        };
        self.theirs.insert(commit);
        Ok(())
    }

    fn check(&mut self, conclusion: &str) -> Result<()> {
        if let Some(pull) = self.open()? {
            self.repo().check(&pull.head_sha, "test", Some(conclusion))?;
        }
        Ok(())
    }

    fn merge(&mut self) -> Result<()> {
        let Some(pull) = self.open()? else { return Ok(()) };
        let how = match self.random.random_range(0..3) {
            0 => Merge::Merge,
            1 => Merge::Squash,
            _ => Merge::Rebase,
        };
        if pull.draft {
            self.repo().draft(pull.number, OWNER, false)?;
        }
        // One that conflicts stays open.
        if let Ok(commit) = self.repo().merge(pull.number, how) {
            self.base = commit;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        match self.open()? {
            Some(pull) => self.repo().close(pull.number, OWNER),
            None => Ok(()),
        }
    }

    fn say(&mut self, who: &str, words: &str) -> Result<()> {
        if let Some(pull) = self.ours()?.last() {
            self.repo().comment(pull.number, who, words)?;
        }
        Ok(())
    }

    fn fault(&mut self) {
        let fault = match self.random.random_range(0..8) {
            0 => Fault::Instead(fault::server_error()),
            1 => Fault::Afterwards(fault::bad_gateway()),
            2 => Fault::Instead(fault::secondary_limited(Some(30))),
            3 => Fault::Instead(fault::too_many(None)),
            4 => Fault::HangUp,
            5 => Fault::Truncated,
            6 => Fault::Cut,
            _ => Fault::Instead(fault::unavailable(None)),
        };
        let nth = self.random.random_range(1..8);
        self.github.fail("*", nth, fault);
    }

    fn source(&self, revision: &str) -> Result<String> {
        self.repo().read(revision, PATH)?.with_context(|| format!("{revision} has no {PATH}"))
    }
}
