//! Specs do what they are for: on the faulty tree they fail for the production reason, on the
//! repaired one they pass. Each case is one of the patch crate's `tests/specs`.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bugstack_patch::{Patch, Runner, Spec, SpecSetting, SpecTemplates, Subject, render_spec};
use bugstack_tests::app::{App, apps};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    app: String,
    spec: String,
    runner: Runner,
    ws: Option<String>,
    message: String,
    /// The file under test, where it is not one of the application's own.
    source: Option<String>,
    subject: Subject,
    repair: Vec<Change>,
}

/// A repair by hand, so that this test says something about specs alone.
#[derive(Deserialize)]
struct Change {
    from: String,
    to: String,
}

/// What a runner said of each test: nothing where it passed.
type Report = BTreeMap<String, Option<String>>;

#[test]
fn jest_specs_are_red_for_the_production_reason_and_green_when_repaired() {
    turns_green("nest-chat", |app, cases| {
        let all = r"\.spec\.[jt]s$";
        let flags = ["jest", "--json", "--no-color", "--testRegex", all, "--runTestsByPath"];
        let paths = cases.iter().map(|case| case.spec.as_str());
        jest_report(
            &app.run("npx", &flags.into_iter().chain(paths).collect::<Vec<_>>()).unwrap().stdout,
        )
    });
}

#[test]
fn node_specs_are_red_for_the_production_reason_and_green_when_repaired() {
    turns_green("plain-ws", |app, cases| {
        let paths = cases.iter().map(|case| case.spec.as_str());
        let flags = ["--test", "--test-reporter=tap"];
        tap_report(
            &app.run("node", &flags.into_iter().chain(paths).collect::<Vec<_>>()).unwrap().stdout,
        )
    });
}

fn turns_green(name: &str, run: impl Fn(&App, &[Case]) -> Report) {
    let app = App::install(name).unwrap();
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.app == name).collect();
    assert!(!cases.is_empty());
    let specs: Vec<Spec> = cases.iter().map(|case| write_spec(&app, case)).collect();
    let tests = || specs.iter().flat_map(|spec| &spec.tests);

    let red = run(&app, &cases);
    for test in tests() {
        let message = red.get(&test.name).unwrap_or_else(|| panic!("{} of {red:#?}", test.name));
        let message = message.as_deref().unwrap_or("passed");
        assert!(message.contains(&test.red), "{}: {message}", test.name);
    }
    assert_eq!(red.len(), tests().count(), "{red:#?}");

    cases.iter().for_each(|case| repair(&app, case));
    let green = run(&app, &cases);
    assert_eq!(green.len(), red.len());
    assert!(green.values().all(Option::is_none), "{green:#?}");
}

fn write_spec(app: &App, case: &Case) -> Spec {
    if let Some(source) = &case.source {
        write(app, &case.subject.path, source);
    }
    let source = fs::read_to_string(app.path().join(&case.subject.path)).unwrap();
    let patch = Patch {
        template: "by-hand".into(),
        candidate: "by-hand".into(),
        title: String::new(),
        summary: String::new(),
        sites: Vec::new(),
        left_alone: Vec::new(),
        subject: case.subject.clone(),
    };
    let setting = SpecSetting {
        runner: case.runner,
        spec_path: case.spec.clone(),
        ws: case.ws.as_ref().map(|version| version.parse().unwrap()),
        message: case.message.clone(),
    };
    let spec = render_spec(&templates(), &patch, &source, &setting).unwrap();
    write(app, &case.spec, &spec.text);
    spec
}

fn write(app: &App, path: &str, text: &str) {
    let path = app.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn repair(app: &App, case: &Case) {
    let path = app.path().join(&case.subject.path);
    let mut text = fs::read_to_string(&path).unwrap();
    for change in &case.repair {
        assert_eq!(text.matches(&change.from).count(), 1, "{}", change.from);
        text = text.replace(&change.from, &change.to);
    }
    fs::write(path, text).unwrap();
}

fn jest_report(output: &[u8]) -> Report {
    let output: Value = serde_json::from_slice(output).unwrap();
    let files = output["testResults"].as_array().unwrap();
    files.iter().flat_map(jest_file).collect()
}

fn jest_file(file: &Value) -> Vec<(String, Option<String>)> {
    let tests = file["assertionResults"].as_array().unwrap();
    assert!(!tests.is_empty(), "{} did not run: {}", file["name"], file["message"]);
    tests
        .iter()
        .map(|test| {
            let name = test["fullName"].as_str().unwrap().to_owned();
            let messages = test["failureMessages"].as_array().unwrap();
            let message = messages.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n");
            (name, (test["status"] != "passed").then_some(message))
        })
        .collect()
}

/// Reads the subtests of TAP: each stands inside the suite whose `# Subtest:` came before it.
fn tap_report(output: &[u8]) -> Report {
    let output = String::from_utf8_lossy(output);
    let mut report = Report::new();
    let mut names: Vec<String> = Vec::new();
    let mut last: Option<String> = None;
    for line in output.lines() {
        let depth = (line.len() - line.trim_start().len()) / 4;
        let line = line.trim_start();
        if let Some(name) = line.strip_prefix("# Subtest: ") {
            names.truncate(depth);
            names.push(name.to_owned());
        } else if depth > 0 && (line.starts_with("ok ") || line.starts_with("not ok ")) {
            let failed = line.starts_with("not ok ");
            let name = names[..=depth].join(" ");
            report.insert(name.clone(), failed.then(String::new));
            last = failed.then_some(name);
        } else if let Some(Some(message)) = last.as_ref().and_then(|name| report.get_mut(name)) {
            message.push_str(line);
            message.push('\n');
        }
    }
    report
}

fn crate_folder() -> PathBuf {
    apps().join("../../agent/crates/patch")
}

fn cases() -> Vec<Case> {
    let texts = texts(&crate_folder().join("tests/specs"));
    texts.values().map(|text| serde_yaml::from_str(text).unwrap()).collect()
}

fn templates() -> SpecTemplates {
    let files = texts(&apps().join("../../agent/templates/spec"));
    let files = files.iter().map(|(name, text)| (format!("spec/{name}"), text));
    let files: Vec<_> = files.collect();
    SpecTemplates::load(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))).unwrap()
}

/// The files of a folder, by name.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}
