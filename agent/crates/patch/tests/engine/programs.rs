//! Programs as people write them, put together at random: whatever the family makes of them
//! parses, keeps every comment and every other byte, and brings in no name that is not there.

use std::collections::BTreeSet;

use bugstack_patch::{Callee, Evidence, Outcome, Patch, Place, ProjectFacts, Source, TextEdit};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use crate::cases;

const IMPORTS: &[&str] = &[
    "import { WebSocket } from 'ws';",
    "import type { WebSocket } from 'ws';",
    "import { WebSocket as Peer, Server } from 'ws';",
    "import WS, { WebSocketServer } from 'ws';",
    "import * as ws from 'ws';",
    "import WebSocket = require('ws');",
    "const WebSocket = require('ws');",
    "const { Server } = require('ws');",
    "const WebSocket = require('ws').Server;",
    "import { other } from './other';",
];

#[rustfmt::skip]
const SENDS: &[&str] = &[
    "c.send('x');",
    "c?.send('x'); // why not",
    "return c.send(text);",
    "busy && c.send(text);",
    "busy || c.send(text);",
    "busy ? c.send('a') : log(text);",
    "void c.send(text);",
    "this.peers.get(text)?.send('x');",
    "list[0].send(text); // the first",
    "c.send(text, (error) => {\n  if (error) throw error;\n});",
    "await new Promise<void>((resolve, reject) => {\n  c.send(text, (error) => (error ? reject(error) : resolve()));\n});",
    "sends.push(new Promise<void>((resolve) => c.send(text, () => resolve())));",
    "return new Promise<void>((resolve) => {\n  c.send(text, () => resolve());\n});",
    "await promisify(c.send.bind(c))(text);",
    "c.send(`a\n  b ${text}`);",
    "c.send('head');\n/* between */\nc.send(text);",
    "if (c.readyState === 1) c.send(text);",
    "if (c.readyState !== c.OPEN) return;\nc.send(text);",
];

/// `HERE` is one of the others, or a send.
#[rustfmt::skip]
const AROUND: &[&str] = &[
    "HERE",
    "// before\nHERE\n// behind",
    "if (busy) {\n  HERE\n}",
    "if (busy) HERE1\nelse log(text);",
    "for (const c of list) {\n  HERE\n}",
    "for (let i = 0; i < list.length; i++) {\n  const c = list[i];\n  HERE\n}",
    "list.forEach((c) => {\n  HERE\n});",
    "list.filter((c) => c !== text).map(async (c) => {\n  HERE\n});",
    "try {\n  HERE\n} catch (error) {\n  log(error);\n}",
    "switch (text) {\n  case 'a':\n    HERE\n    break;\n  default:\n    log(text);\n}",
    "setTimeout(async () => {\n  HERE\n}, 5);",
    "c.on('message', async () => {\n  HERE\n});",
    "await log(text);\nHERE",
    "{\n  HERE\n}",
];

#[rustfmt::skip]
const OWNERS: &[&str] = &[
    "export async function tell(c, list, text, busy) {\n  BODY\n}",
    "export const tell = async (c, list, text, busy) => {\n  BODY\n};",
    "module.exports = {\n  async tell(c, list, text, busy) {\n    BODY\n  },\n};",
    "export class Hub {\n  peers = new Map();\n  sends = [];\n\n  add(id, c) {\n    this.peers.set(id, c);\n  }\n\n  async tell(c, list, text, busy) {\n    BODY\n  }\n}",
    "@WebSocketGateway()\nexport class Hub {\n  peers = new Map();\n\n  handleConnection(c) {\n    this.peers.set(c, 'x');\n    setInterval(() => c.send('tick'), 5);\n  }\n\n  async tell(c, list, text, busy) {\n    BODY\n  }\n}",
    "wss.on('connection', async (c, list) => {\n  all.add(c);\n  let text, busy;\n  BODY\n});",
];

/// Puts a block where a word stands, at the depth of its line.
fn put(outer: &str, word: &str, inner: &str) -> String {
    let line = outer.lines().find(|line| line.contains(word)).unwrap_or_default();
    let margin = &line[..line.len() - line.trim_start().len()];
    outer.replace(word, &inner.replace('\n', &format!("\n{margin}")))
}

fn statement() -> impl Strategy<Value = String> {
    let send = prop::sample::select(SENDS).prop_map(str::to_owned);
    send.prop_recursive(4, 8, 1, |inner| {
        (prop::sample::select(AROUND), inner).prop_map(|(around, inner)| {
            let braceless = around.contains("HERE1");
            if braceless && (inner.contains('\n') || inner.contains("//")) {
                return put("{\n  HERE\n}", "HERE", &inner);
            }
            put(around, if braceless { "HERE1" } else { "HERE" }, &inner)
        })
    })
}

