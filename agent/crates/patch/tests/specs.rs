//! Specs as they are written, one snapshot for each case of `tests/specs`.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::fs;
use std::path::{Path, PathBuf};

use bugstack_patch::{
    Owner, Patch, Scenario, SocketSource, Spec, SpecSetting, SpecTemplates, Subject, render_spec,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    app: String,
    spec: String,
    runner: bugstack_patch::Runner,
    ws: Option<String>,
    message: String,
    /// The file under test, where it is not one of the application's own.
    source: Option<String>,
    subject: Subject,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn templates() -> SpecTemplates {
    let folder = root().join("agent/templates/spec");
    let files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            (format!("spec/{name}"), fs::read_to_string(&path).unwrap())
        })
        .collect();
    SpecTemplates::load(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))).unwrap()
}

fn case(name: &str) -> Case {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/specs/{name}.yml"));
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn source(case: &Case) -> String {
    if let Some(text) = &case.source {
        return text.clone();
    }
    fs::read_to_string(root().join("tests/apps").join(&case.app).join(&case.subject.path)).unwrap()
}

fn patch(subject: Subject) -> Patch {
    Patch {
        template: "guard-send".into(),
        candidate: "allow-list".into(),
        title: String::new(),
        summary: String::new(),
        risk: String::new(),
        sites: Vec::new(),
        left_alone: Vec::new(),
        subject,
    }
}

fn render(case: Case, source: &str) -> Result<Spec, bugstack_patch::Refusal> {
    let setting = SpecSetting {
        runner: case.runner,
        spec_path: case.spec,
        ws: case.ws.map(|version| version.parse().unwrap()),
        message: case.message,
    };
    render_spec(&templates(), &patch(case.subject), source, &setting)
}

fn show(spec: &Spec) -> String {
    let tests: Vec<String> = spec
        .tests
        .iter()
        .map(|test| format!("{} | sites {:?} | red: {:?}\n", test.name, test.sites, test.red))
        .collect();
    format!("{}----\n{}", spec.text, tests.concat())
}

#[test]
fn a_spec_reads_as_a_person_would_have_written_it() {
    let names = [
        "rooms",
        "devices",
        "chat",
        "presence",
        "history",
        "server",
        "upstream",
        "roster",
        "relay",
        "hub",
        "party",
        "roll-call",
        "broadcast",
    ];
    for name in names {
        let case = case(name);
        let source = source(&case);
        insta::assert_snapshot!(name, show(&render(case, &source).unwrap()));
    }
}

/// Makes a case impossible.
type Change = fn(&mut Case);

#[test]
fn what_no_test_can_reach_is_refused() {
    let cases: [(&str, Change, &str); 6] = [
        ("rooms", |case| case.runner = bugstack_patch::Runner::NodeTest, "spec-runner"),
        ("rooms", |case| rename_field(case, "#members"), "spec-unreachable"),
        ("rooms", |case| rename_field(case, "x'];process.exit();//"), "spec-unreachable"),
        ("rooms", |case| case.subject.path = "src/it's.ts".into(), "spec-unreachable"),
        ("hub", |case| case.subject.owner = nowhere(), "spec-unreachable"),
        ("broadcast", |case| case.subject.scenarios.clear(), "spec-unreachable"),
    ];
    for (name, change, code) in cases {
        let mut case = case(name);
        let source = source(&case);
        change(&mut case);
        let refusal = render(case, &source).unwrap_err();
        assert_eq!(refusal.code, code, "{name}: {}", refusal.explanation);
    }
}

fn nowhere() -> Owner {
    Owner::Unreachable { why: "the module does not export `publish`".into() }
}

fn rename_field(case: &mut Case, name: &str) {
    for scenario in &mut case.subject.scenarios {
        if let Scenario::Send { sockets: SocketSource::Field(field), .. } = scenario {
            field.name = name.into();
        }
    }
}

#[test]
fn the_fake_socket_answers_as_the_installed_ws() {
    let cases = [
        (None, "process.nextTick(callback, error)"),
        (Some("8.13.0"), "process.nextTick(callback, error)"),
        (Some("8.11.0"), "if (callback) callback(error)"),
        (Some("7.0.0"), "if (callback) callback(error)"),
        (Some("6.2.7"), "if (!callback) throw error"),
    ];
    for (version, answer) in cases {
        let mut case = case("rooms");
        let source = source(&case);
        case.ws = version.map(str::to_owned);
        let text = render(case, &source).unwrap().text;
        assert!(text.contains(answer), "{version:?}: {text}");
    }
}
