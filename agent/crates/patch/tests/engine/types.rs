//! Whose `send` is it? A typed sibling is repaired, an unknown one listed, another one ignored.

use crate::cases;
use bugstack_patch::{Evidence, Place, ProjectFacts, Source};

const HEAD: &str = "import { WebSocket, Server, WebSocketServer } from 'ws';
import WS, { type RawData } from 'ws';
import * as ns from 'ws';
import { WebSocket as Peer } from 'ws';
import type { Socket } from 'socket.io';
import { Response } from 'express';
import { ClientProxy } from '@nestjs/microservices';
import { Member } from './member';

interface Named extends WebSocket { name: string }
interface Holder { socket: WebSocket; other: Socket }
type Tagged = WebSocket & { tag: string };
class Own extends WebSocket {}
class Mailer { send(text: string): void {} }
";

const TAIL: &str = "
export class Proved {
  tell(proved: WebSocket): void {
    proved.send('x');
  }
  MEMBERS
}
";

fn verdict(members: &str) -> String {
    let text = format!("{HEAD}{}", TAIL.replace("MEMBERS", members));
    let offset = text.find("proved.send").unwrap();
    let line = u32::try_from(text[..offset].matches('\n').count() + 1).unwrap();
    let evidence = Evidence {
        message: "WebSocket is not open: readyState 3 (CLOSED)".into(),
        outcome: None,
        callee: None,
        path: "a.ts".into(),
        place: Place::Exact { line, column: None },
        function: None,
    };
    let (library, project) = (cases::library(), ProjectFacts::default());
    let source = Source { path: "a.ts", text: &text };
    let diagnosis = library.diagnose(&source, &evidence, &project).expect(members);
    let patch = library.patches(&source, &evidence, &diagnosis, &project).unwrap().remove(0);
    let codes: Vec<&str> = patch.left_alone.iter().map(|it| it.reason.code.as_str()).collect();
    match (patch.sites.len(), codes.as_slice()) {
        (2, []) | (1, ["unreachable"]) => "typed".into(),
        (1, ["untyped"]) => "untyped".into(),
        (1, []) => "another".into(),
        (sites, codes) => format!("{sites} sites, left alone {codes:?}"),
    }
}

#[test]
fn receivers_are_told_apart() {
    let table = [
        ("m(c: WebSocket) { c.send('y'); }", "typed"),
        ("m(c: Peer) { c.send('y'); }", "typed"),
        ("m(c: WS) { c.send('y'); }", "typed"),
        ("m(c: ns.WebSocket) { c.send('y'); }", "typed"),
        ("m(c: ns) { c.send('y'); }", "typed"),
        ("m(c: WebSocket | undefined) { c?.send('y'); }", "typed"),
        ("m(c: Named) { c.send('y'); }", "typed"),
        ("m(c: Tagged) { c.send('y'); }", "typed"),
        ("m(c: Own) { c.send('y'); }", "typed"),
        ("m(h: Holder) { h.socket.send('y'); }", "typed"),
        ("m(h: Holder) { h.other.send('y'); }", "another"),
        ("m(c: Socket) { c.send('y'); }", "another"),
        ("m(c: Response) { c.send('y'); }", "another"),
        ("m(c: ClientProxy) { c.send('y', {}); }", "another"),
        ("m(c: Mailer) { c.send('y'); }", "another"),
        ("m() { process.send('y'); }", "another"),
        ("m(c: any) { c.send('y'); }", "untyped"),
        ("m(c) { c.send('y'); }", "untyped"),
        ("m(c: Member) { c.send('y'); }", "untyped"),
        ("m(list: WebSocket[]) { list.forEach((c) => c.send('y')); }", "typed"),
        ("m(list: Array<WebSocket>) { for (const c of list) c.send('y'); }", "typed"),
        ("m(list: Socket[]) { list.forEach((c) => c.send('y')); }", "another"),
        ("m(s: Server) { s.clients.forEach((c) => c.send('y')); }", "typed"),
        ("m(s: WebSocketServer) { for (const c of s.clients) c.send('y'); }", "typed"),
        ("m(s: WS.Server) { for (const c of s.clients) c.send('y'); }", "typed"),
        ("m(s: Set<WebSocket>) { for (const c of [...s]) c.send('y'); }", "typed"),
        (
            "m(s: Set<WebSocket>) { Array.from(s).filter(Boolean).forEach((c) => c.send('y')); }",
            "typed",
        ),
        ("m(s: Map<string, WebSocket>) { for (const [, c] of s) c.send('y'); }", "typed"),
        ("m(s: Map<string, WebSocket>) { s.forEach((c) => c.send('y')); }", "typed"),
        ("m(s: Map<WebSocket, string>) { s.forEach((_, c) => c.send('y')); }", "typed"),
        ("m(s: Map<WebSocket, string>) { for (const c of s.keys()) c.send('y'); }", "typed"),
        ("m(s: Map<WebSocket, string>) { for (const [c] of s.entries()) c.send('y'); }", "typed"),
        ("m(s: Map<string, WebSocket>) { s.get('a').send('y'); }", "typed"),
        ("m(s: Record<string, WebSocket>) { s['a'].send('y'); }", "typed"),
        (
            "private f = new Map<string, Set<WebSocket>>(); m() { for (const c of this.f.get('a')) c.send('y'); }",
            "typed",
        ),
        ("private f: WebSocket | null = null; m() { this.f!.send('y'); }", "typed"),
        ("constructor(private readonly f: Socket) {} m() { this.f.send('y'); }", "another"),
        ("m(c: WebSocket) { { const c: Socket = other; c.send('y'); } }", "another"),
        ("m(c: Socket) { const d = c as unknown as WebSocket; d.send('y'); }", "typed"),
        ("m() { const c = new WebSocket('ws://a'); c.send('y'); }", "typed"),
        ("m(s: WebSocketServer) { s.on('connection', (c) => { c.send('y'); }); }", "typed"),
        ("m(h: Holder) { const { socket } = h; socket.send('y'); }", "typed"),
        ("m(h: Holder) { const { other: socket } = h; socket.send('y'); }", "another"),
        ("m({ socket }: Holder) { socket.send('y'); }", "typed"),
        ("m(list: Holder[]) { for (const { socket } of list) socket.send('y'); }", "typed"),
        ("m(list: Holder[]) { list.forEach(({ socket: s }) => s.send('y')); }", "typed"),
        ("m(s: Record<string, WebSocket>) { Object.values(s)[0].send('y'); }", "typed"),
        ("m(s: { [id: string]: WebSocket }) { s.a.send('y'); }", "typed"),
        (
            "m(s: Record<string, WebSocket>) { for (const [, c] of Object.entries(s)) c.send('y'); }",
            "typed",
        ),
        ("m() { const a = b, b = a; a.send('y'); }", "untyped"),
        ("m(c: Promise<WebSocket>) { c.then((d) => { d.send('y'); }); }", "untyped"),
    ];
    let wrong: Vec<String> = table
        .iter()
        .map(|(members, wanted)| (members, wanted, verdict(members)))
        .filter(|(_, wanted, found)| found != *wanted)
        .map(|(members, wanted, found)| format!("{members}\n  wanted {wanted}, found {found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
