//! What a proposal says.

use bugstack_agent::model::{Details, Proposal};

use crate::flawed::Flawed;
use crate::scene::Scene;

/// Without what differs from one machine to the next.
fn told(proposal: &Proposal) -> String {
    let body =
        proposal.body.replace(&proposal.base, "<base>").replace(&proposal.commit, "<commit>");
    let (words, marker) = body.rsplit_once("tree=").unwrap();
    let body = format!("{words}tree=<tree>{}", &marker[40..]);
    body.replace(&proposal.base[..12], "<base>")
}

#[test]
fn the_body_of_a_private_repository_tells_everything() {
    let scene = Scene::new();
    let proposal = scene.proposed(&scene.job());
    insta::assert_snapshot!(told(&proposal), @r###"
    ```text
    Error: WebSocket is not open: readyState 3 (CLOSED)
        at WebSocket.send (ws/lib/websocket.js:468)
        at RoomsGateway.announce (src/rooms.gateway.ts:3)
    ```

    Seen 12 times, first 2026-11-20 10:02 UTC, last 2026-11-22 19:00 UTC, last in release `chat@1.4.0`, environment `production`.

    ## Cause

    `client` was closed when `RoomsGateway.announce` sent to it. `this.members` still held it: a socket stays in a collection until somebody takes it out. `send` answered with the error that production reported.

    ## Change

    `RoomsGateway.announce` now sends only while `client` is open. A socket that is closing or closed is passed over, and the others still get their message.

    `RoomsGateway` now removes a socket from `this.members` when it disconnects.

    - `src/rooms.gateway.ts` line 3: where production failed
    - `src/rooms.gateway.ts` lines 1–2: needed beside it
    - `src/rooms.gateway.ready-state.spec.ts`: new test

    Left alone:

    - `src/rooms.gateway.ts` line 4: nothing proves that `peer` is a WebSocket

    ## Risk

    A message for a socket that is closing or closed is left out: nothing is logged, and a callback passed to `send` does not run. No existing test was edited.

    ## Proof

    | | |
    |---|---|
    | Before | project's own suite: 12 passed, 0 failed |
    | Red | new test `RoomsGateway announce sends only to open sockets` fails without the change with `Error: WebSocket is not open: readyState 3 (CLOSED)` |
    | Green | the same test passes with the change; suite: 14 passed, 0 failed, 1 flaky |
    | Types | `tsc --noEmit`: no new error |
    | Needed | `src/rooms.gateway.ts` line 3: without it the new test fails |
    | Needed | `src/rooms.gateway.ts` lines 1–2: without it `RoomsGateway forgets a socket that disconnects` fails |
    | Tried | `guard-send/allow-list` `proven` |
    | Ran on | Node `v20.20.2`, ws `8.18.0` |

    Every run was without network and without secrets. To see it yourself:

    ```sh
    git switch --detach bugstack/c0ffee00c0ff
    npm ci
    node --test src/rooms.gateway.ready-state.spec.ts # passes
    git checkout <base> -- src/rooms.gateway.ts
    node --test src/rooms.gateway.ready-state.spec.ts # fails as in production
    git switch --discard-changes -
    ```

    ---

    Merge or close it on its page, or with git. Once closed it stays closed until a person asks again, or the error is seen in a newer release.

    <!-- bugstack:v1 fix_key=c0ffee00c0ffee00c0ffee00 base=<base> head=<commit> tree=<tree> template=guard-send/allow-list releases=5f42eea5becd -->
    "###);
}

#[test]
fn a_public_body_tells_only_what_the_repository_shows() {
    let forge = Flawed::never().public();
    let scene = Scene::new();
    let body = scene.propose(&forge, &scene.job()).unwrap().body;
    let secrets = ["readyState 3", "websocket.js", "12 times", "1.4.0", "production`", "2026-11"];
    for secret in secrets {
        assert!(!body.contains(secret), "{secret}: {body}");
    }
    for shown in ["readyState <n> (CLOSED)", "RoomsGateway.announce (src/rooms.gateway.ts:3)"] {
        assert!(body.contains(shown), "{shown}: {body}");
    }
    let scene = Scene::new().telling(Details::Always);
    let body = scene.propose(&forge, &scene.job()).unwrap().body;
    for secret in secrets.iter().filter(|secret| **secret != "2026-11") {
        assert!(body.contains(secret), "{secret}: {body}");
    }
}

#[test]
fn the_commit_says_why_and_sets_nothing_off() {
    let scene = Scene::new();
    let proposal = scene.proposed(&scene.job());
    let repository = git2::Repository::open(&scene.project.repository).unwrap();
    let commit = repository.find_commit(proposal.commit.parse().unwrap()).unwrap();
    insta::assert_snapshot!(commit.message().unwrap(), @r###"
    fix: check readyState before sending in RoomsGateway

    `client` was closed when `RoomsGateway.announce` sent to it.
    `this.members` still held it: a socket stays in a collection until
    somebody takes it out. `send` answered with the error that production
    reported.

    `RoomsGateway.announce` now sends only while `client` is open. A socket
    that is closing or closed is passed over, and the others still get their
    message. `RoomsGateway` now removes a socket from `this.members` when it
    disconnects.

    Bugstack-Fix-Key: c0ffee00c0ffee00c0ffee00
    "###);
}
