//! A template's cases on disk: `before`, `after` and the evidence.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bugstack_patch::{
    Callee, Diagnosis, Evidence, Library, Outcome, Patch, Place, ProjectFacts, Refusal, Source,
};
use regex::Regex;
use serde::Deserialize;

/// `evidence.yml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    /// A piece of the source, found once in it, whose last dot stands before the method's name.
    at: Option<String>,
    /// Instead of `at`: only the function is known.
    function: Option<String>,
    #[serde(default = "three")]
    state: u8,
    message: Option<String>,
    /// Where the file stands, if that matters.
    path: Option<String>,
    callee: Option<String>,
    /// The installed ws.
    ws: Option<String>,
    /// Where nothing must change: the refusal's code.
    refusal: Option<String>,
    /// Codes of what is left alone, in order.
    #[serde(default)]
    left_alone: Vec<String>,
    /// How many sites the patch has.
    sites: Option<usize>,
    /// How a test reaches the code, in short.
    #[serde(default)]
    reach: Vec<String>,
}

fn three() -> u8 {
    3
}

pub(crate) struct Case {
    pub(crate) name: String,
    /// The template that it belongs to.
    pub(crate) template: String,
    pub(crate) path: String,
    pub(crate) before: String,
    pub(crate) refusal: Option<String>,
    /// By candidate; the first candidate's is `after`.
    afters: BTreeMap<String, String>,
    written: Written,
}

fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates")
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(of)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

pub(crate) fn library() -> &'static Library {
    static LOADED: LazyLock<Library> = LazyLock::new(load);
    &LOADED
}

fn load() -> Library {
    let files: Vec<(String, String)> = folders(&templates())
        .iter()
        .filter(|folder| folder.join("template.yml").exists())
        .map(|folder| {
            let id = folder.file_name().unwrap().to_str().unwrap();
            let text = fs::read_to_string(folder.join("template.yml")).unwrap();
            (format!("{id}/template.yml"), text)
        })
        .collect();
    Library::load(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))).unwrap()
}

pub(crate) fn load_all() -> Vec<Case> {
    folders(&templates())
        .iter()
        .flat_map(|template| folders(&template.join("cases")))
        .map(|folder| Case::load(&folder))
        .collect()
}

impl Case {
    fn load(folder: &Path) -> Self {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let mut before = None;
        let mut afters = BTreeMap::new();
        for entry in fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            let text = fs::read_to_string(folder.join(&file)).unwrap();
            let (stem, extension) = file.rsplit_once('.').unwrap();
            match stem.split_once('.').unwrap_or((stem, "")) {
                ("before", _) => before = Some((format!("src/code.{extension}"), text)),
                ("after", candidate) => {
                    afters.insert(candidate.to_owned(), text);
                }
                _ => {}
            }
        }
        let (stands, before) = before.unwrap_or_else(|| panic!("{name} has no before"));
        let evidence = fs::read_to_string(folder.join("evidence.yml")).unwrap();
        let written: Written =
            serde_yaml::from_str(&evidence).unwrap_or_else(|error| panic!("{name}: {error}"));
        let template = folder.ancestors().nth(2).unwrap().file_name().unwrap();
        let template = template.to_str().unwrap().to_owned();
        let path = written.path.clone().unwrap_or(stands);
        Self { name, template, path, before, refusal: written.refusal.clone(), afters, written }
    }

    pub(crate) fn check(&self, library: &Library) -> Vec<String> {
        let patches = match (outcome(library, self, &self.before), &self.refusal) {
            (Err(found), Some(wanted)) if found.code == *wanted => return Vec::new(),
            (Err(found), wanted) => {
                return vec![format!("refused: {found:?}, wanted {wanted:?}")];
            }
            (Ok(_), Some(wanted)) => return vec![format!("a patch, wanted the refusal {wanted}")],
            (Ok(patches), None) => patches,
        };
        let mut wrong = Vec::new();
        if self.afters.is_empty() {
            wrong.push("neither an `after` nor a refusal".into());
        }
        for (candidate, after) in &self.afters {
            let patch = match candidate.as_str() {
                "" => Some(&patches[0]),
                name => patches.iter().find(|patch| patch.candidate == name),
            };
            match patch.map(|patch| patch.apply(&self.path, &self.before).unwrap()) {
                Some(text) if text == *after => {}
                Some(text) => {
                    wrong.push(format!("`{candidate}` gave\n{}", difference(after, &text)))
                }
                None => wrong.push(format!("no candidate `{candidate}`")),
            }
        }
        let codes: Vec<_> =
            patches[0].left_alone.iter().map(|left| left.reason.code.clone()).collect();
        if codes != self.written.left_alone {
            wrong.push(format!("left alone {codes:?}"));
        }
        if self.written.sites.is_some_and(|sites| sites != patches[0].sites.len()) {
            wrong.push(format!("{} sites", patches[0].sites.len()));
        }
        let reach = reach(&patches[0]);
        if !self.written.reach.is_empty() && reach != self.written.reach {
            wrong.push(format!("reach {reach:#?}"));
        }
        wrong
    }

    /// Style mutations are textual: they need a case in the default style without literals that
    /// hold quotes or line breaks.
    pub(crate) fn mutable(&self) -> bool {
        let plain = |text: &str| !text.contains(['"', '`', '\t']) && !text.contains("\r\n");
        plain(&self.before)
            && self.before.contains("\n  ")
            && !self.before.contains("\n   -")
            && self.before.lines().filter(|line| line.trim_end().ends_with(';')).count() > 2
    }

    pub(crate) fn mutations(&self) -> Vec<(&'static str, String)> {
        ["tabs", "four spaces", "CRLF", "no semicolons", "double quotes", "functions"]
            .into_iter()
            .map(|style| (style, mutate(style, &self.before)))
            .collect()
    }

    fn evidence(&self, text: &str) -> Evidence {
        let written = &self.written;
        let place = match &written.at {
            Some(_) => {
                let (line, column) = self.position(text);
                Place::Exact { line, column: Some(column) }
            }
            None => Place::Function,
        };
        let words = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"][usize::from(written.state)];
        let stated = format!("WebSocket is not open: readyState {} ({words})", written.state);
        Evidence {
            message: written.message.clone().unwrap_or(stated),
            outcome: Some(Outcome::CalledBack),
            callee: Some(Callee {
                package: "ws".into(),
                function: written.callee.clone().unwrap_or("WebSocket.send".into()),
            }),
            path: self.path.clone(),
            place,
            function: written.function.clone(),
        }
    }

    /// Line and column of the last name in `at`; a style's own quotes and ends do not matter.
    fn position(&self, text: &str) -> (u32, u32) {
        let at = &self.at(text).unwrap();
        let found: Vec<_> = text.match_indices(at.as_str()).collect();
        assert_eq!(found.len(), 1, "{}: `{at}` must stand in the text once\n{text}", self.name);
        let name = at.rfind(['.', ' ']).map_or(0, |dot| dot + 1);
        let offset = found[0].0 + name;
        let line = text[..offset].matches('\n').count() + 1;
        let column = offset - text[..offset].rfind('\n').map_or(0, |end| end + 1) + 1;
        (u32::try_from(line).unwrap(), u32::try_from(column).unwrap())
    }

    /// `at` as this text writes it: a style has its own quotes, and a guarded call needs no `?.`.
    fn at(&self, text: &str) -> Option<String> {
        let at = self.written.at.clone()?;
        let forms = [at.replace('\'', "\""), at.replace("?.", "."), at.clone()];
        Some(forms.into_iter().find(|form| text.contains(form.as_str())).unwrap_or(at))
    }

    fn project(&self) -> ProjectFacts {
        let versions = self.written.ws.iter().map(|it| ("ws".to_owned(), it.parse().unwrap()));
        ProjectFacts { versions: versions.collect() }
    }
}

