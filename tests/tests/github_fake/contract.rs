//! The judge finds what breaks GitHub's description, in requests and in answers.

use bugstack_tests::github::GitHub;
use bugstack_tests::github::contract::{graphql, rest};
use reqwest::Method;
use serde_json::json;

use crate::api::Api;

#[test]
fn a_bad_request_is_a_violation() {
    let github = GitHub::start().unwrap();
    github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    let api = Api::new(github.url(), Some(&github.token("ann", &[]).unwrap()));
    let cases = [
        (
            Method::POST,
            "/repos/ann/app/pulls",
            Some(json!({ "title": 5, "head": "h", "base": "b" })),
            "/title",
        ),
        (
            Method::POST,
            "/repos/ann/app/pulls",
            Some(json!({ "title": "t", "head": "h" })),
            "\"base\" is a required",
        ),
        (
            Method::POST,
            "/repos/ann/app/pulls",
            Some(json!({ "head": "h", "base": "b", "labels": [] })),
            "`labels` is unknown",
        ),
        (Method::POST, "/repos/ann/app/pulls", None, "the body is missing"),
        (Method::GET, "/repos/ann/app/pulls?bogus=1", None, "query `bogus` is unknown"),
        (Method::GET, "/repos/ann/app/pulls?state=ajar", None, "query `state`"),
        (
            Method::PUT,
            "/repos/ann/app/pulls/1/merge",
            Some(json!({ "merge_method": "yolo" })),
            "/merge_method",
        ),
        (Method::GET, "/repos/ann/app/unknown", None, "not described: GET /repos/ann/app/unknown"),
    ];
    for (method, path, body, expected) in cases {
        let reply = api.send(method, path, &[], body.as_ref()).unwrap();
        assert!(reply.status == 422 || reply.status == 404, "{path}: {}", reply.status);
        let found = github.violations();
        assert!(found.iter().any(|one| one.contains(expected)), "{path}: {found:?}");
    }
    let old = [("x-github-api-version", "2021-01-01")];
    let reply = api.send(Method::GET, "/repos/ann/app", &old, None).unwrap();
    assert_eq!((reply.status, github.violations().len()), (400, 1));
}

#[test]
fn a_violation_fails_the_test_that_made_it() {
    let github = GitHub::start().unwrap();
    Api::new(github.url(), None).get("/nowhere");
    assert!(github.finish().unwrap_err().to_string().contains("GET /nowhere"));

    let dropped = std::panic::catch_unwind(|| {
        let github = GitHub::start().unwrap();
        Api::new(github.url(), None).get("/nowhere");
    });
    assert!(dropped.is_err());
}

#[test]
fn a_bad_answer_is_a_violation() {
    let (operation, path) = rest().find("GET", "/repos/ann/app/git/ref/heads/a/b").unwrap();
    assert_eq!((operation.name.as_str(), path["ref"].as_str()), ("git/get-ref", "heads/a/b"));
    let wrong = |status, body| operation.check_answer(status, Some(&body));
    let sha = "a".repeat(40);
    let good = json!({
        "ref": "refs/heads/a/b", "node_id": "R", "url": "u",
        "object": { "type": "commit", "sha": sha, "url": "u" },
    });
    assert_eq!(wrong(200, good.clone()), Vec::<String>::new());
    for (pointer, value) in [("/ref", json!(null)), ("/object/sha", json!("short"))] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        let found = wrong(200, bad);
        assert!(found.len() == 1 && found[0].contains(pointer), "{found:?}");
    }
    assert_eq!(wrong(418, json!({})), ["git/get-ref: answer 418: this status is not described"]);
    assert_eq!(operation.check_answer(200, None).len(), 1);
    assert_eq!(operation.check_answer(304, None), Vec::<String>::new());
}

#[test]
fn the_longer_template_wins() {
    for (path, name) in [
        ("/repos/o/r/commits/heads/x/status", "repos/get-combined-status-for-ref"),
        ("/repos/o/r/commits/x/check-runs", "checks/list-for-ref"),
        ("/repos/o/r/commits/x", "repos/get-commit"),
        ("/repos/o/r/contents/a/b/c.txt", "repos/get-content"),
        ("/repos/o/r/branches/a/b", "repos/get-branch"),
        ("/repos/o/r/pulls/1", "pulls/get"),
    ] {
        assert_eq!(rest().find("GET", path).unwrap().0.name, name);
    }
    assert!(rest().find("GET", "/repos/o/r/pulls/1/unknown").is_none());
}

#[test]
fn a_bad_document_is_refused() {
    let check = |query: &str, variables| {
        graphql::check(&json!({ "query": query, "variables": variables })).map(|one| one.mutation)
    };
    let ready = "mutation($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) \
                 { pullRequest { isDraft } } }";
    assert_eq!(check(ready, json!({ "id": "PR_1" })), Ok(true));
    for (query, variables) in [
        (ready, json!({})),
        (ready, json!({ "id": "PR_1", "more": 1 })),
        ("query { viewer { loginn } }", json!({})),
        ("query { nothing }", json!({})),
        ("query($a: ID!) { viewer { login } }", json!({ "a": "1" })),
        ("mutation { markPullRequestReadyForReview(input: {}) { clientMutationId } }", json!({})),
        ("mutation { mergeIt }", json!({})),
        ("query {", json!({})),
    ] {
        assert!(check(query, variables).is_err(), "{query}");
    }
}
