//! When is a send already guarded? A check counts until something is awaited.

use crate::cases;
use bugstack_patch::{Evidence, Place, ProjectFacts, Source};

fn verdict(body: &str) -> String {
    let text = format!(
        "import {{ WebSocket }} from 'ws';\nexport async function tell(c: WebSocket, list: WebSocket[], go: any) {{\n{body}\n}}\n"
    );
    let evidence = Evidence {
        message: "WebSocket is not open: readyState 3 (CLOSED)".into(),
        outcome: None,
        callee: None,
        path: "a.ts".into(),
        place: Place::Function,
        function: Some("tell".into()),
    };
    let source = Source { path: "a.ts", text: &text };
    match cases::library().diagnose(&source, &evidence, &ProjectFacts::default()) {
        Ok(_) => "bare".into(),
        Err(refusal) if refusal.code == "already-guarded" => "guarded".into(),
        Err(refusal) => refusal.code,
    }
}

#[test]
fn a_check_counts_until_something_is_awaited() {
    let table = [
        ("c.send('x');", "bare"),
        ("if (c.readyState === WebSocket.OPEN) c.send('x');", "guarded"),
        ("if (c.readyState == 1) { c.send('x'); }", "guarded"),
        ("if (WebSocket.OPEN === c.readyState) { c.send('x'); }", "guarded"),
        ("if (c.readyState === WebSocket.CLOSED) { c.send('x'); }", "bare"),
        ("if (c.readyState === WebSocket.OPEN) { go(); } else { c.send('x'); }", "bare"),
        ("if (c.readyState !== c.OPEN) { go(); } else { c.send('x'); }", "guarded"),
        ("if (c.readyState !== 2 && c.readyState !== 3) c.send('x');", "guarded"),
        ("if (go.readyState === WebSocket.OPEN) c.send('x');", "bare"),
        ("if (go || c.readyState === WebSocket.OPEN) c.send('x');", "bare"),
        ("if (go && c.readyState === WebSocket.OPEN) c.send('x');", "guarded"),
        ("if (!(c.readyState !== WebSocket.OPEN)) c.send('x');", "guarded"),
        ("if (c?.readyState === WebSocket.OPEN) c?.send('x');", "guarded"),
        ("if (c.readyState !== WebSocket.OPEN) return;\nc.send('x');", "guarded"),
        ("if (c.readyState !== WebSocket.OPEN || go) return;\nc.send('x');", "guarded"),
        ("if (c.readyState !== WebSocket.OPEN && go) return;\nc.send('x');", "bare"),
        ("if (c.readyState !== WebSocket.OPEN) go();\nc.send('x');", "bare"),
        (
            "if (c.readyState !== WebSocket.OPEN) { go(); throw new Error(); }\nc.send('x');",
            "guarded",
        ),
        ("if (c.readyState !== WebSocket.OPEN) return;\nawait go();\nc.send('x');", "bare"),
        ("await go();\nif (c.readyState !== WebSocket.OPEN) return;\nc.send('x');", "guarded"),
        ("if (c.readyState === WebSocket.OPEN) { await go(); c.send('x'); }", "bare"),
        ("if (c.readyState === WebSocket.OPEN) { for (;;) { c.send('x'); await go(); } }", "bare"),
        ("if (c.readyState === WebSocket.OPEN) { for (;;) { c.send('x'); } }", "guarded"),
        ("if (c.readyState !== WebSocket.OPEN) return;\nsetTimeout(() => c.send('x'), 5);", "bare"),
        (
            "if (c.readyState !== WebSocket.OPEN) return;\n[1].forEach(() => c.send('x'));",
            "guarded",
        ),
        ("if (isOpen(c)) c.send('x');", "guarded"),
        ("if (isClosed(c)) return;\nc.send('x');", "guarded"),
        ("if (isOpen(go)) c.send('x');", "bare"),
        ("for (const d of list) { if (d.readyState !== 1) continue; d.send('x'); }", "guarded"),
        ("list.filter((d) => d.readyState === 1).forEach((d) => d.send('x'));", "guarded"),
        ("for (const d of list.filter((d) => d.readyState === 1)) { d.send('x'); }", "guarded"),
        (
            "for (const d of list.filter((d) => d.readyState === 1)) { await go(); d.send('x'); }",
            "bare",
        ),
        (
            "await new Promise<void>((resolve, reject) => {\n  if (c.readyState !== WebSocket.OPEN) return resolve();\n  c.send('x', (e) => (e ? reject(e) : resolve()));\n});",
            "guarded",
        ),
    ];
    let wrong: Vec<String> = table
        .iter()
        .map(|(body, wanted)| (body, wanted, verdict(body)))
        .filter(|(_, wanted, found)| found != *wanted)
        .map(|(body, wanted, found)| format!("{body}\n  wanted {wanted}, found {found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
