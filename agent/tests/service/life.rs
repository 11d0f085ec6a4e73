//! One proposal to live with: real store, real watcher, real git; a forge that people act on by
//! hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bugstack_agent::follow::{self, Mirror, Policy};
use bugstack_agent::forge::{Answer, Forge, Opened, Presentation, Push};
use bugstack_agent::git::{NewCommit, Repository};
use bugstack_agent::model::{
    Checks, Followed, Found, IssueId, IssueState, Project, Proposal, ProposalId, ProposalState,
    Refusal, Remark, RepositoryFacts, Review, Standing, Watched,
};
use bugstack_agent::store::{Job, KeptProposal, Occurrence};
use bugstack_agent::worker::{Follow, Watcher};
use bugstack_proto::{Counts, Pulse};
use jiff::Timestamp;

use crate::samples::{World, found_by_each_stage, occurrence, project, proposal};

pub(crate) const LEASE: Duration = Duration::from_secs(3_600);
pub(crate) const FILE: &str = "src/rooms.gateway.ts";
pub(crate) const NUMBER: i64 = 7;

/// What a forge holds of one proposal, for a test to change.
pub(crate) struct Held {
    pub(crate) standing: Standing,
    pub(crate) said: BTreeMap<String, String>,
    pub(crate) done: Vec<String>,
    pub(crate) writers: Vec<String>,
}

/// A forge that does what it is told and says what it did.
pub(crate) struct Told(Mutex<Held>);

impl Told {
    pub(crate) fn change(&self, change: impl FnOnce(&mut Held)) {
        change(&mut self.0.lock().unwrap());
    }

    pub(crate) fn done(&self, what: &str) -> Answer<()> {
        self.change(|held| held.done.push(what.to_owned()));
        Ok(())
    }

    pub(crate) fn said(&self, key: &str) -> Option<String> {
        self.0.lock().unwrap().said.get(key).cloned()
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.0.lock().unwrap().done.iter().filter(|done| done.starts_with(what)).count()
    }
}

impl Forge for Told {
    fn mirror(&self, project: &Project, _: &Path) -> Answer<Repository> {
        Ok(Repository::open(Path::new(&project.repository))?)
    }
    fn facts(&self, _: &Project) -> Answer<RepositoryFacts> {
        Ok(RepositoryFacts { public: true, default_branch: "main".into() })
    }
    fn find(&self, _: &Project, _: &str) -> Answer<Option<Found>> {
        Ok(Some(self.0.lock().unwrap().standing.found.clone()))
    }
    fn head(&self, _: &Project, _: &str) -> Answer<Option<String>> {
        Ok(Some(self.0.lock().unwrap().standing.found.head.clone()))
    }
    fn push(&self, _: &Project, _: &Repository, push: &Push<'_>) -> Answer<String> {
        self.done("push")?;
        Ok(push.commit.to_owned())
    }
    fn open(&self, _: &Project, _: &Proposal, _: &Presentation) -> Answer<Opened> {
        self.done("open")?;
        Ok(Opened { number: NUMBER, url: None })
    }
    fn update(&self, _: &Project, _: &Proposal, _: &Presentation) -> Answer<()> {
        self.done("update")
    }
    fn look(&self, _: &Project, _: &Proposal) -> Answer<Standing> {
        Ok(self.0.lock().unwrap().standing.clone())
    }
    fn comment(&self, _: &Project, _: &Proposal, key: &str, text: &str) -> Answer<()> {
        self.change(|held| drop(held.said.insert(key.to_owned(), text.to_owned())));
        self.done(&format!("comment {key}"))
    }
    fn ready(&self, _: &Project, _: &Proposal, _: &[String]) -> Answer<()> {
        self.change(|held| held.standing.draft = false);
        self.done("ready")
    }
    fn merge(&self, _: &Project, proposal: &Proposal) -> Answer<String> {
        Ok(proposal.commit.clone())
    }
    fn auto_merge(&self, _: &Project, _: &Proposal) -> Answer<()> {
        self.done("auto-merge")
    }
    fn close(&self, _: &Project, _: &Proposal, word: &str) -> Answer<()> {
        self.change(|held| held.standing.found.state = ProposalState::Closed);
        self.done(&format!("close {word}"))
    }
    fn may_write(&self, _: &Project, person: &str) -> Answer<bool> {
        Ok(self.0.lock().unwrap().writers.iter().any(|writer| writer == person))
    }
}

