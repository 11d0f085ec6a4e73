//! GraphQL: what REST does not have, with GitHub's words when it refuses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bugstack_tests::github::GitHub;
use bugstack_tests::github::model::{Opinion, Protection, Role};
use serde_json::{Value, json};

use crate::api::Api;

const ENABLE: &str = "mutation($input: EnablePullRequestAutoMergeInput!) { \
    enablePullRequestAutoMerge(input: $input) { pullRequest { number autoMergeRequest { mergeMethod } } } }";
const COMMIT: &str = "mutation($input: CreateCommitOnBranchInput!) { \
    createCommitOnBranch(input: $input) { commit { oid url signature { isValid } } } }";

fn id(api: &Api, number: u64) -> Value {
    api.get(&format!("/repos/ann/app/pulls/{number}")).body["node_id"].clone()
}

#[test]
fn a_draft_becomes_ready_and_back() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    repo.push("ann", "fix", &[("a.txt", "b\n")], "fix").unwrap();
    let number = repo.open("ann", "fix", "Fix").unwrap();
    let api = Api::new(github.url(), Some(&github.token("ann", &[]).unwrap()));
    let id = id(&api, number);
    for (name, draft) in
        [("convertPullRequestToDraft", true), ("markPullRequestReadyForReview", false)]
    {
        let query = format!(
            "mutation($id: ID!) {{ done: {name}(input: {{ pullRequestId: $id }}) \
             {{ pullRequest {{ isDraft }} }} }}"
        );
        let reply = api.graphql(&query, &json!({ "id": id })).body;
        assert_eq!(reply["data"]["done"]["pullRequest"]["isDraft"], draft, "{reply}");
        assert_eq!(repo.pull(number).unwrap().draft, draft);
        let missing = api.graphql(&query, &json!({ "id": "PR_0" })).body;
        assert_eq!(missing["errors"][0]["type"], "NOT_FOUND");
        assert_eq!(missing["data"]["done"], json!(null));
    }
    github.finish().unwrap();
}

#[test]
fn auto_merge_waits_for_the_rules() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    repo.role("bob", Role::Write).unwrap();
    github.hook("s", &[]);
    let head = repo.push("bob", "fix", &[("a.txt", "b\n")], "fix").unwrap();
    let number = repo.open("bob", "fix", "Fix").unwrap();
    let api = Api::new(github.url(), Some(&github.token("bob", &[]).unwrap()));
    let input = json!({ "input": {
        "pullRequestId": id(&api, number), "mergeMethod": "SQUASH", "expectedHeadOid": head,
    } });
    let refused = api.graphql(ENABLE, &input).body;
    assert_eq!(refused["errors"][0]["message"], "Pull request Pull request is in clean status");

    let rules = Protection { required_checks: vec!["ci".into()], approvals: 1, up_to_date: false };
    repo.protect("main", rules).unwrap();
    let enabled = api.graphql(ENABLE, &input).body;
    assert_eq!(
        enabled["data"]["enablePullRequestAutoMerge"]["pullRequest"],
        json!({ "number": number, "autoMergeRequest": { "mergeMethod": "SQUASH" } })
    );
    let question = "query($o: String!, $r: String!, $n: Int!) { repository(owner: $o, name: $r) { \
        pullRequest(number: $n) { reviewDecision mergeable mergeStateStatus } } }";
    let ask = || {
        let variables = json!({ "o": "ann", "r": "app", "n": number });
        api.graphql(question, &variables).body["data"]["repository"]["pullRequest"].clone()
    };
    let blocked = json!({
        "reviewDecision": "REVIEW_REQUIRED", "mergeable": "MERGEABLE", "mergeStateStatus": "BLOCKED",
    });
    assert_eq!(ask(), blocked);
    repo.check(&head, "ci", Some("success")).unwrap();
    assert!(repo.pull(number).unwrap().open);
    repo.review(number, "ann", Opinion::Approve, "good").unwrap();
    let pull = repo.pull(number).unwrap();
    assert_eq!(pull.merged.unwrap().by, "bob");
    let told: Vec<_> = github.deliveries().into_iter().filter_map(|one| one.action).collect();
    assert!(told.contains(&"auto_merge_enabled".to_owned()), "{told:?}");
    assert_eq!(repo.read("main", "a.txt").unwrap().unwrap(), "b\n");
    github.finish().unwrap();
}

#[test]
fn a_commit_on_a_branch_is_signed_and_guarded() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", &[("a.txt", "a\n"), ("old.txt", "o\n")]).unwrap();
    let base = repo.head("main").unwrap().unwrap();
    repo.point("ann", "fix", &base).unwrap();
    let api = Api::new(github.url(), Some(&github.token("ann", &[]).unwrap()));
    let input = json!({ "input": {
        "branch": { "repositoryNameWithOwner": "ann/app", "branchName": "fix" },
        "expectedHeadOid": base,
        "message": { "headline": "fix: a", "body": "why" },
        "fileChanges": {
            "additions": [{ "path": "a.txt", "contents": STANDARD.encode("b\n") }],
            "deletions": [{ "path": "old.txt" }],
        },
    } });
    let made = api.graphql(COMMIT, &input).body;
    let commit = &made["data"]["createCommitOnBranch"]["commit"];
    assert!(commit.is_object(), "{made}");
    let sha = commit["oid"].as_str().unwrap();
    assert_eq!(commit["signature"]["isValid"], true);
    assert_eq!(repo.head("fix").unwrap().as_deref(), Some(sha));
    assert_eq!(repo.read(sha, "a.txt").unwrap().unwrap(), "b\n");
    assert_eq!(repo.read(sha, "old.txt").unwrap(), None);
    let seen = api.get(&format!("/repos/ann/app/commits/{sha}")).body;
    assert_eq!(seen["commit"]["verification"]["verified"], true);
    assert_eq!(seen["commit"]["message"], "fix: a\n\nwhy");

    let stale = api.graphql(COMMIT, &input).body;
    assert_eq!(stale["errors"][0]["type"], "STALE_DATA");
    assert_eq!(stale["data"]["createCommitOnBranch"], json!(null));
    github.finish().unwrap();
}

#[test]
fn who_may_not_is_told_so() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    repo.push("ann", "fix", &[("a.txt", "b\n")], "fix").unwrap();
    repo.role("bob", Role::Write).unwrap();
    let number = repo.open("ann", "fix", "Fix").unwrap();
    let reader = github.token("bob", &[("pull_requests", "read")]).unwrap();
    let api = Api::new(github.url(), Some(&reader));
    let input = json!({ "input": { "pullRequestId": id(&api, number) } });
    let refused = api.graphql(ENABLE, &input);
    assert_eq!((refused.status, &refused.body["errors"][0]["type"]), (200, &json!("FORBIDDEN")));
    let stranger = Api::new(github.url(), None).graphql("{ viewer { login } }", &json!({}));
    assert_eq!(stranger.status, 401);
    github.finish().unwrap();

    let github = GitHub::start().unwrap();
    let api = Api::new(github.url(), Some(&github.token("ann", &[]).unwrap()));
    let wrong = api.graphql("{ viewer { login nickname } }", &json!({}));
    assert_eq!(wrong.status, 200);
    let message = wrong.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("nickname"), "{message}");
    assert_eq!(github.violations().len(), 1);
}
