//! Fetches and pushes against real git over HTTP, and against servers that misbehave.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::server::{Manner, Server, TOKEN, git};
use super::{Access, Failure, Limits, Operation};
use crate::git::{NewCommit, Push, PushError, Repository};
use crate::model::Secret;

fn change(mirror: &Repository, base: &str, text: &str) -> String {
    let time = Timestamp::from_second(1_800_000_000).unwrap();
    let files = [("src/a.js".to_owned(), text.to_owned())];
    mirror.commit(&NewCommit { base, files: &files, message: "fix: a", time }).unwrap()
}

fn head(server: &Server, branch: &str) -> String {
    let name = format!("refs/heads/{branch}");
    git(&server.bare(), &["for-each-ref", "--format=%(objectname)", &name])
}

fn push<'a>(commit: &'a str, expected: Option<&'a str>) -> Push<'a> {
    Push { branch: "bugstack/x", commit: Some(commit), expected }
}

#[test]
fn a_branch_is_made_moved_and_deleted() {
    let server = Server::start(Manner::Git);
    let folder = tempfile::tempdir().unwrap();
    let (mirror, base) = server.mirror(folder.path());
    let access = server.access();
    let first = change(&mirror, &base, "one\n");
    mirror.push(&access, &push(&first, None)).unwrap();
    assert_eq!(head(&server, "bugstack/x"), first);
    assert_eq!(mirror.tip(&access, "bugstack/x").unwrap(), Some(first.clone()));
    // Not a descendant of the first: a fix that was made again on another base.
    let second = change(&mirror, &base, &"two\n".repeat(100_000));
    mirror.push(&access, &push(&second, Some(&first))).unwrap();
    assert_eq!(head(&server, "bugstack/x"), second);
    // Repeating it changes nothing, whatever is expected.
    mirror.push(&access, &push(&second, Some(&first))).unwrap();
    let gone = Push { branch: "bugstack/x", commit: None, expected: Some(&second) };
    mirror.push(&access, &gone).unwrap();
    assert_eq!(head(&server, "bugstack/x"), "");
    assert_eq!(head(&server, "main"), base);
}

#[test]
fn a_branch_that_somebody_moved_stays_where_it_is() {
    let server = Server::start(Manner::Git);
    let folder = tempfile::tempdir().unwrap();
    let (mirror, base) = server.mirror(folder.path());
    let (ours, theirs) = (change(&mirror, &base, "ours\n"), change(&mirror, &base, "theirs\n"));
    mirror.push(&server.access(), &push(&theirs, None)).unwrap();
    for expected in [None, Some(base.as_str())] {
        let error = mirror.push(&server.access(), &push(&ours, expected)).unwrap_err();
        let found = match error {
            PushError::Moved { found, .. } => found,
            other => panic!("{other}"),
        };
        assert_eq!(found.as_ref(), Some(&theirs));
    }
    let gone = Push { branch: "bugstack/x", commit: None, expected: Some(&ours) };
    assert!(matches!(mirror.push(&server.access(), &gone), Err(PushError::Moved { .. })));
    assert_eq!(head(&server, "bugstack/x"), theirs);
}

/// Between our look at the server's branches and its taking of our command, somebody pushes.
#[test]
fn whoever_pushes_in_between_wins() {
    let server = Server::start(Manner::Git);
    let folder = tempfile::tempdir().unwrap();
    let (mirror, base) = server.mirror(folder.path());
    let access = server.access();
    let (first, ours) = (change(&mirror, &base, "first\n"), change(&mirror, &base, "ours\n"));
    mirror.push(&access, &push(&first, None)).unwrap();
    for (branch, expected) in [("bugstack/x", Some(first.as_str())), ("bugstack/y", None)] {
        let theirs = base.clone();
        server.before_push(move |bare| {
            git(bare, &["update-ref", &format!("refs/heads/{branch}"), &theirs]);
        });
        let error = mirror.push(&access, &Push { branch, commit: Some(&ours), expected });
        let error = error.unwrap_err();
        let found = match &error {
            PushError::Moved { found, .. } => found.clone(),
            other => panic!("{other}"),
        };
        assert_eq!(found, Some(base.clone()), "{error}");
        assert_eq!(head(&server, branch), base);
    }
}

#[test]
fn a_rule_of_the_server_is_told_in_its_words() {
    let server = Server::start(Manner::Git);
    let folder = tempfile::tempdir().unwrap();
    let (mirror, base) = server.mirror(folder.path());
    let hook = server.bare().join("hooks/update");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, mode).unwrap();
    let commit = change(&mirror, &base, "one\n");
    let error = mirror.push(&server.access(), &push(&commit, None)).unwrap_err();
    assert_eq!(error.to_string(), "the server refuses `bugstack/x`: hook declined");
    assert_eq!(head(&server, "bugstack/x"), "");
}

#[test]
fn a_branch_that_is_not_ours_is_refused_before_anything_is_sent() {
    let server = Server::start(Manner::Git);
    let folder = tempfile::tempdir().unwrap();
    let (mirror, base) = server.mirror(folder.path());
    let commit = change(&mirror, &base, "one\n");
    let before = server.seen().len();
    for branch in
        ["main", "bugstack", "bugstack/", "bugstack/../main", "Bugstack/x", "bugstack/a b"]
    {
        let push = Push { branch, commit: Some(&commit), expected: Some(&base) };
        let error = mirror.push(&server.access(), &push).unwrap_err();
        assert!(matches!(error, PushError::NotOurs(_)), "{branch}: {error}");
    }
    assert_eq!(server.seen().len(), before);
    assert_eq!(head(&server, "main"), base);
}

