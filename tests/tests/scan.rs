//! `bugstack scan`: what it finds, what it leaves alone, how it tells, what it writes.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use bugstack_tests::program::{self, Run};
use bugstack_tests::world::World;

fn scan(world: &World, flags: &[&str]) -> Run {
    let mut command = program::command(&["scan"]).unwrap();
    command.arg(world.repository()).args(flags);
    world.run(command, "").unwrap()
}

/// Path and line of every finding in a repository with this one file.
fn lines(path: &str, text: &str) -> Vec<u64> {
    let world = World::new(&[(path, text)]).unwrap();
    let told = scan(&world, &["--format", "json"]).json().unwrap();
    assert_eq!(told["unread"].as_array().unwrap().len(), 0, "{told:#}");
    let findings = told["findings"].as_array().unwrap().clone();
    findings.iter().map(|found| found["line"].as_u64().unwrap()).collect()
}

#[test]
fn the_faults_of_an_application_are_found_before_they_happen() {
    let world = World::app("nest-chat").unwrap();
    let run = scan(&world, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    assert_eq!(
        run.stdout,
        "src/chat/chat.gateway.ts:25:14: guard-send in `ChatGateway.broadcast`: `client` may have \
         closed by then: `this.clients` holds it until somebody takes it out\n\
         src/history/history.gateway.ts:18:14: guard-send in `HistoryGateway.replay`: `client` may \
         have closed by then: the function waits for something else before it sends\n\
         src/presence/presence.gateway.ts:33:14: guard-send in `PresenceGateway.push`: `client` may \
         have closed by then: `this.watchers` holds it until somebody takes it out\n\
         src/rooms/rooms.gateway.ts:23:16: guard-send in `RoomsGateway.announce`: `member` may have \
         closed by then: `this.members` holds it until somebody takes it out\n\
         4 findings in 9 files.\n"
    );
}

#[test]
fn a_socket_in_the_hands_of_its_own_handler_is_open() {
    let fresh = "import { WebSocketServer } from 'ws';
const server = new WebSocketServer({ port: 0 });
server.on('connection', (socket) => {
  socket.send('hello');
  socket.on('message', (data) => socket.send(data));
  socket.once('pong', function () { socket.send('still here'); });
});
";
    assert_eq!(lines("src/echo.ts", fresh), [0u64; 0]);
}

#[test]
fn a_socket_that_somebody_kept_may_have_closed() {
    let kept = "import { WebSocket, WebSocketServer } from 'ws';
const server = new WebSocketServer({ port: 0 });
const rooms = new Map<string, Set<WebSocket>>();
server.on('connection', async (socket) => {
  setInterval(() => socket.send('tick'), 1000);
  process.on('SIGUSR2', () => { socket.send('signal'); });
  await load();
  socket.send('late');
});
export class Feed {
  constructor(private readonly upstream: WebSocket) {}
  push(text: string) { this.upstream.send(text); }
}
export function tell(text: string) {
  server.clients.forEach((client) => client.send(text));
}
";
    assert_eq!(lines("src/feed.ts", kept), [5, 6, 8, 12, 15]);
}

#[test]
fn what_is_no_socket_or_nobodys_code_is_left_alone() {
    let send = "import { WebSocket } from 'ws';
export class Feed {
  constructor(private readonly upstream: WebSocket) {}
  push(text: string) { this.upstream.send(text); }
}
";
    let express = "import { Response } from 'express';
const ws = 'ws';
export async function answer(res: Response) { await ws; res.send('x'); }
";
    let world = World::new(&[
        (".gitignore", "generated/\n"),
        ("generated/feed.ts", send),
        ("node_modules/feed/feed.js", send),
        ("dist/feed.js", send),
        ("src/feed.spec.ts", send),
        ("test/feed.ts", send),
        ("src/feed.d.ts", "export class Feed { send(text: string): void }\n"),
        ("src/answer.ts", express),
        ("README.md", send),
    ])
    .unwrap();
    let run = scan(&world, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "Nothing found in 1 file.\n"));
}

#[test]
fn what_cannot_be_read_is_said_and_ends_nothing() {
    let world = World::new(&[
        ("src/broken.ts", "import 'ws'; class { send(\n"),
        ("src/latin.ts", "placeholder"),
    ])
    .unwrap();
    std::fs::write(world.repository().join("src/latin.ts"), b"// \xe9\n").unwrap();
    let run = scan(&world, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "Nothing found in 1 file.\n"));
    assert!(
        run.stderr.contains("src/broken.ts: ") && run.stderr.contains("src/latin.ts: not UTF-8")
    );

    let mut command = program::command(&["scan"]).unwrap();
    command.arg(world.beside("nowhere"));
    let run = world.run(command, "").unwrap();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("there is no file or folder"), "{}", run.stderr);
}

#[test]
fn findings_are_sarif() {
    let world = World::app("nest-chat").unwrap();
    let log = scan(&world, &["--format", "sarif"]).json().unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "guard-send");
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/chat/chat.gateway.ts");
    assert_eq!(place["region"]["startLine"], 25);
}

#[test]
fn written_findings_are_gone_and_nothing_else_is_touched() {
    let world = World::app("nest-chat").unwrap();
    let run = scan(&world, &["--write"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let changed = world.git(&["diff", "--name-only"]).unwrap();
    let expected = [
        "src/chat/chat.gateway.ts",
        "src/history/history.gateway.ts",
        "src/presence/presence.gateway.ts",
        "src/rooms/rooms.gateway.ts",
    ];
    assert_eq!(changed.lines().collect::<Vec<_>>(), expected);
    let again = scan(&world, &["--write"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "Nothing found in 9 files.\n"));
    assert_eq!(world.git(&["diff", "--name-only"]).unwrap(), changed);
}
