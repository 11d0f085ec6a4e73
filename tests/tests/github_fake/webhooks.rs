//! Webhooks: signed over the bytes, queued, and sent when the test says so.

use std::net::TcpListener;

use bugstack_tests::github::contract::webhooks::check;
use bugstack_tests::github::model::{Opinion, Role};
use bugstack_tests::github::{Delivery, GitHub, sign};
use serde_json::json;

use crate::api::Api;

fn story(github: &GitHub) -> Vec<Delivery> {
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    github.hook("It's a Secret to Everybody", &[]);
    let head = repo.push("ann", "fix", &[("a.txt", "b\n")], "fix").unwrap();
    let number = repo.open("ann", "fix", "Fix").unwrap();
    let comment = repo.comment(number, "bob", "/bugstack retry").unwrap();
    repo.edit_comment(comment, "bob", "/bugstack ignore").unwrap();
    repo.review(number, "ann", Opinion::Approve, "good").unwrap();
    repo.check(&head, "ci", None).unwrap();
    repo.check(&head, "ci", Some("success")).unwrap();
    repo.status(&head, "old", "success").unwrap();
    repo.merge(number, bugstack_tests::github::model::Merge::Merge).unwrap();
    repo.delete_branch("ann", "fix").unwrap();
    github.deliveries()
}

#[test]
fn every_deed_tells_its_event() {
    let github = GitHub::start().unwrap();
    let deliveries = story(&github);
    let told: Vec<(&str, Option<&str>)> =
        deliveries.iter().map(|one| (one.event.as_str(), one.action.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("push", None),
            ("pull_request", Some("opened")),
            ("issue_comment", Some("created")),
            ("issue_comment", Some("edited")),
            ("pull_request_review", Some("submitted")),
            ("check_run", Some("created")),
            ("check_run", Some("completed")),
            ("check_suite", Some("completed")),
            ("status", None),
            ("pull_request", Some("closed")),
            ("push", None),
            ("push", None),
        ]
    );
    let merged = deliveries[9].payload();
    assert_eq!(merged["pull_request"]["merged"], json!(true));
    assert_eq!(merged["repository"]["full_name"], "ann/app");
    assert_eq!(deliveries[2].payload()["issue"]["pull_request"]["merged_at"], json!(null));
    assert_eq!(deliveries[4].payload()["review"]["state"], "approved");
    assert_eq!(deliveries[11].payload()["deleted"], json!(true));
    let guids: std::collections::BTreeSet<_> = deliveries.iter().map(|one| &one.guid).collect();
    assert_eq!(guids.len(), deliveries.len());
}

/// What an app does tells of itself too; the judge looks at every payload.
#[test]
fn what_a_call_does_is_told() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    repo.push("ann", "fix", &[("a.txt", "b\n")], "fix").unwrap();
    let app = github.app("autofix", &[("contents", "write")]).unwrap();
    github.install(&app, &["ann/app"]).unwrap();
    github.hook("s", &["pull_request"]);
    let api = Api::new(github.url(), Some(&github.token("ann", &[]).unwrap()));
    let pull = json!({ "title": "t", "head": "fix", "base": "main", "draft": true });
    assert_eq!(api.post("/repos/ann/app/pulls", &pull).status, 201);
    repo.role("bob", Role::Write).unwrap();
    let change = json!({ "title": "u", "body": "why" });
    api.patch("/repos/ann/app/pulls/1", &change);
    api.post("/repos/ann/app/issues/1/labels", &json!({ "labels": ["bugstack"] }));
    api.post("/repos/ann/app/pulls/1/requested_reviewers", &json!({ "reviewers": ["bob"] }));
    repo.draft(1, "ann", false).unwrap();
    repo.draft(1, "ann", true).unwrap();
    repo.force_push("ann", "fix", &[("a.txt", "c\n")], "again").unwrap();
    api.patch("/repos/ann/app/pulls/1", &json!({ "state": "closed" }));
    api.patch("/repos/ann/app/pulls/1", &json!({ "state": "open" }));
    let deliveries = github.deliveries();
    let told: Vec<&str> = deliveries.iter().filter_map(|one| one.action.as_deref()).collect();
    assert_eq!(
        told,
        [
            "opened",
            "edited",
            "labeled",
            "review_requested",
            "ready_for_review",
            "converted_to_draft",
            "synchronize",
            "closed",
            "reopened",
        ]
    );
    assert_eq!(deliveries[1].payload()["changes"]["title"]["from"], "t");
    assert!(deliveries.iter().all(|one| one.payload()["installation"]["id"].is_u64()));
    github.finish().unwrap();
}

#[test]
fn a_payload_that_is_not_githubs_is_found() {
    let github = GitHub::start().unwrap();
    for delivery in story(&github) {
        let good = delivery.payload();
        assert_eq!(check(&delivery.event, &good), Vec::<String>::new());
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove("sender");
        assert!(check(&delivery.event, &bad)[0].contains("sender"));
        bad["action"] = json!("unheard_of");
        assert!(!check(&delivery.event, &bad).is_empty());
    }
}

#[test]
fn only_wanted_events_queue() {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    github.hook("s", &["pull_request"]);
    repo.push("ann", "fix", &[("a.txt", "b\n")], "fix").unwrap();
    repo.open("ann", "fix", "Fix").unwrap();
    let told: Vec<String> = github.deliveries().into_iter().map(|one| one.event).collect();
    assert_eq!(told, ["pull_request"]);
    assert!(github.deliveries().is_empty());
}

/// The pair of secret, body and signature is from GitHub's page "Validating webhook deliveries".
#[test]
fn the_signature_is_githubs() {
    assert_eq!(
        sign("It's a Secret to Everybody", b"Hello, World!"),
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    );
}

#[test]
fn a_delivery_arrives_as_it_was_signed() {
    let github = GitHub::start().unwrap();
    let delivery = story(&github).remove(1);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("http://{}/webhooks/github", listener.local_addr().unwrap());
    let hearer = std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut headers = std::collections::BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            match line.trim().split_once(": ") {
                Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
                None if line.trim().is_empty() => break,
                None => None,
            };
        }
        let mut body = vec![0; headers["content-length"].parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        stream
            .write_all(b"HTTP/1.1 202 \r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .unwrap();
        (headers, body)
    });
    assert_eq!(github.deliver(&delivery, &to).unwrap(), 202);
    let (headers, body) = hearer.join().unwrap();
    assert_eq!(headers["x-hub-signature-256"], sign("It's a Secret to Everybody", &body));
    assert_eq!(headers["x-github-event"], "pull_request");
    assert_eq!(headers["x-github-delivery"], delivery.guid);
    assert!(headers.contains_key("x-github-hook-id"));
    assert_eq!(body, delivery.body);
}
