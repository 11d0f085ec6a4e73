//! The life of a pull request, asked for as the agent does and driven as people do.

use bugstack_tests::github::GitHub;
use bugstack_tests::github::model::{Merge, Opinion, Protection, Role};
use serde_json::json;

use crate::api::Api;

const FILES: &[(&str, &str)] = &[("a.txt", "one\ntwo\nthree\n"), ("b.txt", "b\n")];

#[test]
fn every_call_about_a_pull_request_keeps_to_the_description() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", FILES).unwrap();
    repo.role("bob", Role::Write).unwrap();
    let head =
        repo.push("ann", "bugstack/1", &[("a.txt", "one\n2\nthree\n")], "fix: a\n\nwhy").unwrap();
    let token = github.token("bob", &[]).unwrap();
    let api = Api::new(github.url(), Some(&token));

    let made = api.post(
        "/repos/ann/app/pulls",
        &json!({ "title": "Fix", "head": "bugstack/1", "base": "main", "body": "why", "draft": true }),
    );
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(made.body["head"]["sha"], head.as_str());
    assert_eq!(made.body["user"]["login"], "bob");
    assert_eq!(made.body["mergeable"], json!(null));

    let mergeable = || api.get("/repos/ann/app/pulls/1").body["mergeable"].clone();
    assert_eq!([mergeable(), mergeable()], [json!(null), json!(true)]);
    let listed = api.get("/repos/ann/app/pulls?head=ann:bugstack/1&state=all");
    assert_eq!(listed.body.as_array().unwrap().len(), 1);
    let files = api.get("/repos/ann/app/pulls/1/files").body;
    assert_eq!(files[0]["filename"], "a.txt");
    assert_eq!(files[0]["additions"], 1);
    assert_eq!(files[0]["patch"], "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three");
    let commits = api.get("/repos/ann/app/pulls/1/commits").body;
    assert_eq!(commits[0]["sha"], head.as_str());
    assert_eq!(commits[0]["author"]["login"], "ann");
    assert_eq!(commits[0]["commit"]["message"], "fix: a\n\nwhy");

    let changed =
        api.patch("/repos/ann/app/pulls/1", &json!({ "title": "Fix a", "body": "because" }));
    assert_eq!((changed.status, &changed.body["title"]), (200, &json!("Fix a")));
    let labelled = api.post("/repos/ann/app/issues/1/labels", &json!({ "labels": ["bugstack"] }));
    assert_eq!(labelled.body[0]["name"], "bugstack");
    let asked =
        api.post("/repos/ann/app/pulls/1/requested_reviewers", &json!({ "reviewers": ["ann"] }));
    assert_eq!(
        (asked.status, &asked.body["requested_reviewers"][0]["login"]),
        (201, &json!("ann"))
    );

    let comment = api.post("/repos/ann/app/issues/1/comments", &json!({ "body": "hello" }));
    assert_eq!(comment.status, 201);
    let place = format!("/repos/ann/app/issues/comments/{}", comment.body["id"]);
    assert_eq!(api.patch(&place, &json!({ "body": "bye" })).body["body"], "bye");
    let react = || api.post(&format!("{place}/reactions"), &json!({ "content": "eyes" })).status;
    assert_eq!([react(), react()], [201, 200]);
    let comments = api.get("/repos/ann/app/issues/1/comments").body;
    assert_eq!(comments[0]["reactions"]["eyes"], 1);

    let run = json!({ "name": "ci", "head_sha": head, "conclusion": "success" });
    assert_eq!(api.post("/repos/ann/app/check-runs", &run).status, 201);
    let runs = api.get(&format!("/repos/ann/app/commits/{head}/check-runs")).body;
    assert_eq!(
        (&runs["total_count"], &runs["check_runs"][0]["conclusion"]),
        (&json!(1), &json!("success"))
    );
    let empty = api.get(&format!("/repos/ann/app/commits/{head}/status")).body;
    assert_eq!((&empty["state"], &empty["total_count"]), (&json!("pending"), &json!(0)));
    let status = json!({ "state": "success", "context": "old-ci" });
    assert_eq!(api.post(&format!("/repos/ann/app/statuses/{head}"), &status).status, 201);
    let combined = api.get("/repos/ann/app/commits/bugstack/1/status").body;
    assert_eq!(combined["state"], "success");
    assert_eq!(api.get("/repos/ann/app/commits/bugstack/1").body["stats"]["total"], 2);

    repo.review(1, "ann", Opinion::Approve, "good").unwrap();
    assert_eq!(api.get("/repos/ann/app/pulls/1/reviews").body[0]["state"], "APPROVED");
    repo.draft(1, "ann", false).unwrap();
    let merged =
        api.put("/repos/ann/app/pulls/1/merge", &json!({ "sha": head, "merge_method": "squash" }));
    assert_eq!(merged.status, 200, "{:?}", merged.body);
    let sha = merged.body["sha"].as_str().unwrap();
    assert_eq!(repo.head("main").unwrap().as_deref(), Some(sha));
    assert_eq!(repo.read("main", "a.txt").unwrap().unwrap(), "one\n2\nthree\n");
    let end = api.get("/repos/ann/app/pulls/1").body;
    assert_eq!((&end["merged"], &end["merge_commit_sha"]), (&json!(true), &json!(sha)));
    assert_eq!(end["merged_by"]["login"], "bob");
    assert_eq!(api.delete("/repos/ann/app/git/refs/heads/bugstack/1").status, 204);
    assert_eq!(repo.head("bugstack/1").unwrap(), None);
    github.finish().unwrap();
}