/// The real step, with the origin for a mirror.
pub(crate) struct Steps {
    pub(crate) forge: Arc<dyn Forge>,
    pub(crate) policy: Policy,
    /// Where it is killed between acting and storing.
    pub(crate) dies: Mutex<bool>,
}

impl Follow for Steps {
    fn follow(&self, watched: &Watched, now: Timestamp) -> Answer<Followed> {
        let place = PathBuf::from(&watched.project.repository);
        let open = |_| Ok(Repository::open(&place)?);
        let mirror = Mirror::new(&open);
        let context = follow::Context {
            forge: self.forge.as_ref(),
            mirror: &mirror,
            policy: &self.policy,
            now,
        };
        let followed = follow::step(&context, watched)?;
        match std::mem::take(&mut *self.dies.lock().unwrap()) {
            true => Err(anyhow::anyhow!("killed").into()),
            false => Ok(followed),
        }
    }
}

/// One issue and its proposal.
pub(crate) struct Life {
    pub(crate) world: World,
    pub(crate) place: PathBuf,
    pub(crate) forge: Arc<Told>,
    pub(crate) steps: Arc<Steps>,
    pub(crate) watcher: Watcher,
    pub(crate) issue: IssueId,
    _folder: tempfile::TempDir,
}

pub(crate) fn git(place: &Path) -> Repository {
    Repository::open(place).unwrap()
}

/// A commit on `base`.
pub(crate) fn commit(place: &Path, base: &str, path: &str, text: &str) -> String {
    let files = [(path.to_owned(), text.to_owned())];
    let time = "2026-11-22T19:00:00Z".parse().unwrap();
    git(place).commit(&NewCommit { base, files: &files, message: text, time }).unwrap()
}

/// A bare repository with one file on `main`.
fn origin(folder: &Path) -> PathBuf {
    let (work, bare) = (folder.join("work"), folder.join("chat.git"));
    std::fs::create_dir_all(work.join("src")).unwrap();
    std::fs::write(work.join(FILE), "one\n\n\n\n\ntwo\n").unwrap();
    Repository::init(&work, "main", "begin", "2026-11-22T18:00:00Z".parse().unwrap()).unwrap();
    let from = work.to_str().unwrap();
    git2::build::RepoBuilder::new().bare(true).clone(from, &bare).unwrap();
    bare
}

impl Life {
    pub(crate) async fn new() -> Self {
        Self::under(Policy::default(), None).await
    }

    /// With an open proposal, made by a repair.
    pub(crate) async fn under(policy: Policy, forge: Option<Arc<dyn Forge>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = origin(folder.path());
        let world = World::new().await;
        let repository = place.to_str().unwrap().to_owned();
        world.store.seed_project(Project { repository, ..project("chat") }, None).await.unwrap();
        let base = git(&place).resolve("main").unwrap();
        let head = commit(&place, &base, FILE, "one\n\n\n\n\nguarded\n");
        git(&place).set_branch("bugstack/fix", &head).unwrap();
        let standing = Standing {
            found: Found {
                number: NUMBER,
                url: None,
                state: ProposalState::Open,
                head: head.clone(),
                body: String::new(),
                ended: None,
                merge_commit: None,
            },
            draft: true,
            tip: base.clone(),
            mergeable: Some(true),
            checks: Checks::Pending,
            review: Review::Awaited,
            remarks: Vec::new(),
        };
        let told = Arc::new(Told(Mutex::new(Held {
            standing,
            said: BTreeMap::new(),
            done: Vec::new(),
            writers: vec!["ada".into()],
        })));
        let forge = forge.unwrap_or_else(|| told.clone());
        let steps = Arc::new(Steps { forge, policy, dies: Mutex::new(false) });
        let watcher = Watcher::new(world.store.clone(), steps.clone(), world.clock.clock());
        let issue = IssueId(1);
        let life = Self { world, place, forge: told, steps, watcher, issue, _folder: folder };
        life.old_release(1).await;
        life.repaired(&base, &head).await;
        life
    }

    pub(crate) fn main(&self) -> String {
        git(&self.place).resolve("main").unwrap()
    }

    /// A release of the base branch as it was, which fails so often in 1,000 sends.
    pub(crate) async fn old_release(&self, events: u32) {
        let commit = self.main();
        self.pulse(&commit, "production", 1_000).await;
        for _ in 0..events {
            self.event(&commit).await;
        }
    }

