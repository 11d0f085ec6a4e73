//! Reads are tried again, changes never blindly, limits are kept, and the token stays at home.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::server::{Reply, Server, TOKEN};
use super::{instant, project, proposal, pull};
use crate::forge::{Forge, ForgeError, Presentation};

fn repository() -> Value {
    json!({"private": false, "default_branch": "trunk"})
}

/// Answers with `first` so many times, and then as `then`.
fn after(
    times: usize,
    first: impl Fn() -> Reply + Send + Sync + 'static,
    then: impl Fn() -> Reply + Send + Sync + 'static,
) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) < times {
        true => first(),
        false => then(),
    })
}

#[test]
fn a_read_is_tried_again_a_few_times() {
    let failures: [fn() -> Reply; 4] = [
        || Reply::Json(502, json!({})),
        || Reply::Broken,
        || Reply::Silence,
        || Reply::Raw(200, "{\"private\":"),
    ];
    for failure in failures {
        let server = after(2, failure, || Reply::Json(200, repository()));
        let facts = server.github().facts(&project(&server)).unwrap();
        assert_eq!((facts.public, facts.default_branch.as_str()), (true, "trunk"));
        assert_eq!(server.lines(), ["GET /repos/o/r"; 3]);
        assert_eq!(server.waited(), Duration::from_millis(1_500));

        let server = after(usize::MAX, failure, || Reply::Json(200, repository()));
        let error = server.github().facts(&project(&server)).unwrap_err();
        assert!(matches!(error, ForgeError::Later { .. }), "{error}");
        assert_eq!(server.lines().len(), 3);
    }
}

#[test]
fn each_refusal_says_what_comes_next() {
    fn message(text: &str) -> Value {
        json!({"message": text})
    }
    let with = |status, headers: &[(&'static str, &str)], text| {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Reply::With(status, headers, message(text))
    };
    type Case = (Box<dyn Fn() -> Reply + Send + Sync>, &'static str);
    let cases: Vec<Case> = vec![
        (Box::new(move || Reply::Json(401, message("Bad credentials"))), "does not know our token"),
        (
            Box::new(move || Reply::Json(403, message("Resource not accessible by integration"))),
            "give the App or token the permission `metadata: read`",
        ),
        (
            Box::new(move || {
                with(403, &[("x-accepted-github-permissions", "contents=read")], "Resource not")
            }),
            "the permission `contents: read`",
        ),
        (Box::new(move || Reply::Json(404, message("Not Found"))), "there is no repository o/r"),
        (
            Box::new(move || with(301, &[("location", "https://elsewhere.example/x")], "Moved")),
            "repository o/r has moved",
        ),
        (Box::new(move || with(429, &[("retry-after", "7")], "slow down")), "2027-01-15T08:00:07Z"),
        (
            Box::new(move || {
                let reset = instant(90).as_second().to_string();
                with(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)], "limit")
            }),
            "2027-01-15T08:01:30Z",
        ),
        (
            Box::new(move || Reply::Json(403, message("You have exceeded a secondary rate limit"))),
            "2027-01-15T08:01:00Z",
        ),
        (
            Box::new(move || with(403, &[("retry-after", "99999999")], "slow down")),
            "2027-01-15T10:00:00Z",
        ),
        (Box::new(move || Reply::Json(418, message("tea"))), "GitHub answered 418: tea"),
    ];
    for (answer, told) in cases {
        let server = Server::start(move |_| answer());
        let error = server.github().facts(&project(&server)).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
        assert!(!error.contains(TOKEN), "{error}");
        assert_eq!(server.lines().len(), 1, "{told}");
    }
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let server = Server::start(|seen| match seen.headers.get("if-none-match") {
        Some(etag) if etag == "\"one\"" => Reply::With(304, vec![], Value::Null),
        _ => Reply::With(200, vec![("etag", "\"one\"".into())], repository()),
    });
    let github = server.github();
    for _ in 0..2 {
        assert_eq!(github.facts(&project(&server)).unwrap().default_branch, "trunk");
    }
    assert!(server.seen()[1].headers.contains_key("if-none-match"));
}

