//! The engine's own patches of the applications' faults, with the specs it asks for: red on the
//! faulty tree, green on the patched one, and red again without any one site.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bugstack_patch::{
    Callee, Evidence, Library, Outcome, Patch, Place, ProjectFacts, Runner, Source, Spec,
    SpecSetting, SpecTemplates, render_spec,
};
use bugstack_tests::app::{App, apps};
use bugstack_tests::report::{self, Report};

const MESSAGE: &str = "WebSocket is not open: readyState 3 (CLOSED)";

/// Path, spec, function and place, as the recorded traces tell them.
type Fault = (&'static str, &'static str, &'static str, u32, u32);

const PLAIN_WS: &[Fault] = &[("broadcast.js", "closed.test.js", "broadcast", 10, 12)];

#[test]
fn every_fault_of_the_plain_application_is_fixed() {
    every_fault_is_fixed("plain-ws", PLAIN_WS, Runner::NodeTest, "8.23.0", report::node_test);
}

/// Jest needs more time than every change can wait for.
#[cfg(feature = "full")]
mod nest_chat {
    use super::*;

    const NEST_CHAT: &[Fault] = &[
        ("src/rooms/rooms.gateway.ts", "src/rooms/closed.spec.ts", "RoomsGateway.announce", 23, 16),
        ("src/chat/chat.gateway.ts", "src/chat/closed.spec.ts", "ChatGateway.broadcast", 25, 14),
        (
            "src/presence/presence.gateway.ts",
            "src/presence/closed.spec.ts",
            "PresenceGateway.push",
            33,
            14,
        ),
        (
            "src/history/history.gateway.ts",
            "src/history/closed.spec.ts",
            "HistoryGateway.replay",
            18,
            14,
        ),
    ];
    /// Suites whose mocks have no `readyState`: an allow-list guard would pass these mocks over.
    const NEST_CHAT_STATELESS: &[&str] =
        &["src/chat/chat.gateway.spec.ts", "src/history/history.gateway.spec.ts"];

    #[test]
    fn every_fault_of_the_nest_application_is_fixed() {
        every_fault_is_fixed("nest-chat", NEST_CHAT, Runner::Jest, "8.21.2", report::jest);
    }

    #[test]
    fn a_mock_without_a_state_still_gets_its_message_from_the_last_candidate() {
        let app = App::install("nest-chat").unwrap();
        let fixes: Vec<Fix> =
            NEST_CHAT.iter().map(|fault| fix(&app, fault, Runner::Jest, "8.21.2")).collect();
        let failed = |report: Report| report.values().filter(|said| said.is_some()).count();

        write(&app, &fixes, |fix, text| fix.patches[0].apply(fix.path, text).unwrap());
        assert_eq!(failed(report::jest(&app, NEST_CHAT_STATELESS).unwrap()), 2);

        write(&app, &fixes, |fix, text| fix.patches.last().unwrap().apply(fix.path, text).unwrap());
        assert_eq!(failed(report::jest(&app, NEST_CHAT_STATELESS).unwrap()), 0);
    }
}

struct Fix {
    path: &'static str,
    source: String,
    patches: Vec<Patch>,
    spec: Spec,
}

fn every_fault_is_fixed(
    name: &str,
    faults: &[Fault],
    runner: Runner,
    ws: &str,
    run: impl Fn(&App, &[&str]) -> anyhow::Result<Report>,
) {
    let app = App::install(name).unwrap();
    let fixes: Vec<Fix> = faults.iter().map(|fault| fix(&app, fault, runner, ws)).collect();
    let specs: Vec<&str> = faults.iter().map(|fault| fault.1).collect();
    let run = || run(&app, &specs).unwrap();

    assert_red(&run(), &fixes, None);
    let candidates = fixes.iter().map(|fix| fix.patches.len()).max().unwrap();
    for candidate in 0..candidates {
        write(&app, &fixes, |fix, text| {
            fix.patches[candidate.min(fix.patches.len() - 1)].apply(fix.path, text).unwrap()
        });
        let green = run();
        assert!(green.values().all(Option::is_none), "candidate {candidate}: {green:#?}");
    }
    let sites = fixes.iter().map(|fix| fix.patches[0].sites.len()).max().unwrap();
    for site in 0..sites {
        write(&app, &fixes, |fix, text| {
            fix.patches[0].apply_without(site, fix.path, text).unwrap()
        });
        assert_red(&run(), &fixes, Some(site));
    }
}

/// Every test must be red for its reason, or those of one site and only those.
fn assert_red(report: &Report, fixes: &[Fix], site: Option<usize>) {
    for test in fixes.iter().flat_map(|fix| &fix.spec.tests) {
        let said =
            report.get(&test.name).unwrap_or_else(|| panic!("no {}: {report:#?}", test.name));
        if site.is_none_or(|site| test.sites.contains(&site)) {
            let said = said.as_deref().unwrap_or("passed");
            assert!(said.contains(&test.red), "{} without {site:?}: {said}", test.name);
        } else {
            assert_eq!(*said, None, "{} without {site:?}", test.name);
        }
    }
}

fn write(app: &App, fixes: &[Fix], text: impl Fn(&Fix, &str) -> String) {
    for fix in fixes {
        fs::write(app.path().join(fix.path), text(fix, &fix.source)).unwrap();
    }
}

fn fix(app: &App, fault: &Fault, runner: Runner, ws: &str) -> Fix {
    let (path, spec_path, function, line, column) = *fault;
    let templates = templates();
    let files = || templates.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let library = Library::load(files()).unwrap();
    let text = fs::read_to_string(app.path().join(path)).unwrap();
    let source = Source { path, text: &text };
    let project = ProjectFacts { versions: BTreeMap::from([("ws".into(), ws.parse().unwrap())]) };
    let evidence = Evidence {
        message: MESSAGE.into(),
        outcome: Some(Outcome::CalledBack),
        callee: Some(Callee { package: "ws".into(), function: "WebSocket.send".into() }),
        path: path.into(),
        place: Place::Exact { line, column: Some(column) },
        function: Some(function.into()),
    };
    let diagnosis = library.diagnose(&source, &evidence, &project).unwrap();
    let patches = library.patches(&source, &evidence, &diagnosis, &project).unwrap();
    let setting = SpecSetting {
        runner,
        spec_path: spec_path.into(),
        ws: Some(ws.parse().unwrap()),
        message: MESSAGE.into(),
        names_extensions: false,
    };
    let spec_templates = SpecTemplates::load(files()).unwrap();
    let spec = render_spec(&spec_templates, &patches[0], &text, &setting).unwrap();
    fs::write(app.path().join(spec_path), &spec.text).unwrap();
    Fix { path, patches, spec, source: text }
}

fn templates() -> Vec<(String, String)> {
    let root = apps().join("../../agent/templates");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}
