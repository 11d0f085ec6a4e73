//! What a person sees and may do.

use std::time::Duration;

use bugstack_agent::model::{IssueId, ProposalId, Refusal};
use bugstack_agent::store::Occurrence;
use reqwest::{Method, StatusCode};

use crate::http::Site;
use crate::samples::{found_by_each_stage, occurrence};

const LEASE: Duration = Duration::from_secs(30);

async fn page(site: &Site, path: &str) -> String {
    let response = site.ask(Method::GET, path).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let text = response.text().await.unwrap();
    assert!(!text.contains("<script") && !text.contains("style=\""), "{text}");
    text
}

/// Leaves one proposal behind.
async fn proposed(site: &Site) {
    site.world.store.record(occurrence("e1", "k")).await.unwrap();
    for progress in found_by_each_stage("fix-key-of-announce") {
        let job = site.world.store.claim(LEASE).await.unwrap().unwrap();
        site.world.clock.pass(1_250);
        site.world.store.advanced(job.lease, progress).await.unwrap();
    }
}

#[tokio::test]
async fn the_first_page_waits_for_the_first_event_and_then_lists_issues() {
    let site = Site::new().await;
    let waiting = page(&site, "/").await;
    assert!(waiting.contains("waiting for the first event"));
    assert!(waiting.contains("http-equiv=\"refresh\""));
    site.world.store.record(occurrence("e1", "k")).await.unwrap();
    let seen = page(&site, "/").await;
    assert!(seen.contains("/issues/1") && seen.contains("receiving"));
    assert!(!seen.contains("http-equiv=\"refresh\""));
}

#[tokio::test]
async fn an_issue_shows_trace_timeline_and_cause_and_then_its_proposal() {
    let site = Site::new().await;
    site.world.store.record(occurrence("e1", "k")).await.unwrap();
    let waiting = page(&site, "/issues/1").await;
    assert!(waiting.contains("http-equiv=\"refresh\"") && waiting.contains("waiting"));
    for progress in found_by_each_stage("f") {
        let job = site.world.store.claim(LEASE).await.unwrap().unwrap();
        site.world.clock.pass(1_250);
        site.world.store.advanced(job.lease, progress).await.unwrap();
    }
    let done = page(&site, "/issues/1").await;
    assert!(done.contains("<li class=\"app\"><span class=\"function\">RoomsGateway.announce"));
    assert!(done.contains("<li class=\"library\"><span class=\"function\">sendAfterClose"));
    assert!(done.contains("<code>announce</code> sends to every socket"));
    assert!(done.contains("1.2 s") && done.contains("/proposals/1"));
    assert!(!done.contains("http-equiv=\"refresh\""));
}

#[tokio::test]
async fn a_refusal_is_shown_with_its_reason() {
    let site = Site::new().await;
    site.world.store.record(occurrence("e1", "k")).await.unwrap();
    let job = site.world.store.claim(LEASE).await.unwrap().unwrap();
    let refusal = Refusal::new("already-guarded", "rooms.gateway.ts:31 asks already");
    site.world.store.refused(job.lease, refusal).await.unwrap();
    let seen = page(&site, "/issues/1").await;
    assert!(seen.contains("<code>already-guarded</code>") && seen.contains("asks already"));
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let site = Site::new().await;
    let evil = "</title><script>alert(1)</script>\"'{{ 7 * 7 }}<!--";
    let mut event = serde_json::to_value(occurrence("e1", "k").event).unwrap();
    for field in ["release", "environment", "commit", "platform"] {
        event[field] = evil.into();
    }
    for field in ["type", "message"] {
        event["exceptions"][0][field] = evil.into();
    }
    for field in ["function", "file"] {
        event["exceptions"][0]["frames"][0][field] = evil.into();
    }
    let new = Occurrence {
        event: serde_json::from_value(event).unwrap(),
        title: evil.to_owned(),
        ..occurrence("e1", "k")
    };
    site.world.store.record(new).await.unwrap();
    let job = site.world.store.claim(LEASE).await.unwrap().unwrap();
    site.world.store.refused(job.lease, Refusal::new(evil, evil)).await.unwrap();
    for path in ["/", "/issues/1"] {
        let seen = page(&site, path).await;
        assert!(seen.contains("&lt;script&gt;alert(1)"), "{path} shows it");
        assert!(!seen.contains("<script") && !seen.contains("49&lt;!--"), "{path} obeys it");
    }
}