fn program() -> impl Strategy<Value = String> {
    (
        prop::sample::subsequence(IMPORTS, 1..3),
        prop::sample::select(OWNERS),
        prop::collection::vec(statement(), 1..4),
        prop::sample::select(vec!["two", "tabs", "four spaces", "CRLF", "double quotes"]),
        prop::bool::ANY,
    )
        .prop_map(|(imports, owner, statements, style, newline)| {
            let body = put(owner, "BODY", &statements.join("\n"));
            let text = format!("{}\n\n{body}\n", imports.join("\n"));
            let text = if style == "two" { text } else { cases::mutate(style, &text) };
            if newline { text } else { text.trim_end().to_owned() }
        })
}

fn evidence(path: &str, line: usize) -> Evidence {
    Evidence {
        message: "WebSocket is not open: readyState 3 (CLOSED)".into(),
        outcome: Some(Outcome::CalledBack),
        callee: Some(Callee { package: "ws".into(), function: "WebSocket.send".into() }),
        path: path.into(),
        place: Place::Exact { line: u32::try_from(line).unwrap_or(1), column: None },
        function: None,
    }
}

fn comments(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| Some(line.split_once("// ")?.1.trim_end()))
        .chain(text.split("/* ").skip(1).filter_map(|rest| rest.split(" */").next()))
        .collect()
}

/// What an edit takes away: white space, a `return` that moves, a receiver that gets a name.
fn outside(text: &str, patch: &Patch, path: &str) -> Result<(), TestCaseError> {
    let sites = patch.sites.iter().filter(|site| site.path == path);
    let edits: BTreeSet<&TextEdit> = sites.flat_map(|site| &site.edits).collect();
    for edit in edits {
        let taken = text[edit.start..edit.end].trim();
        let allowed = taken.is_empty()
            || taken == "return"
            || taken == "?."
            || (taken.ends_with('.') && edit.text.ends_with('.'));
        prop_assert!(allowed, "`{taken}` is taken away\n{text}");
    }
    Ok(())
}

/// Classes that a patch names for a constant are there at run time.
fn resolves(before: &str, after: &str) -> Result<(), TestCaseError> {
    let added = |name: &str| {
        let written = format!("{name}.OPEN");
        after.matches(&written).count() > before.matches(&written).count()
    };
    for name in ["WebSocket", "Peer", "WS", "ws"] {
        if !added(name) {
            continue;
        }
        let value = before.lines().any(|line| {
            let import = line.contains("require('ws')") || line.contains("from 'ws'") || {
                line.contains("require(\"ws\")") || line.contains("from \"ws\"")
            };
            import
                && !line.contains("import type")
                && !line.contains(").Server")
                && line.split(|it: char| !it.is_alphanumeric()).any(|word| word == name)
        });
        prop_assert!(value, "`{name}.OPEN` is not there at run time\n{after}");
    }
    Ok(())
}

fn holds(path: &str, text: &str) -> Result<usize, TestCaseError> {
    let library = cases::library();
    let versions = [("ws".to_owned(), semver::Version::new(8, 21, 2))].into();
    let project = ProjectFacts { versions };
    let source = Source { path, text };
    let mut patched_places = 0;
    for (index, line) in text.lines().enumerate() {
        if !line.contains("send") {
            continue;
        }
        let evidence = evidence(path, index + 1);
        let Ok(diagnosis) = library.diagnose(&source, &evidence, &project) else { continue };
        let patches = library.patches(&source, &evidence, &diagnosis, &project);
        prop_assert!(
            patches.as_ref().err().is_none_or(|it| it.code != "breaks-syntax"),
            "{patches:?}\n{text}"
        );
        for patch in patches.unwrap_or_default() {
            let after = patch.apply(path, text);
            prop_assert!(after.is_ok(), "{after:?}\n{text}");
            let after = after.unwrap_or_default();
            let first = after.lines().position(|line| line.contains("send")).unwrap_or_default();
            let again = Source { path, text: &after };
            let code = library
                .diagnose(&again, &self::evidence(path, first + 1), &project)
                .map_or_else(|refusal| refusal.code, |_| String::new());
            prop_assert!(code != "does-not-parse", "{text}\n---\n{after}");
            for comment in comments(text) {
                prop_assert!(after.contains(comment), "lost `{comment}`\n{text}\n---\n{after}");
            }
            prop_assert_eq!(text.ends_with('\n'), after.ends_with('\n'));
            let bare = |text: &str| text.replace("\r\n", "").contains('\n');
            prop_assert_eq!(bare(text), bare(&after), "line ends\n{}", after);
            outside(text, &patch, path)?;
            resolves(text, &after)?;
            patched_places += 1;
        }
    }
    Ok(patched_places)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_stay_programs(text in program()) {
        holds("src/hub.ts", &text)?;
    }
}

/// The generator is worth something only if most of what it makes is in the family.
#[test]
fn most_random_programs_are_repaired() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut repaired = 0;
    for _ in 0..60 {
        let text = program().new_tree(&mut runner).unwrap().current();
        repaired += usize::from(holds("src/hub.ts", &text).unwrap() > 0);
    }
    assert!(repaired >= 30, "{repaired} of 60");
}