pub(crate) fn outcome(library: &Library, case: &Case, text: &str) -> Result<Vec<Patch>, Refusal> {
    let source = Source { path: &case.path, text };
    let (evidence, project) = (case.evidence(text), case.project());
    let diagnosis: Diagnosis = library.diagnose(&source, &evidence, &project)?;
    assert!(!diagnosis.cause.is_empty() && !diagnosis.cause.contains("{{"));
    library.patches(&source, &evidence, &diagnosis, &project)
}

/// Diagnoses the patched text at the place where the call now stands.
pub(crate) fn diagnose_again(
    library: &Library,
    case: &Case,
    text: &str,
) -> Result<Diagnosis, Refusal> {
    let source = Source { path: &case.path, text };
    let evidence = match case.at(text) {
        Some(at) if !text.contains(&at) => {
            // The receiver was given a name.
            let offset = text.rfind("socket.send").expect("a hoisted receiver is called socket");
            let line = text[..offset].matches('\n').count() + 1;
            let place = Place::Exact { line: u32::try_from(line).unwrap(), column: None };
            Evidence { place, ..case.evidence(&case.before) }
        }
        _ => case.evidence(text),
    };
    library.diagnose(&source, &evidence, &case.project())
}

pub(crate) fn parses(library: &Library, case: &Case, text: &str) -> bool {
    let source = Source { path: &case.path, text };
    let place = Place::Exact { line: 1, column: None };
    let evidence = Evidence { place, ..case.evidence(&case.before) };
    match library.diagnose(&source, &evidence, &case.project()) {
        Ok(_) => true,
        Err(refusal) => refusal.code != "does-not-parse",
    }
}

pub(crate) fn mutate(style: &str, text: &str) -> String {
    let indented = |unit: &str| -> String {
        text.split_inclusive('\n')
            .map(|line| {
                let bare = line.trim_start_matches(' ');
                let depth = line.len() - bare.len();
                format!("{}{}{bare}", unit.repeat(depth / 2), " ".repeat(depth % 2))
            })
            .collect()
    };
    match style {
        "tabs" => indented("\t"),
        "four spaces" => indented("    "),
        "CRLF" => text.replace('\n', "\r\n"),
        // Only where nothing says `this`, which an arrow takes from outside.
        "functions" if text.contains("this") => text.to_owned(),
        "functions" => Regex::new(r"\((async )?\((\w*)\) => \{")
            .unwrap()
            .replace_all(text, "(${1}function ($2) {")
            .into_owned(),
        "double quotes" => text.replace('\'', "\""),
        "no semicolons" => text
            .split_inclusive('\n')
            .map(|line| line.replace(";\n", "\n").replace("; //", " //"))
            .collect(),
        other => panic!("no style {other}"),
    }
}

/// Owner and scenarios, one line each.
fn reach(patch: &Patch) -> Vec<String> {
    let subject = &patch.subject;
    let mut lines = vec![serde_yaml::to_string(&subject.owner).unwrap()];
    lines.extend(subject.scenarios.iter().map(|it| serde_yaml::to_string(it).unwrap()));
    lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn difference(wanted: &str, found: &str) -> String {
    similar::TextDiff::from_lines(wanted, found)
        .unified_diff()
        .header("wanted", "found")
        .to_string()
}
