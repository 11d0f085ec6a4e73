//! Faults by plan: the right call fails the right way, and its effect happened or did not.

use std::time::{Duration, Instant};

use bugstack_tests::github::GitHub;
use bugstack_tests::github::fault::{self, Fault};
use reqwest::Method;
use serde_json::json;

use crate::api::Api;

const SOON: Duration = Duration::from_millis(500);

struct World {
    github: GitHub,
    api: Api,
    path: String,
}

fn world() -> World {
    let github = GitHub::start().unwrap();
    let repo = github.create("ann/app", &[("a.txt", "a\n")]).unwrap();
    repo.push("ann", "fix", &[("a.txt", "b\n")], "fix").unwrap();
    let number = repo.open("ann", "fix", "Fix").unwrap();
    let api = Api::new(github.url(), Some(&github.token("ann", &[]).unwrap()));
    World { github, api, path: format!("/repos/ann/app/issues/{number}/comments") }
}

impl World {
    fn comment(&self) -> anyhow::Result<crate::api::Reply> {
        let body = json!({ "body": "hello" });
        self.api.send_within(SOON, Method::POST, &self.path, &[], Some(&body))
    }

    fn comments(&self) -> usize {
        self.github.repo("ann/app").comments(1).unwrap().len()
    }
}

#[test]
fn a_planned_answer_comes_instead_at_its_turn() {
    let until = "2026-11-22T13:00:00Z".parse().unwrap();
    for (answer, status, header) in [
        (fault::unauthorized(), 401, None),
        (fault::forbidden(), 403, None),
        (fault::rate_limited(until), 403, Some(("x-ratelimit-reset", "1795352400"))),
        (fault::secondary_limited(Some(7)), 403, Some(("retry-after", "7"))),
        (fault::secondary_limited(None), 403, None),
        (fault::not_found(), 404, None),
        (fault::not_mergeable(), 405, None),
        (fault::head_moved(), 409, None),
        (fault::already_exists("ann", "fix"), 422, None),
        (fault::head_invalid(), 422, None),
        (fault::no_commits("main", "fix"), 422, None),
        (fault::unprocessable("no"), 422, None),
        (fault::too_many(Some(9)), 429, Some(("retry-after", "9"))),
        (fault::server_error(), 500, None),
        (fault::bad_gateway(), 502, None),
        (fault::unavailable(Some(3)), 503, Some(("retry-after", "3"))),
    ] {
        let world = world();
        world.github.fail("issues/create-comment", 2, Fault::Instead(answer));
        assert_eq!(world.comment().unwrap().status, 201);
        let refused = world.comment().unwrap();
        assert_eq!((refused.status, world.comments()), (status, 1));
        if let Some((name, value)) = header {
            assert_eq!(refused.headers[name], value);
        }
        assert_eq!((world.comment().unwrap().status, world.comments()), (201, 2));
        assert_eq!(world.github.heal(), 0);
        assert_eq!(world.github.calls_of("issues/create-comment").len(), 3);
    }
}

#[test]
fn an_effect_may_happen_though_the_answer_says_otherwise() {
    let world = world();
    world.github.fail("issues/create-comment", 1, Fault::Afterwards(fault::bad_gateway()));
    assert_eq!((world.comment().unwrap().status, world.comments()), (502, 1));
}

#[test]
fn an_answer_may_never_come_or_never_end() {
    for (what, happened) in [
        (Fault::Silence, 0),
        (Fault::SilenceAfterwards, 1),
        (Fault::HangUp, 1),
        (Fault::Cut, 1),
        (Fault::Slow(Duration::from_secs(2)), 1),
    ] {
        let world = world();
        world.github.fail("*", 1, what.clone());
        let begin = Instant::now();
        assert!(world.comment().is_err(), "{what:?}");
        assert!(begin.elapsed() < Duration::from_secs(10));
        assert_eq!(world.comments(), happened, "{what:?}");
        assert_eq!(world.comment().unwrap().status, 201, "{what:?}");
    }
}

#[test]
fn an_answer_may_be_broken() {
    let world = world();
    world.github.fail("issues/create-comment", 1, Fault::Truncated);
    assert!(world.comment().unwrap_err().to_string().contains("EOF"));
    world.github.fail("issues/create-comment", 1, Fault::Without(vec!["id".into(), "user".into()]));
    let reply = world.comment().unwrap();
    assert_eq!(reply.status, 201);
    assert!(reply.body.get("id").is_none() && reply.body.get("user").is_none());
    assert_eq!(reply.body["body"], "hello");
    world.github.fail("issues/list-comments", 1, Fault::Without(vec!["body".into()]));
    assert!(world.api.get(&world.path).body[0].get("body").is_none());
    world.github.fail_times("issues/list-comments", 1, 2, Fault::Instead(fault::server_error()));
    let statuses = [1, 2, 3].map(|_| world.api.get(&world.path).status);
    assert_eq!(statuses, [500, 500, 200]);
}