#[test]
fn a_wrong_token_is_one_clear_error() {
    let server = Server::start(Manner::Git);
    let folder = tempfile::tempdir().unwrap();
    let wrong = Access::with_token(&server.url(), &Secret::new("ghs_wrong")).unwrap();
    let anonymous = Access::public(&server.url()).unwrap();
    for access in [wrong, anonymous] {
        let before = server.seen().len();
        let error = Repository::mirror(folder.path(), &server.url(), Some(&access)).err().unwrap();
        let error = error.downcast::<Failure>().unwrap();
        assert!(matches!(error, Failure::Unknown { .. }), "{error}");
        assert!(!error.to_string().contains("ghs_wrong"), "{error}");
        assert_eq!(server.seen().len(), before + 1);
    }
}

#[test]
fn each_answer_of_a_server_is_told_apart() {
    let moved = |to: &str| vec![("location", to.to_owned())];
    let cases = [
        (Manner::Says(403, vec![]), "let this token do that: Not today, [31mfriend"),
        (Manner::Says(404, vec![]), "has no such repository"),
        (Manner::Says(429, vec![("retry-after", "7".into())]), "answered 429: try again later"),
        (Manner::Says(503, vec![]), "answered 503: try again later"),
        (Manner::Says(418, vec![]), "answered 418"),
        (
            Manner::Says(301, moved("https://user:pw@b.example/n/r.git/info/refs?service=x")),
            "has moved to https://b.example/n/r.git: give the project that address",
        ),
        (Manner::Says(302, moved("/login")), "has moved to another address"),
        (Manner::Page, "is not a git server: it answers with `text/html`"),
    ];
    for (manner, told) in cases {
        let server = Server::start(manner);
        let folder = tempfile::tempdir().unwrap();
        let access = server.access();
        let error = Repository::mirror(folder.path(), &server.url(), Some(&access)).err().unwrap();
        let error = format!("{error:#}");
        assert!(error.contains(told), "{error}");
        assert!(!error.contains(TOKEN) && !error.contains("pw"), "{error}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn silence_and_endless_answers_end() {
    let limits = Limits {
        idle: Duration::from_millis(200),
        whole: Duration::from_secs(20),
        answer: 1 << 20,
        request: 1 << 10,
    };
    let short = Limits { whole: Duration::from_millis(100), ..limits };
    let cases = [
        (Manner::Silent, limits, "said nothing for 200ms"),
        (Manner::Silent, short, "took longer than 100ms"),
        (Manner::Endless, limits, "more than 1048576 bytes"),
    ];
    for (manner, limits, told) in cases {
        let server = Server::start(manner);
        let folder = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let error = fetch(folder.path(), &server, limits).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn a_push_that_is_too_large_is_refused() {
    let server = Server::start(Manner::Git);
    let folder = tempfile::tempdir().unwrap();
    let (mirror, base) = server.mirror(folder.path());
    let mut state = 1_u32;
    let noise: String = (0..200_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'!' + (state >> 24) as u8 % 90)
        })
        .collect();
    let commit = change(&mirror, &base, &noise);
    let access = server.access();
    let limits = Limits { request: 10_000, ..Limits::PUSH };
    let error = Operation::run(&access, limits, || {
        let mut remote = mirror.0.remote_anonymous(&server.url())?;
        remote.push(&[format!("{commit}:refs/heads/bugstack/x")], None)
    });
    assert!(error.unwrap_err().to_string().contains("larger than 10000 bytes"));
    assert_eq!(head(&server, "bugstack/x"), "");
}

#[test]
fn the_token_goes_to_its_own_host_only_and_is_shown_nowhere() {
    let access = Access::with_token("https://a.example/o/r.git", &Secret::new(TOKEN)).unwrap();
    let sent = |url: &str| access.authorization(&reqwest::Url::parse(url).unwrap()).is_some();
    assert!(sent("https://a.example/o/r.git/info/refs"));
    for elsewhere in ["https://b.example/", "http://a.example/", "https://a.example:8443/"] {
        assert!(!sent(elsewhere), "{elsewhere}");
    }
    assert_eq!(
        format!("{access:?}"),
        r#"Access { url: "https://a.example/o/r.git", authorization: true }"#
    );
    for url in
        ["http://a.example/o/r.git", "https://u:pw@a.example/r", "https://u@a.example/r", "x"]
    {
        let error = Access::with_token(url, &Secret::new(TOKEN)).unwrap_err().to_string();
        assert!(!error.contains("pw") && !error.contains(TOKEN), "{error}");
    }
}

#[test]
fn nothing_that_stays_on_disk_has_the_token() {
    let server = Server::start(Manner::Git);
    let folder = tempfile::tempdir().unwrap();
    let (mirror, base) = server.mirror(folder.path());
    let commit = change(&mirror, &base, "one\n");
    mirror.push(&server.access(), &push(&commit, None)).unwrap();
    let encoded = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("x-access-token:{TOKEN}"),
    );
    let mut folders = vec![folder.path().to_path_buf()];
    let mut files = 0;
    while let Some(place) = folders.pop() {
        for entry in std::fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            for secret in [TOKEN.as_bytes(), encoded.as_bytes()] {
                let found = bytes.windows(secret.len()).any(|window| window == secret);
                assert!(!found, "{}", path.display());
            }
        }
    }
    assert!(files > 5);
    assert!(server.seen().iter().all(|request| !request.contains("token")));
}

fn fetch(folder: &Path, server: &Server, limits: Limits) -> Result<(), Failure> {
    let repository = git2::Repository::init_bare(folder).unwrap();
    Operation::run(&server.access(), limits, || {
        repository.remote_anonymous(&server.url())?.fetch(&["main"], None, None)
    })
}
