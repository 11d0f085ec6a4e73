//! Real git over HTTP: who may fetch and push what, and what the model makes of it.

use std::path::Path;
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bugstack_tests::github::GitHub;
use bugstack_tests::github::fault::{self, Fault};
use bugstack_tests::github::model::{Protection, Role};
use tempfile::TempDir;

pub(crate) fn git(folder: &Path, token: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "credential.helper="]);
    if let Some(token) = token {
        let value = STANDARD.encode(format!("x-access-token:{token}"));
        command.args(["-c", &format!("http.extraHeader=Authorization: Basic {value}")]);
    }
    command.args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A clone with one commit on the branch `bugstack/1`.
fn checkout(github: &GitHub, token: Option<&str>) -> TempDir {
    let folder = TempDir::new().unwrap();
    let url = github.repo("ann/app").clone_url();
    let cloned = git(folder.path(), token, &["clone", "--quiet", &url, "."]);
    assert!(cloned.status.success(), "{}", said(&cloned));
    commit(folder.path(), "bugstack/1", "a.txt", "b\n");
    folder
}

pub(crate) fn commit(folder: &Path, branch: &str, path: &str, text: &str) {
    assert!(git(folder, None, &["checkout", "--quiet", "-B", branch]).status.success());
    let place = folder.join(path);
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::write(place, text).unwrap();
    assert!(git(folder, None, &["add", "."]).status.success());
    assert!(git(folder, None, &["commit", "--quiet", "-m", "change"]).status.success());
}

#[test]
fn a_push_moves_the_pull_request_and_tells_it() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    repo.make_private().unwrap();
    repo.role("bob", Role::Write).unwrap();
    let token = github.token("bob", &[]).unwrap();
    let folder = checkout(&github, Some(&token));
    github.hook("s", &[]);
    let push = |more: &[&str]| {
        let arguments = [&["push", "--quiet", "origin", "bugstack/1"], more].concat();
        git(folder.path(), Some(&token), &arguments)
    };
    assert!(push(&[]).status.success());
    let head = repo.head("bugstack/1").unwrap().unwrap();
    let number = repo.open("bob", "bugstack/1", "Fix").unwrap();
    commit(folder.path(), "bugstack/1", "a.txt", "c\n");
    assert!(push(&[]).status.success());
    let pull = repo.pull(number).unwrap();
    assert!(pull.head_sha != head && repo.git().unwrap().contains(&pull.head_sha, &head));
    let events: Vec<_> = github
        .deliveries()
        .into_iter()
        .map(|one| (one.event, one.action.unwrap_or_default()))
        .collect();
    let event = |event: &str, action: &str| (event.to_owned(), action.to_owned());
    assert_eq!(
        events,
        [
            event("push", ""),
            event("pull_request", "opened"),
            event("push", ""),
            event("pull_request", "synchronize"),
        ]
    );
    repo.push("ann", "bugstack/1", &[("human.txt", "h\n")], "by hand").unwrap();
    commit(folder.path(), "bugstack/1", "a.txt", "d\n");
    assert!(said(&push(&[])).contains("rejected"), "not a fast-forward");
    assert!(push(&["--force"]).status.success());
    assert!(push(&["--delete"]).status.success());
    assert!(!repo.pull(number).unwrap().open);
    assert_eq!(github.calls_of("git/receive-pack").last().unwrap().by, "bob");
    github.finish().unwrap();
}

#[test]
fn who_may_not_push_is_told_so() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    repo.role("bob", Role::Write).unwrap();
    let folder = checkout(&github, None);
    let reader = github.token("bob", &[("contents", "read")]).unwrap();
    let stranger = github.token("eve", &[]).unwrap();
    for (token, words) in [
        (None, "could not read Username"),
        (Some("ghp_wrong"), "could not read Username"),
        (Some(reader.as_str()), "403"),
        (Some(stranger.as_str()), "403"),
    ] {
        let refused = git(folder.path(), token, &["push", "origin", "bugstack/1"]);
        assert!(!refused.status.success());
        assert!(said(&refused).contains(words), "{token:?}: {}", said(&refused));
    }
    repo.make_private().unwrap();
    let hidden = git(folder.path(), Some(&stranger), &["fetch", "origin"]);
    assert!(said(&hidden).contains("Repository not found"), "{}", said(&hidden));
    assert_eq!(repo.head("bugstack/1").unwrap(), None);
    github.finish().unwrap();
}

#[test]
fn protected_branches_and_workflows_refuse_a_push() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    repo.protect("main", Protection::default()).unwrap();
    let before = repo.head("main").unwrap();
    let all = github.token("ann", &[]).unwrap();
    let narrow = github.token("ann", &[("contents", "write")]).unwrap();
    let folder = checkout(&github, Some(&all));
    let push = |token: &str, what: &str| git(folder.path(), Some(token), &["push", "origin", what]);
    let refused = push(&all, "bugstack/1:main");
    assert!(said(&refused).contains("protected branch hook declined"), "{}", said(&refused));
    assert_eq!(repo.head("main").unwrap(), before);
    assert!(push(&narrow, "bugstack/1").status.success());

    let head = repo.head("bugstack/1").unwrap();
    commit(folder.path(), "bugstack/1", ".github/workflows/ci.yml", "on: push\n");
    let refused = push(&narrow, "bugstack/1");
    assert!(said(&refused).contains("without `workflows` permission"), "{}", said(&refused));
    assert_eq!(repo.head("bugstack/1").unwrap(), head);
    assert!(push(&all, "bugstack/1").status.success());
    github.finish().unwrap();
}

#[test]
fn git_fails_by_plan_too() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    let token = github.token("ann", &[]).unwrap();
    let folder = checkout(&github, Some(&token));
    let push = || git(folder.path(), Some(&token), &["push", "origin", "bugstack/1"]);
    github.fail("git/receive-pack", 1, Fault::Instead(fault::unavailable(None)));
    assert!(said(&push()).contains("503"));
    assert_eq!(repo.head("bugstack/1").unwrap(), None);
    github.fail("git/receive-pack", 1, Fault::Afterwards(fault::bad_gateway()));
    assert!(said(&push()).contains("502"));
    assert!(repo.head("bugstack/1").unwrap().is_some());
    github.fail("git/receive-pack/info", 1, Fault::HangUp);
    assert!(!push().status.success());
    assert!(push().status.success());
    github.finish().unwrap();
}