#[tokio::test]
async fn hostile_code_in_a_proposal_stays_text() {
    let site = Site::new().await;
    site.world.store.record(occurrence("e1", "k")).await.unwrap();
    for progress in found_by_each_stage("f") {
        let job = site.world.store.claim(LEASE).await.unwrap().unwrap();
        let text = serde_json::to_string(&progress).unwrap();
        let evil = text.replace("JSON.stringify", "<script>alert(1)</script>");
        let evil = evil.replace("Production sent", "<script>alert(1)</script>");
        site.world.store.advanced(job.lease, serde_json::from_str(&evil).unwrap()).await.unwrap();
    }
    let seen = page(&site, "/proposals/1").await;
    assert_eq!(seen.matches("&lt;script&gt;alert(1)").count(), 3);
}

#[tokio::test]
async fn a_proposal_is_merged_once_from_its_own_page_only() {
    let site = Site::new().await;
    proposed(&site).await;
    let open = page(&site, "/proposals/1").await;
    assert!(open.contains("/proposals/1/merge") && open.contains("14 passed"));
    let merge = || site.ask(Method::POST, "/proposals/1/merge");
    let own = site.url.clone();
    let foreign = [
        merge(),
        merge().header("Origin", "https://evil.example"),
        merge().header("Origin", "null"),
        merge().header("Origin", "http://127.0.0.1:1"),
        merge().header("Origin", own.as_str()).header("Sec-Fetch-Site", "cross-site"),
        merge().header("Origin", own.as_str()).header("Host", "evil.example"),
    ];
    for request in foreign {
        let status = request.send().await.unwrap().status();
        assert!(status.is_client_error(), "{status}");
    }
    assert_eq!(site.merges.so_far(), 0);
    for _ in 0..2 {
        let merged = merge().header("Origin", own.as_str()).send().await.unwrap();
        assert_eq!(merged.status(), StatusCode::SEE_OTHER);
        assert_eq!(merged.headers()["location"], "/proposals/1");
    }
    assert_eq!(site.merges.so_far(), 1);
    let done = page(&site, "/proposals/1").await;
    assert!(done.contains("Merged as") && !done.contains("<button"));
    let issue = site.world.store.issue(IssueId(1)).await.unwrap().unwrap().issue;
    assert_eq!(issue.state.as_str(), "merged");
}

