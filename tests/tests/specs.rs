//! Specs do what they are for: on the faulty tree they fail for the production reason, on the
//! repaired one they pass. Each case is one of the patch crate's `tests/specs`.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bugstack_patch::{Patch, Runner, Spec, SpecSetting, SpecTemplates, Subject, render_spec};
use bugstack_tests::app::{App, apps};
use bugstack_tests::report::{self, Report};
use serde::Deserialize;

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

// Jest needs more time than every change can wait for.
#[cfg(feature = "full")]
#[test]
fn jest_specs_are_red_for_the_production_reason_and_green_when_repaired() {
    turns_green("nest-chat", report::jest);
}

#[test]
fn node_specs_are_red_for_the_production_reason_and_green_when_repaired() {
    turns_green("plain-ws", report::node_test);
}

fn turns_green(name: &str, run: impl Fn(&App, &[&str]) -> anyhow::Result<Report>) {
    let app = App::install(name).unwrap();
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.app == name).collect();
    assert!(!cases.is_empty());
    let specs: Vec<Spec> = cases.iter().map(|case| write_spec(&app, case)).collect();
    let paths: Vec<&str> = cases.iter().map(|case| case.spec.as_str()).collect();
    let tests = || specs.iter().flat_map(|spec| &spec.tests);

    let red = run(&app, &paths).unwrap();
    for test in tests() {
        let message = red.get(&test.name).unwrap_or_else(|| panic!("{} of {red:#?}", test.name));
        let message = message.as_deref().unwrap_or("passed");
        assert!(message.contains(&test.red), "{}: {message}", test.name);
    }
    assert_eq!(red.len(), tests().count(), "{red:#?}");

    cases.iter().for_each(|case| repair(&app, case));
    let green = run(&app, &paths).unwrap();
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
        risk: String::new(),
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