/// What happens to the first POST, whether it had an effect, and how often it is then sent.
#[test]
fn a_change_is_repeated_only_if_it_did_not_happen() {
    let failures: [fn() -> Reply; 4] = [
        || Reply::Json(500, json!({})),
        || Reply::Broken,
        || Reply::Silence,
        || Reply::Json(201, json!({"number": "seven"})),
    ];
    for failure in failures {
        for happens in [true, false] {
            let posts = AtomicUsize::new(0);
            let server = Server::start(move |seen| {
                if seen.line.starts_with("POST") {
                    return match posts.fetch_add(1, Ordering::SeqCst) {
                        0 => failure(),
                        _ => Reply::Json(201, pull("open")),
                    };
                }
                let there = posts.load(Ordering::SeqCst) > 0 && happens;
                Reply::Json(200, if there { json!([pull("open")]) } else { json!([]) })
            });
            let github = server.github();
            let shown = Presentation::default();
            let opened = github.open(&project(&server), &proposal(), &shown).unwrap();
            assert_eq!(opened.number, 7);
            let sent = server.lines().iter().filter(|line| line.starts_with("POST")).count();
            assert_eq!(sent, if happens { 1 } else { 2 });
        }
    }
}

#[test]
fn a_change_that_never_succeeds_ends() {
    let server = Server::start(|seen| match seen.line.starts_with("POST") {
        true => Reply::Json(502, json!({})),
        false => Reply::Json(200, json!([])),
    });
    let shown = Presentation::default();
    let error = server.github().open(&project(&server), &proposal(), &shown).unwrap_err();
    assert!(matches!(error, ForgeError::Later { .. }), "{error}");
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("POST")).count(), 2);
}

#[test]
fn a_second_pull_request_from_a_branch_is_the_first_one() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |seen| match seen.line.starts_with("POST") {
        true => Reply::Json(
            422,
            json!({"message": "Validation Failed", "errors": [{
                "resource": "PullRequest", "code": "custom",
                "message": "A pull request already exists for o:bugstack/0123456789ab."
            }]}),
        ),
        // Only the second list shows it.
        false => Reply::Json(
            200,
            match asked.fetch_add(1, Ordering::SeqCst) {
                0 => json!([]),
                _ => json!([pull("open")]),
            },
        ),
    });
    let shown = Presentation::default();
    let opened = server.github().open(&project(&server), &proposal(), &shown).unwrap();
    assert_eq!(opened.number, 7);
}

#[test]
fn changes_keep_their_distance() {
    let server = Server::start(|seen| match seen.line.split(' ').next() {
        Some("GET") => Reply::Json(200, pull("open")),
        _ => Reply::Json(200, json!([{"name": "other"}])),
    });
    let github = server.github();
    let shown = Presentation { labels: vec!["bugstack".into()], ..Presentation::default() };
    let start = server.now();
    for _ in 0..3 {
        github.update(&project(&server), &proposal(), &shown).unwrap();
    }
    assert_eq!(server.now().duration_since(start).as_secs(), 2);
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("POST")).count(), 3);
}

#[test]
fn a_redirect_takes_the_token_nowhere() {
    let other = Server::start(|_| Reply::Json(200, repository()));
    let to = format!("{}/api/v3/repos/o/r", other.url());
    let server = Server::start(move |_| {
        Reply::With(302, vec![("location", to.clone())], json!({"message": "Found"}))
    });
    assert!(server.github().facts(&project(&server)).is_err());
    assert!(other.lines().is_empty());
}

#[test]
fn a_branch_of_others_is_refused_before_anything_is_sent() {
    let server = Server::start(|_| Reply::Json(500, json!({})));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "a").unwrap();
    let mirror = crate::git::Repository::init(folder.path(), "main", "first", instant(0)).unwrap();
    let head = mirror.branch_head("main").unwrap();
    let push = crate::forge::Push { branch: "main", commit: &head, expected: None };
    let error = server.github().push(&project(&server), &mirror, &push).unwrap_err();
    assert!(error.to_string().contains("only branches under bugstack/"), "{error}");
    assert!(server.lines().is_empty());
}
