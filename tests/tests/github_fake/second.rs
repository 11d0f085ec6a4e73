//! The same story on somebody else's emulator: what ours says of GitHub is not only our opinion.

use std::io::Write;

use bugstack_tests::emulate::{Emulator, available};
use serde_json::{Value, json};

use crate::api::Api;
use crate::git::{commit, git};

const FILES: &[(&str, &str)] = &[("a.txt", "a\n")];

/// What a pull request goes through, in statuses and a few facts.
fn story(base: &str, token: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("{base}/ann/app.git");
    assert!(git(folder.path(), Some(token), &["clone", "--quiet", &url, "."]).status.success());
    commit(folder.path(), "bugstack/1", "a.txt", "b\n");
    let pushed = git(folder.path(), Some(token), &["push", "--quiet", "origin", "bugstack/1"]);
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    let head = git(folder.path(), None, &["rev-parse", "HEAD"]).stdout;
    let head = String::from_utf8(head).unwrap().trim().to_owned();

    let api = Api::new(base, Some(token));
    let mut seen = Vec::new();
    let pull = json!({ "title": "Fix", "head": "bugstack/1", "base": "main", "draft": true });
    let opened = api.post("/repos/ann/app/pulls", &pull);
    seen.push(json!([opened.status, opened.body["state"], opened.body["draft"]]));
    assert_eq!(opened.body["head"]["sha"], head.as_str());
    let number = &opened.body["number"];
    let path = format!("/repos/ann/app/pulls/{number}");
    let found = api.get("/repos/ann/app/pulls?head=ann:bugstack/1&state=all");
    seen.push(json!([found.status, found.body.as_array().unwrap().len()]));
    let draft = api.put(&format!("{path}/merge"), &json!({ "sha": head }));
    // 405 on GitHub, 422 there: that it is refused is what both say.
    seen.push(json!([405, 422].contains(&draft.status)));
    let comments = format!("/repos/ann/app/issues/{number}/comments");
    let comment = api.post(&comments, &json!({ "body": "hello" }));
    seen.push(json!([comment.status, comment.body["user"]["login"]]));
    let place = format!("/repos/ann/app/issues/comments/{}", comment.body["id"]);
    seen.push(api.patch(&place, &json!({ "body": "bye" })).body["body"].clone());
    seen.push(json!(api.get(&comments).body.as_array().unwrap().len()));
    let labels = format!("/repos/ann/app/issues/{number}/labels");
    seen.push(api.post(&labels, &json!({ "labels": ["bugstack"] })).body[0]["name"].clone());
    seen.push(api.patch(&path, &json!({ "title": "Fix a" })).body["title"].clone());
    seen.push(api.get("/repos/ann/app/git/ref/heads/bugstack/1").body["object"]["sha"].clone());
    seen.push(json!(api.get("/repos/ann/app/git/ref/heads/missing").status));
    let closed = api.patch(&path, &json!({ "state": "closed" }));
    seen.push(json!([closed.status, closed.body["state"], closed.body["merged"]]));
    seen.push(json!(api.delete("/repos/ann/app/git/refs/heads/bugstack/1").status));
    // The commit's date is that of the push.
    seen.into_iter().map(|one| if one == head.as_str() { json!("head") } else { one }).collect()
}

#[test]
fn the_story_is_the_same_on_another_emulator() {
    if !available() {
        let _ = writeln!(std::io::stderr(), "skipped: the other emulator comes by npm");
        return;
    }
    let other = Emulator::start(FILES).unwrap();
    let theirs = story(other.url(), other.token());
    let github = bugstack_tests::github::GitHub::start().unwrap();
    github.create("ann/app", FILES).unwrap();
    let ours = story(github.url(), &github.token("ann", &[]).unwrap());
    assert_eq!(ours, theirs);
    assert_eq!(other.violations(), Vec::<String>::new());
    github.finish().unwrap();
}
