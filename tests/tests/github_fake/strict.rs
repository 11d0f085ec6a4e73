//! Where other stand-ins say yes and GitHub says no.

use std::time::Duration;

use bugstack_tests::github::GitHub;
use bugstack_tests::github::model::{Merge, Role};
use reqwest::Method;
use serde_json::json;

use crate::api::Api;

fn with_branch(github: &GitHub) {
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    repo.role("bob", Role::Write).unwrap();
    repo.push("ann", "fix", &[("a.txt", "b\n")], "fix").unwrap();
}

#[test]
fn a_pull_request_is_refused_with_githubs_words() {
    let github = GitHub::start().unwrap();
    with_branch(&github);
    let repo = github.repo("ann/app");
    repo.point("ann", "same", &repo.head("main").unwrap().unwrap()).unwrap();
    let api = Api::new(github.url(), Some(&github.token("bob", &[]).unwrap()));
    let open = |head: &str, base: &str| {
        api.post("/repos/ann/app/pulls", &json!({ "title": "t", "head": head, "base": base }))
            .says()
    };
    assert_eq!(open("fix", "main").0, 201);
    for (head, base, words) in [
        ("fix", "main", "A pull request already exists for ann:fix."),
        ("ann:fix", "main", "A pull request already exists for ann:fix."),
        ("missing", "main", "head invalid"),
        ("eve:fix", "main", "head invalid"),
        ("fix", "missing", "base invalid"),
        ("same", "main", "No commits between main and same"),
    ] {
        assert_eq!(open(head, base), (422, words.to_owned()), "{head} {base}");
    }
    let long = json!({ "title": "t", "head": "fix", "base": "main", "body": "x".repeat(65_537) });
    assert_eq!(api.post("/repos/ann/app/pulls", &long).status, 422);
    let all = api.get("/repos/ann/app/pulls?head=missing&state=all").body;
    assert_eq!(all.as_array().unwrap().len(), 1, "a head without its owner filters nothing");
    github.finish().unwrap();
}

#[test]
fn a_merge_is_refused_with_githubs_words() {
    let github = GitHub::start().unwrap();
    with_branch(&github);
    let repo = github.repo("ann/app");
    let api = Api::new(github.url(), Some(&github.token("bob", &[]).unwrap()));
    let number = repo.open("bob", "fix", "Fix").unwrap();
    let path = format!("/repos/ann/app/pulls/{number}");
    let merge = |body| api.put(&format!("{path}/merge"), &body).says();
    repo.draft(number, "bob", true).unwrap();
    assert_eq!(merge(json!({})), (405, "Pull Request is still a draft".into()));
    repo.draft(number, "bob", false).unwrap();
    let stale = json!({ "sha": "0".repeat(40) });
    let words = "Head branch was modified. Review and try the merge again.";
    assert_eq!(merge(stale), (409, words.into()));
    repo.set(|repository| repository.merge_methods.retain(|how| *how != Merge::Rebase)).unwrap();
    let words = "Rebase merges are not allowed on this repository.";
    assert_eq!(merge(json!({ "merge_method": "rebase" })), (405, words.into()));
    let approve = api.post(&format!("{path}/reviews"), &json!({ "event": "APPROVE" }));
    assert_eq!(approve.says(), (422, "Can not approve your own pull request".into()));
    let own = json!({ "reviewers": ["bob"] });
    let asked = api.post(&format!("{path}/requested_reviewers"), &own);
    assert_eq!(asked.says(), (422, "Review cannot be requested from pull request author.".into()));
    github.user("eve");
    let stranger = json!({ "reviewers": ["eve"] });
    let asked = api.post(&format!("{path}/requested_reviewers"), &stranger).says();
    assert!(asked.0 == 422 && asked.1.starts_with("Reviews may only be requested"), "{asked:?}");
    assert_eq!(merge(json!({})).0, 200);
    assert_eq!(merge(json!({})), (405, "Pull Request is not mergeable".into()));
    let gone = api.delete("/repos/ann/app/git/refs/heads/gone").says();
    assert_eq!(gone, (422, "Reference does not exist".into()));
    github.finish().unwrap();
}

#[test]
fn a_closed_pull_request_reopens_only_with_its_branch() {
    let github = GitHub::start().unwrap();
    with_branch(&github);
    let repo = github.repo("ann/app");
    let api = Api::new(github.url(), Some(&github.token("bob", &[]).unwrap()));
    let number = repo.open("bob", "fix", "Fix").unwrap();
    let path = format!("/repos/ann/app/pulls/{number}");
    let state = |state: &str| api.patch(&path, &json!({ "state": state })).says();
    assert_eq!([state("closed").0, state("open").0, state("closed").0], [200; 3]);
    repo.force_push("ann", "fix", &[("a.txt", "c\n")], "again").unwrap();
    let words = "state cannot be changed. The fix branch was force-pushed or recreated.";
    assert_eq!(state("open"), (422, words.into()));
    repo.delete_branch("ann", "fix").unwrap();
    let words = "state cannot be changed. The fix branch has been deleted.";
    assert_eq!(state("open"), (422, words.into()));
    github.finish().unwrap();
}

