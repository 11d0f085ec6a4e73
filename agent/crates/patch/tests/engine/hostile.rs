//! Whatever a file holds: an answer, never a panic, and never edits that overlap.

use bugstack_patch::{
    Callee, Evidence, Library, Owner, Patch, PatchedSite, Place, ProjectFacts, SiteEvidence,
    Source, Subject, TextEdit,
};
use proptest::prelude::*;

use crate::cases;

const PIECES: &[&str] = &[
    "import { WebSocket } from 'ws';\n",
    "import type { Server } from 'ws';\r\n",
    "const WebSocket = require('ws');\n",
    "@WebSocketGateway()\nexport class A {\n",
    "  private readonly all = new Set<WebSocket>();\n",
    "  handleConnection(c: WebSocket) { this.all.add(c); }\n",
    "  handleDisconnect() {}\n",
    "  async tell(c: WebSocket, list: WebSocket[]) {\n",
    "function tell(c, list) {\n",
    "    for (const c of this.all) ",
    "    if (x) ",
    "    else ",
    "    list.forEach((c) => ",
    "    await new Promise((a, b) => ",
    "    c.send('ü€😀');",
    "c.send(`a\n${c.send('x')}\nb`)",
    "    c?.send(await y()); // why",
    "this.all.get(c)?.send(x)",
    "    return c.send();\n",
    "    /* c */ c.send(1); c.send(2);\n",
    " { ",
    " }\n",
    ")",
    ";\n",
    "\n\n",
    "\t",
    "😀",
];

/// Offers every line of a text as evidence, and checks whatever patches come.
fn exercise(library: &Library, path: &str, text: &str) -> Result<(), TestCaseError> {
    for line in 1..=u32::try_from(text.lines().count() + 1).unwrap_or(1) {
        let evidence = Evidence {
            message: "WebSocket is not open: readyState 3 (CLOSED)".into(),
            outcome: None,
            callee: None,
            path: path.into(),
            place: Place::Exact { line, column: None },
            function: None,
        };
        let (source, project) = (Source { path, text }, ProjectFacts::default());
        let Ok(diagnosis) = library.diagnose(&source, &evidence, &project) else { continue };
        let Ok(patches) = library.patches(&source, &evidence, &diagnosis, &project) else {
            continue;
        };
        for patch in patches {
            sound(library, path, text, &evidence, &patch)?;
        }
    }
    Ok(())
}

fn sound(
    library: &Library,
    path: &str,
    text: &str,
    evidence: &Evidence,
    patch: &Patch,
) -> Result<(), TestCaseError> {
    let patched = patch.apply(path, text);
    prop_assert!(patched.is_ok(), "{patched:?}\n{text}");
    let patched = patched.unwrap_or_default();
    let source = Source { path, text: &patched };
    let again = library.diagnose(&source, evidence, &ProjectFacts::default());
    let broken = again.is_err_and(|refusal| refusal.code == "does-not-parse");
    prop_assert!(!broken, "{text}\n---\n{patched}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn programs_of_any_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..14)) {
        let library = cases::library();
        let text = pieces.concat();
        exercise(library, "a.ts", &text)?;
        exercise(library, "a.js", &text)?;
    }

    #[test]
    fn programs_that_parse(
        before in prop::sample::select(vec!["", "if (x) ", "for (const c of list) ", "else_", "list.forEach((c) => "]),
        body in prop::sample::select(vec![
            "c.send(1)", "c?.send('x')", "list.get(1)?.send(`a\n  b`)", "await new Promise((a) => c.send(1, a))",
            "void c.send(2)", "(c.send(3))",
        ]),
        after in prop::sample::select(vec![";", "", " // tail", "; // tail", ";\n  else y();"]),
        newline in prop::sample::select(vec!["\n", "\r\n"]),
        unit in prop::sample::select(vec!["\t", "  ", "    "]),
    ) {
        let library = cases::library();
        let head = if before == "else_" { "if (y) z();\n  else " } else { before };
        let close = if before.ends_with("=> ") { ")" } else { "" };
        let text = format!("export async function tell(c, list) {{\n  {head}{body}{close}{after}\n}}\n");
        let text = text.replace("\n  ", &format!("\n{unit}")).replace('\n', newline);
        exercise(library, "a.ts", &text)?;
    }

    #[test]
    fn edits_of_another_text_are_refused_or_fit(
        text in ".{0,40}",
        edits in prop::collection::vec((0usize..60, 0usize..60, "[a-z]{0,3}"), 0..5),
    ) {
        let edits = edits.into_iter().map(|(start, end, text)| TextEdit { start, end, text }).collect();
        let patch = with_edits(edits);
        if let Ok(patched) = patch.apply("a.ts", &text) {
            let added: usize = patch.sites[0].edits.iter().map(|edit| edit.text.len()).sum();
            prop_assert!(patched.len() <= text.len() + added);
        }
        prop_assert_eq!(patch.apply("b.ts", &text), Ok(text.clone()));
        prop_assert_eq!(patch.apply_without(0, "a.ts", &text), Ok(text));
    }
}