    pub(crate) async fn event(&self, commit: &str) {
        let id = uuid::Uuid::new_v4().to_string();
        let mut event = serde_json::to_value(occurrence(&id, "k").event).unwrap();
        event["commit"] = commit.into();
        event["environment"] = "production".into();
        event["send"] = serde_json::json!({"ready_state": 3, "outcome": "thrown"});
        event["timestamp"] = self.world.clock.now().to_string().into();
        let event = serde_json::from_value(event).unwrap();
        self.world.clock.pass(1);
        self.world.store.record(Occurrence { event, ..occurrence(&id, "k") }).await.unwrap();
    }

    pub(crate) async fn pulse(&self, commit: &str, environment: &str, sends: u64) {
        let pulse = Pulse {
            instance: uuid::Uuid::nil(),
            release: None,
            commit: Some(commit.to_owned()),
            environment: Some(environment.to_owned()),
            counts: Counts { sends, ..Counts::default() },
        };
        self.world.clock.pass(1);
        self.world.store.pulse(project("chat").id, pulse).await.unwrap();
    }

    /// Takes the open repair through every stage.
    pub(crate) async fn repaired(&self, base: &str, head: &str) -> Job {
        let mut last = None;
        for progress in found_by_each_stage("fix-key") {
            let job = self.claimed().await;
            let made = Proposal {
                base: base.to_owned(),
                commit: head.to_owned(),
                branch: "bugstack/fix".into(),
                diff: git(&self.place).diff(base, head).unwrap(),
                number: Some(NUMBER),
                template: "guard-send/allow-list".into(),
                ..proposal("fix-key")
            };
            let progress = match progress {
                bugstack_agent::model::Progress::Proposed(_) => {
                    bugstack_agent::model::Progress::Proposed(Box::new(made))
                }
                other => other,
            };
            self.world.store.advanced(job.lease, progress).await.unwrap();
            last = Some(job);
        }
        last.unwrap()
    }

    pub(crate) async fn claimed(&self) -> Job {
        self.world.store.claim(LEASE).await.unwrap().unwrap()
    }

    /// Refuses the repair that waits.
    pub(crate) async fn refused(&self, code: &str) -> Job {
        let job = self.claimed().await;
        let refusal = Refusal::new(code, "in `words`\n@all");
        self.world.store.refused(job.lease, refusal).await.unwrap();
        job
    }

    /// Looks as long as there is something due within `minutes`.
    pub(crate) async fn look(&self, minutes: i64) {
        for _ in 0..minutes * 2 {
            while self.watcher.once().await {}
            self.world.clock.pass(30_000);
        }
        while self.watcher.once().await {}
    }

    pub(crate) async fn state(&self) -> IssueState {
        self.world.store.issue(self.issue).await.unwrap().unwrap().issue.state
    }

    pub(crate) async fn kept(&self) -> KeptProposal {
        self.world.store.proposal(ProposalId(1)).await.unwrap().unwrap()
    }

    pub(crate) async fn open_repairs(&self) -> u64 {
        self.world.store.activity().await.unwrap().open_repairs
    }

    pub(crate) fn remark(&self, id: i64, author: &str, body: &str) {
        let updated = self.world.clock.now();
        let remark = Remark { id, author: author.into(), bot: false, body: body.into(), updated };
        self.forge.change(|held| held.standing.remarks.push(remark));
    }

    /// People merge it: the base branch gets a merge, a squash or a rebased commit.
    pub(crate) async fn merged_as(&self, way: Way) -> String {
        let head = self.kept().await.proposal.commit;
        let before = self.main();
        let merge = match way {
            Way::Merge => {
                let now = "2026-11-22T20:00:00Z".parse().unwrap();
                git(&self.place).merge("bugstack/fix", "main", "merge", now).unwrap()
            }
            Way::Squash => commit(&self.place, &before, FILE, "one\n\n\n\n\nguarded\n"),
            Way::Edited => commit(&self.place, &before, FILE, "one\n\n\n\n\nguarded, and more\n"),
        };
        git(&self.place).set_branch("main", &merge).unwrap();
        self.forge.change(|held| {
            held.standing.found.state = ProposalState::Merged;
            held.standing.found.merge_commit = Some(merge.clone());
            held.standing.found.head = head;
            held.standing.tip = merge.clone();
        });
        self.look(3).await;
        merge
    }

    /// What a release that is built later has on top.
    pub(crate) fn next_release(&self) -> String {
        let next = commit(&self.place, &self.main(), "README.md", "more\n");
        git(&self.place).set_branch("main", &next).unwrap();
        next
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Way {
    Merge,
    Squash,
    Edited,
}