#[test]
fn a_token_sees_and_does_only_what_it_may() {
    let github = GitHub::start().unwrap();
    with_branch(&github);
    let private = github.create("ann/secret", &[("a.txt", "a\n")]).unwrap();
    private.make_private().unwrap();
    github.user("eve");
    let eve = github.token("eve", &[]).unwrap();
    let reader = github.token("bob", &[("contents", "read")]).unwrap();
    let of = |token: Option<&str>| Api::new(github.url(), token);
    let pull = json!({ "title": "t", "head": "fix", "base": "main" });

    assert_eq!(of(Some("ghp_wrong")).get("/repos/ann/app").says(), (401, "Bad credentials".into()));
    assert_eq!(of(None).get("/repos/ann/app").status, 200);
    assert_eq!(
        of(None).post("/repos/ann/app/pulls", &pull).says(),
        (401, "Requires authentication".into())
    );
    for token in [None, Some(eve.as_str())] {
        assert_eq!(of(token).get("/repos/ann/secret").says(), (404, "Not Found".into()));
        assert_eq!(of(token).get("/repos/ann/nothing").says(), (404, "Not Found".into()));
    }
    let refused = of(Some(&reader)).post("/repos/ann/app/pulls", &pull);
    assert_eq!(refused.says(), (403, "Resource not accessible by personal access token".into()));
    assert_eq!(refused.headers["x-accepted-github-permissions"], "pull_requests=write");
    let merge = of(Some(&eve)).delete("/repos/ann/app/git/refs/heads/fix");
    assert_eq!(merge.status, 403, "who may not push may not delete");

    let api = of(Some(&eve));
    for (login, permission) in [("ann", "admin"), ("bob", "write"), ("eve", "read")] {
        let path = format!("/repos/ann/app/collaborators/{login}/permission");
        assert_eq!(api.get(&path).body["permission"], permission);
    }
    assert_eq!(api.get("/repos/ann/app/collaborators/nobody/permission").status, 404);
    assert_eq!(api.get("/user").body["login"], "eve");
    assert_eq!(api.get("/users/bob").body["login"], "bob");
    github.finish().unwrap();
}

#[test]
fn what_did_not_change_is_304_and_free() {
    let github = GitHub::start().unwrap();
    with_branch(&github);
    let api = Api::new(github.url(), Some(&github.token("bob", &[]).unwrap()));
    let first = api.get("/repos/ann/app/pulls");
    let tag = first.headers["etag"].as_str();
    let again =
        || api.send(Method::GET, "/repos/ann/app/pulls", &[("if-none-match", tag)], None).unwrap();
    let same = again();
    assert_eq!((same.status, &same.body), (304, &json!(null)));
    assert_eq!(same.headers["x-ratelimit-used"], first.headers["x-ratelimit-used"]);
    github.repo("ann/app").open("ann", "fix", "Fix").unwrap();
    assert_eq!(again().status, 200);
    for name in ["x-github-request-id", "x-ratelimit-reset", "x-github-media-type"] {
        assert!(first.headers.contains_key(name), "{name}");
    }
    github.finish().unwrap();
}

#[test]
fn lists_come_in_pages() {
    let github = GitHub::start().unwrap();
    with_branch(&github);
    let repo = github.repo("ann/app");
    let number = repo.open("ann", "fix", "Fix").unwrap();
    for at in 0..5 {
        repo.comment(number, "ann", &format!("comment {at}")).unwrap();
    }
    let api = Api::new(github.url(), Some(&github.token("bob", &[]).unwrap()));
    let mut next = Some(format!("/repos/ann/app/issues/{number}/comments?per_page=2"));
    let mut seen = Vec::new();
    while let Some(path) = next {
        let reply = api.get(&path);
        seen.extend(reply.body.as_array().unwrap().iter().map(|one| one["body"].clone()));
        next = reply.headers.get("link").and_then(|links| {
            let link = links.split(", ").find(|link| link.ends_with("rel=\"next\""))?;
            let url = link.trim_start_matches('<').split_once('>')?.0;
            Some(url.split_once("/api/v3")?.1.to_owned())
        });
    }
    assert_eq!(seen, (0..5).map(|at| json!(format!("comment {at}"))).collect::<Vec<_>>());
    github.finish().unwrap();
}

#[test]
fn who_asks_too_much_is_told_until_when() {
    let github = GitHub::start().unwrap();
    github.clock().stop_at("2026-11-22T12:00:00Z".parse().unwrap());
    with_branch(&github);
    let number = github.repo("ann/app").open("ann", "fix", "Fix").unwrap();
    let api = Api::new(github.url(), Some(&github.token("bob", &[]).unwrap()));
    let path = format!("/repos/ann/app/issues/{number}/comments");
    let comment = || api.post(&path, &json!({ "body": "hello" }));
    for _ in 0..80 {
        assert_eq!(comment().status, 201);
    }
    let refused = comment();
    assert_eq!((refused.status, refused.headers["retry-after"].as_str()), (403, "60"));
    assert!(refused.says().1.contains("secondary rate limit"));
    assert_eq!(api.get(&path).status, 200, "looking is still allowed");
    github.clock().advance(Duration::from_secs(60));
    assert_eq!(comment().status, 201);

    github.leave_calls("bob", 1);
    assert_eq!(api.get(&path).status, 200);
    let refused = api.get(&path);
    assert_eq!((refused.status, refused.headers["x-ratelimit-remaining"].as_str()), (403, "0"));
    assert_eq!(refused.headers["x-ratelimit-reset"], "1795352400");
    assert_eq!(api.get("/rate_limit").body["resources"]["core"]["remaining"], 0);
    github.clock().advance(Duration::from_secs(3600));
    assert_eq!(api.get(&path).status, 200);
    github.finish().unwrap();
}