#[test]
fn the_ways_to_merge_leave_the_history_that_git_would() {
    for (how, parents, commits) in
        [(Merge::Merge, 2, 3), (Merge::Squash, 1, 1), (Merge::Rebase, 1, 2)]
    {
        let github = GitHub::start().unwrap();
        let repo = github.create("ann/app", FILES).unwrap();
        let base = repo.head("main").unwrap().unwrap();
        repo.push("ann", "fix", &[("a.txt", "1\ntwo\nthree\n")], "first").unwrap();
        let head = repo.push("ann", "fix", &[("b.txt", "B\n")], "second").unwrap();
        repo.push("bob", "main", &[("c.txt", "c\n")], "other").unwrap();
        let number = repo.open("ann", "fix", "Two changes").unwrap();
        let sha = repo.merge(number, how).unwrap();
        let git = repo.git().unwrap();
        let commit = git.commit(&sha).unwrap();
        assert_eq!(commit.parents.len(), parents, "{how:?}");
        assert_eq!(git.between(&base, &sha).unwrap().len(), commits + 1, "{how:?}");
        assert_eq!(git.contains(&sha, &head), how == Merge::Merge, "{how:?}");
        for (path, text) in [("a.txt", "1\ntwo\nthree\n"), ("b.txt", "B\n"), ("c.txt", "c\n")] {
            assert_eq!(repo.read("main", path).unwrap().unwrap(), text, "{how:?}");
        }
        assert!(repo.pull(number).unwrap().merged.is_some());
    }
}

#[test]
fn a_pull_request_follows_its_branches() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", FILES).unwrap();
    let first = repo.push("ann", "fix", &[("a.txt", "1\n")], "first").unwrap();
    let number = repo.open("ann", "fix", "Fix").unwrap();
    let second = repo.push("bob", "fix", &[("b.txt", "2\n")], "second").unwrap();
    assert_eq!(repo.pull(number).unwrap().head_sha, second);
    let third = repo.force_push("ann", "fix", &[("a.txt", "3\n")], "third").unwrap();
    assert_eq!(repo.pull(number).unwrap().head_sha, third);
    assert!(!repo.git().unwrap().contains(&third, &first));

    let base = repo.push("ann", "main", &[("a.txt", "conflict\n")], "meanwhile").unwrap();
    assert_eq!(repo.pull(number).unwrap().base_sha, base);
    let refused = repo.merge(number, Merge::Squash).unwrap_err().to_string();
    assert_eq!(refused, "405: Pull Request is not mergeable");

    repo.delete_branch("ann", "fix").unwrap();
    let pull = repo.pull(number).unwrap();
    assert!(!pull.open && pull.merged.is_none());

    let landed = repo.push("ann", "by-hand", &[("c.txt", "c\n")], "by hand").unwrap();
    let number = repo.open("ann", "by-hand", "By hand").unwrap();
    repo.point("ann", "main", &landed).unwrap();
    assert_eq!(repo.pull(number).unwrap().merged.unwrap().sha, landed);
}

#[test]
fn a_protected_branch_waits_for_checks_and_approvals() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", FILES).unwrap();
    repo.role("bob", Role::Write).unwrap();
    let rules = Protection { required_checks: vec!["ci".into()], approvals: 1, up_to_date: true };
    repo.protect("main", rules).unwrap();
    let head = repo.push("bob", "fix", &[("a.txt", "1\n")], "fix").unwrap();
    let number = repo.open("bob", "fix", "Fix").unwrap();
    let refusal = || repo.merge(number, Merge::Squash).unwrap_err().to_string();
    assert_eq!(refusal(), "405: Required status check \"ci\" is expected.");
    repo.check(&head, "ci", None).unwrap();
    assert_eq!(refusal(), "405: Required status check \"ci\" is in progress.");
    repo.check(&head, "ci", Some("failure")).unwrap();
    assert_eq!(refusal(), "405: Required status check \"ci\" is failing.");
    repo.check(&head, "ci", Some("success")).unwrap();
    assert!(refusal().contains("approving review is required"));
    repo.review(number, "eve", Opinion::Approve, "a stranger's word").unwrap();
    assert!(refusal().contains("approving review is required"));
    repo.review(number, "ann", Opinion::RequestChanges, "no").unwrap();
    assert!(refusal().contains("Changes have been requested"));
    repo.review(number, "ann", Opinion::Approve, "well").unwrap();
    repo.push("ann", "main", &[("c.txt", "c\n")], "meanwhile").unwrap();
    assert_eq!(refusal(), "405: Head branch is out of date.");
}