fn with_edits(edits: Vec<TextEdit>) -> Patch {
    let site = PatchedSite {
        template: "probe".into(),
        path: "a.ts".into(),
        lines: (1, 1),
        evidence: SiteEvidence::Proved,
        edits,
    };
    let owner = Owner::Unreachable { why: "a probe".into() };
    Patch {
        template: "probe".into(),
        candidate: "only".into(),
        title: String::new(),
        summary: String::new(),
        risk: String::new(),
        sites: vec![site],
        left_alone: Vec::new(),
        subject: Subject { path: "a.ts".into(), owner, scenarios: Vec::new() },
    }
}

#[test]
fn what_is_too_deep_or_too_long_is_refused() {
    let library = cases::library();
    let deep = format!("{}c.send(1){}", "(".repeat(3000), ")".repeat(3000));
    let long = format!("c.send(1);\n{}", " ".repeat(1 << 20));
    for text in [deep, long] {
        let evidence = Evidence {
            message: "WebSocket is not open: readyState 3 (CLOSED)".into(),
            outcome: None,
            callee: None,
            path: "a.js".into(),
            place: Place::Exact { line: 1, column: None },
            function: None,
        };
        let source = Source { path: "a.js", text: &text };
        let refusal = library.diagnose(&source, &evidence, &ProjectFacts::default()).err();
        assert_eq!(refusal.map(|refusal| refusal.code).as_deref(), Some("does-not-parse"));
    }
}

#[test]
fn of_a_thousand_siblings_only_the_proved_one_changes() {
    let body = "    c.send(1);\n".repeat(1000);
    let text = format!("export class A {{\n  tell(c: WebSocket) {{\n{body}  }}\n}}\n");
    let evidence = Evidence {
        message: "WebSocket is not open: readyState 3 (CLOSED)".into(),
        outcome: None,
        callee: Some(Callee { package: "ws".into(), function: "WebSocket.send".into() }),
        path: "a.ts".into(),
        place: Place::Exact { line: 500, column: None },
        function: None,
    };
    let (library, project) = (cases::library(), ProjectFacts::default());
    let source = Source { path: "a.ts", text: &text };
    let diagnosis = library.diagnose(&source, &evidence, &project).unwrap();
    let patch = library.patches(&source, &evidence, &diagnosis, &project).unwrap().remove(0);
    assert_eq!(patch.sites.len(), 1);
    assert_eq!(patch.left_alone[0].reason.code, "too-many-siblings");
}

#[test]
fn a_receiver_needs_the_trace_or_a_type() {
    let message = "WebSocket is not open: readyState 3 (CLOSED)";
    let untyped = "export function tell(c) {\n  c.send(1);\n}\n";
    let typed =
        "import { WebSocket } from 'ws';\nexport function tell(c: WebSocket) {\n  c.send(1);\n}\n";
    let through_ws = Callee { package: "ws".into(), function: "WebSocket.send".into() };
    let table = [
        (untyped, 2, None, Some("receiver-unproven")),
        (untyped, 2, Some(through_ws), None),
        (typed, 3, None, None),
    ];
    for (text, line, callee, expected) in table {
        let evidence = Evidence {
            message: message.into(),
            outcome: None,
            callee,
            path: "a.ts".into(),
            place: Place::Exact { line, column: None },
            function: None,
        };
        let source = Source { path: "a.ts", text };
        let found = cases::library().diagnose(&source, &evidence, &ProjectFacts::default());
        assert_eq!(found.err().map(|refusal| refusal.code).as_deref(), expected, "{text}");
    }
}