#[tokio::test]
async fn a_merge_that_fails_or_comes_too_late_says_so() {
    let site = Site::new().await;
    site.world.store.record(occurrence("e1", "k")).await.unwrap();
    for progress in found_by_each_stage("f") {
        let job = site.world.store.claim(LEASE).await.unwrap().unwrap();
        let text = serde_json::to_string(&progress).unwrap();
        let gone = text.replace(r#""base_branch":"main""#, r#""base_branch":"gone""#);
        site.world.store.advanced(job.lease, serde_json::from_str(&gone).unwrap()).await.unwrap();
    }
    let merge = || site.ask(Method::POST, "/proposals/1/merge").header("Origin", site.url.as_str());
    let failed = merge().send().await.unwrap();
    assert_eq!(failed.status(), StatusCode::CONFLICT);
    assert!(failed.text().await.unwrap().contains("the base branch is gone"));
    site.world.store.closed(ProposalId(1)).await.unwrap();
    let late = merge().send().await.unwrap();
    assert_eq!(late.status(), StatusCode::CONFLICT);
    assert!(late.text().await.unwrap().contains("proposal 1 is closed"));
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let site = Site::new().await;
    for path in ["/issues/7", "/proposals/7", "/nothing", "/issues/-1"] {
        let missing = site.ask(Method::GET, path).send().await.unwrap();
        assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(missing.text().await.unwrap().contains("<h1>Nothing here</h1>"), "{path}");
    }
    let status = site.ask(Method::GET, "/issues/x").send().await.unwrap().status();
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_person_may_ask_for_another_repair_once_the_first_has_ended() {
    let site = Site::new().await;
    site.world.store.record(occurrence("e1", "k")).await.unwrap();
    let ask = || {
        let request = site.ask(Method::POST, "/issues/1/repair");
        request.header("Origin", site.url.as_str()).send()
    };
    let button = "Try the repair again";
    assert_eq!(ask().await.unwrap().status(), StatusCode::CONFLICT);
    assert!(!page(&site, "/issues/1").await.contains(button));
    let job = site.world.store.claim(LEASE).await.unwrap().unwrap();
    site.world.store.refused(job.lease, Refusal::new("no-template", "…")).await.unwrap();
    assert!(page(&site, "/issues/1").await.contains(button));
    assert_eq!(ask().await.unwrap().status(), StatusCode::SEE_OTHER);
    assert_eq!(ask().await.unwrap().status(), StatusCode::CONFLICT);
    let second = site.world.store.claim(LEASE).await.unwrap().unwrap();
    assert!(second.lease.repair > job.lease.repair);
    let seen = page(&site, "/issues/1").await;
    assert!(!seen.contains(button) && seen.contains("no-template"), "both repairs are shown");
    let nobody = site.ask(Method::POST, "/issues/7/repair").header("Origin", site.url.as_str());
    assert_eq!(nobody.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_closed_proposal_cannot_be_merged_and_its_issue_can_be_repaired_again() {
    let site = Site::new().await;
    proposed(&site).await;
    let post = |path: &str| {
        let request = site.ask(Method::POST, path);
        request.header("Origin", site.url.as_str()).send()
    };
    for _ in 0..2 {
        assert_eq!(post("/proposals/1/close").await.unwrap().status(), StatusCode::SEE_OTHER);
    }
    assert!(page(&site, "/proposals/1").await.contains("Closed without a merge"));
    assert_eq!(post("/proposals/1/merge").await.unwrap().status(), StatusCode::CONFLICT);
    assert_eq!(site.merges.so_far(), 0);
    assert_eq!(post("/issues/1/repair").await.unwrap().status(), StatusCode::SEE_OTHER);
    for progress in found_by_each_stage("fix-key-of-announce") {
        let job = site.world.store.claim(LEASE).await.unwrap().unwrap();
        site.world.store.advanced(job.lease, progress).await.unwrap();
    }
    let open = page(&site, "/proposals/2").await;
    assert!(open.contains("/proposals/2/merge"), "the fix key is free again");
}

#[tokio::test]
async fn an_issue_is_muted_ignored_and_taken_up_again_by_its_buttons() {
    let site = Site::new().await;
    proposed(&site).await;
    let press = async |wish: &str| {
        let path = format!("/issues/1/{wish}");
        let request = site.ask(Method::POST, &path).header("Origin", site.url.as_str());
        request.send().await.unwrap().status()
    };
    for (wish, word) in [("mute", "Muted until"), ("heed", "proposed"), ("ignore", "Ignored:")] {
        assert_eq!(press(wish).await, StatusCode::SEE_OTHER, "{wish}");
        assert!(page(&site, "/issues/1").await.contains(word), "{wish}");
    }
    assert_eq!(press("mute").await, StatusCode::CONFLICT, "it is ignored");
    let seen = page(&site, "/issues/1").await;
    assert!(seen.contains("/issues/1/heed") && !seen.contains("/issues/1/ignore"));
    let silent = site.ask(Method::POST, "/issues/1/heed").send().await.unwrap().status();
    assert_eq!(silent, StatusCode::FORBIDDEN, "no page of ours sent it");
}
