//! The GitHub forge against the fake GitHub: real HTTP, real git, and GitHub's own description as
//! the judge of every request.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod commands;
mod faults;
mod life;
mod verified;

use std::time::Duration;

use bugstack_agent::config::GithubConfig;
use bugstack_agent::forge::github::Timer;
use bugstack_agent::forge::{Forge, Github, Opened, Presentation, Push};
use bugstack_agent::git::{NewCommit, Repository};
use bugstack_agent::model::{Project, ProjectId, Proposal, Secret};
use bugstack_tests::github::{GitHub, Repo};
use jiff::Timestamp;
use tempfile::TempDir;

const BRANCH: &str = "bugstack/0123456789ab";
/// What the documentation asks operators to give.
const PERMISSIONS: [(&str, &str); 4] =
    [("contents", "write"), ("pull_requests", "write"), ("checks", "read"), ("statuses", "read")];

/// A repository at the fake, the agent's mirror of it, and the forge by which it gets there.
struct Scene<'a> {
    repo: Repo<'a>,
    forge: Github,
    project: Project,
    mirror: Repository,
    base: String,
    folder: TempDir,
}

/// By which means the agent gets there.
#[derive(Clone, Copy, PartialEq)]
enum Means {
    App,
    Token,
}

impl<'a> Scene<'a> {
    fn new(github: &'a GitHub, means: Means) -> Self {
        Self::with(github, means, |_| ())
    }

    fn with(github: &'a GitHub, means: Means, change: impl Fn(&mut GithubConfig)) -> Self {
        github.clock().stop_at(Timestamp::from_second(1_800_000_000).unwrap());
        let repo = github.create("o/r", &[("src/a.js", "one\n")]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut config = GithubConfig { url: github.url().to_owned(), ..GithubConfig::default() };
        match means {
            Means::Token => {
                config.token = Some(Secret::new(github.token("o", &PERMISSIONS).unwrap()));
            }
            Means::App => {
                let app = github.app("bugstack", &PERMISSIONS).unwrap();
                github.install(&app, &["o/r"]).unwrap();
                let file = folder.path().join("key.pem");
                std::fs::write(&file, &app.private_key).unwrap();
                config.app_id = Some(app.id);
                config.private_key_file = Some(file);
            }
        }
        change(&mut config);
        let forge = Github::new(&config, timer(github)).unwrap();
        let project = Project {
            id: ProjectId("r".into()),
            repository: format!("{}/o/r", github.url()),
            base_branch: "main".into(),
        };
        let mirror = forge.mirror(&project, &folder.path().join("mirror.git")).unwrap();
        let base = repo.head("main").unwrap().unwrap();
        Self { repo, forge, project, mirror, base, folder }
    }

    /// A fix on the base commit.
    fn commit(&self, text: &str) -> String {
        let files = [("src/a.js".to_owned(), text.to_owned())];
        let time = Timestamp::from_second(1_800_000_000).unwrap();
        let message = "fix: a\n\nBecause of b.\n";
        let new = NewCommit { base: &self.base, files: &files, message, time };
        self.mirror.commit(&new).unwrap()
    }

    /// A fix on the base commit, pushed and opened.
    fn proposed(&self, shown: &Presentation) -> Proposal {
        let commit = self.commit("two\n");
        let push = Push { branch: BRANCH, commit: &commit, expected: None };
        let commit = self.forge.push(&self.project, &self.mirror, &push).unwrap();
        let draft = proposal(&self.base, &commit);
        let Opened { number, url } = self.forge.open(&self.project, &draft, shown).unwrap();
        Proposal { number: Some(number), url, ..draft }
    }
}

/// The fake's clock; waiting moves it on.
fn timer(github: &GitHub) -> Timer {
    let (now, wait) = (github.clock().clone(), github.clock().clone());
    let mut timer = Timer::new(move || now.now(), move |pause| wait.advance(pause));
    timer.exchange = Duration::from_millis(500);
    timer
}

fn proposal(base: &str, commit: &str) -> Proposal {
    let proposal = serde_json::json!({
        "fix_key": "0123456789ab", "issue": 1, "branch": BRANCH, "base_branch": "main",
        "base": base, "commit": commit, "title": "fix: a", "body": "why", "diff": "",
        "proof": {
            "baseline": {"passed": 1, "failed": 0, "flaky": 0},
            "red": {"test": "", "message": "", "reason": ""},
            "green": {"test": "", "suite": {"passed": 1, "failed": 0, "flaky": 0}},
            "types": null, "sites": [], "mutants": [], "unaffected": [],
            "tests_edited": [], "tried": [], "environment": {}
        },
        "laps": [], "state": "open", "created": "2026-11-22T19:00:00Z", "number": null
    });
    serde_json::from_value(proposal).unwrap()
}

fn draft() -> Presentation {
    Presentation { draft: true, labels: vec!["bugstack".to_owned()] }
}
