//! Mutants of patches made by hand.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use crate::{Owner, Patch, PatchedSite, SiteEvidence, Subject, TextEdit};

/// A patch that puts each text in place of its marker.
fn patch(path: &str, marked: &str, texts: &[&str]) -> (Patch, String) {
    let mut text = String::new();
    let mut edits = Vec::new();
    for (index, part) in marked.split('@').enumerate() {
        if index > 0 {
            let (start, end) = (text.len(), text.len());
            edits.push(TextEdit { start, end, text: texts[index - 1].to_owned() });
        }
        text.push_str(part);
    }
    let site = PatchedSite {
        template: "by-hand".into(),
        path: path.into(),
        lines: (1, 1),
        evidence: SiteEvidence::Proved,
        edits,
    };
    let patch = Patch {
        template: "by-hand".into(),
        candidate: "by-hand".into(),
        title: String::new(),
        summary: String::new(),
        risk: String::new(),
        sites: vec![site],
        left_alone: Vec::new(),
        subject: Subject {
            path: path.into(),
            owner: Owner::Unreachable { why: String::new() },
            scenarios: Vec::new(),
        },
    };
    (patch, text)
}

/// Each change, and the lines of the file that it makes.
fn told(path: &str, marked: &str, texts: &[&str]) -> String {
    let (patch, text) = patch(path, marked, texts);
    let patched = patch.apply(path, &text).unwrap();
    let lines = |mutant: &str| {
        let new = mutant.lines().zip(patched.lines()).filter(|(new, old)| new != old);
        new.map(|(new, _)| new.trim().to_owned()).collect::<Vec<_>>().join(" / ")
    };
    let mutants = patch.mutants(path, &text).unwrap();
    let told = mutants.iter().map(|mutant| {
        let why = mutant.equivalent.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{}{why}\n    {}\n", mutant.change, lines(&mutant.text))
    });
    told.collect()
}

#[test]
fn a_guard_in_a_loop() {
    let text = "for (const one of all) {\n  @one.send('x');@\n}\n";
    let guard = ["if (one && one.readyState === WebSocket.OPEN) {\n", "\n}"];
    insta::assert_snapshot!(told("a.ts", text, &guard), @r#"
    line 2: `one && one.readyState === WebSocket.OPEN` negated
        if (!(one && one.readyState === WebSocket.OPEN)) {
    line 2: `one && one.readyState === WebSocket.OPEN` always true
        if (true) {
    line 2: `one && one.readyState === WebSocket.OPEN` always false
        if (false) {
    line 2: `one.readyState === WebSocket.OPEN` asks for CONNECTING
        if (one && one.readyState === WebSocket.CONNECTING) {
    line 2: `one.readyState === WebSocket.OPEN` asks for CLOSING
        if (one && one.readyState === WebSocket.CLOSING) {
    line 2: `one.readyState === WebSocket.OPEN` asks for CLOSED
        if (one && one.readyState === WebSocket.CLOSED) {
    line 2: `one && one.readyState === WebSocket.OPEN` ends the loop where it does not hold
        } else break;
    "#);
}

#[test]
fn a_list_of_states_that_are_not_sent_to() {
    let text = "export function tell(one) {\n  @one.send('x');\n}\n";
    let guard = ["if (one.readyState === 2 /* CLOSING */ || one.readyState === 3) return;\n  "];
    insta::assert_snapshot!(told("a.js", text, &guard), @r#"
    line 2: `one.readyState === 2 /* CLOSING */ || one.readyState === 3` negated
        if (!(one.readyState === 2 /* CLOSING */ || one.readyState === 3)) return;
    line 2: `one.readyState === 2 /* CLOSING */ || one.readyState === 3` always true
        if (true) return;
    line 2: `one.readyState === 2 /* CLOSING */ || one.readyState === 3` always false
        if (false) return;
    line 2: `one.readyState === 2` left out
        if (false /* CLOSING */ || one.readyState === 3) return;
    line 2: `one.readyState === 2` asks for CONNECTING
        if (one.readyState === 0 /* CLOSING */ || one.readyState === 3) return;
    line 2: `one.readyState === 2` asks for OPEN
        if (one.readyState === 1 /* CLOSING */ || one.readyState === 3) return;
    line 2: `one.readyState === 3` left out
        if (one.readyState === 2 /* CLOSING */ || false) return;
    line 2: `one.readyState === 3` asks for CONNECTING
        if (one.readyState === 2 /* CLOSING */ || one.readyState === 0) return;
    line 2: `one.readyState === 3` asks for OPEN
        if (one.readyState === 2 /* CLOSING */ || one.readyState === 1) return;
    "#);
}

#[test]
fn removals_and_promises() {
    let text = "class A implements B@ {\n  left(peer) {@\n  }\n}\n";
    let clean = "
    for (const [key, other] of this.all) {
      if (other === peer) {
        this.all.delete(key);
      }
    }
    const at = this.list.indexOf(peer);
    if (at >= 0) this.list.splice(at, 1);";
    insta::assert_snapshot!(told("a.ts", text, &[", C", clean]), @r#"
    line 1: `C` taken out of `implements B, C` (an interface is there for the compiler alone)
        class A implements B, object {
    line 4: `other === peer` negated
        if (!(other === peer)) {
    line 4: `other === peer` always true
        if (true) {
    line 4: `other === peer` always false
        if (false) {
    line 5: `this.all.delete(key)` left out
        void 0;
    line 5: `this.all.delete(key)` removes another one
        this.all.delete(undefined as never);
    line 4: `other === peer` ends the loop where it does not hold
        } else break;
    line 9: `at >= 0` negated
        if (!(at >= 0)) this.list.splice(at, 1);
    line 9: `at >= 0` always true
        if (true) this.list.splice(at, 1);
    line 9: `at >= 0` always false
        if (false) this.list.splice(at, 1);
    line 9: `this.list.splice(at, 1)` left out
        if (at >= 0) void 0;
    line 9: `this.list.splice(at, 1)` removes another one
        if (at >= 0) this.list.splice(at + 1, 1);
    "#);
}

#[test]
fn what_stood_there_before_is_not_changed() {
    let text = "@if (one.readyState === 1) {\n  all.delete(one);\n}\n";
    assert_eq!(told("a.js", text, &["// asks first\n"]), "");
}
