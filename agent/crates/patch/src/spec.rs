//! The test that comes with a patch: a subject rendered for the project's own runner.

mod module;
mod reach;
mod socket;
mod style;
mod test;
mod value;

use minijinja::{Environment, UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use serde::{Deserialize, Serialize};

use crate::style::Style;
use crate::syntax::Tree;
use crate::{Patch, Refusal};
use module::Module;
use socket::{Dialect, SocketState};
use style::written;
use test::TestCase;

/// What the project's tests look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecSetting {
    /// Who runs it.
    pub runner: Runner,
    /// Where the spec will stand, path in the repository.
    pub spec_path: String,
    /// The installed `ws`, where the lockfile tells.
    pub ws: Option<semver::Version>,
    /// The production error's own words.
    pub message: String,
    /// Whether the project's relative imports name an extension, as Node's own modules have to.
    pub names_extensions: bool,
}

/// A test runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runner {
    /// jest, through ts-jest for TypeScript.
    Jest,
    /// vitest
    Vitest,
    /// mocha, with `node:assert`.
    Mocha,
    /// `node --test`
    NodeTest,
}

/// A test file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The file's text.
    pub text: String,
    /// Its tests, in the order of the subject's scenarios.
    pub tests: Vec<SpecTest>,
}

/// One test of a spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecTest {
    /// As the runner reports it, `describe` blocks first, joined by a space.
    pub name: String,
    /// Index into `Patch::sites`.
    pub sites: Vec<usize>,
    /// What its failure must contain on the unpatched tree to be red for the production reason:
    /// the production message, or the assertion's own words.
    pub red: String,
}

/// The texts that specs are made from: `spec/helpers.j2`, and one per runner.
#[derive(Debug)]
pub struct SpecTemplates {
    environment: Environment<'static>,
}

/// A template of `spec/` that is no template.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be read as a template: {source}")]
pub struct SpecTemplateError {
    path: String,
    source: minijinja::Error,
}

const FOLDER: &str = "spec/";
const HELPERS: &str = "spec/helpers.j2";

impl SpecTemplates {
    /// Takes the files below `spec/` out of a folder of templates, given as paths and texts.
    pub fn load<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SpecTemplateError> {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(block_lines_vanish());
        for (path, text) in files.into_iter().filter(|(path, _)| path.starts_with(FOLDER)) {
            environment
                .add_template_owned(path.to_owned(), text.to_owned())
                .map_err(|source| SpecTemplateError { path: path.to_owned(), source })?;
        }
        Ok(Self { environment })
    }

    fn render(&self, name: &str, context: impl Serialize) -> Result<String, Refusal> {
        self.environment
            .get_template(name)
            .and_then(|template| template.render(Serde(context)))
            .map_err(|error| Refusal::new("spec-template", format!("{name}: {error}")))
    }
}

fn block_lines_vanish() -> SyntaxConfig {
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    syntax.build().unwrap_or_default()
}

/// Writes the test of a patch for the project's runner. The same input gives the same text.
///
/// Refuses with `spec-unreachable` where no test can get at the code, `spec-runner` where the
/// runner cannot run the file, and `spec-template` where a template is at fault.
pub fn render(
    templates: &SpecTemplates,
    patch: &Patch,
    source_text: &str,
    setting: &SpecSetting,
) -> Result<Spec, Refusal> {
    let style = Style::of(&Tree::parse(&patch.subject.path, source_text)?);
    let module = Module::of(&patch.subject, source_text, setting)?;
    let state = SocketState::of(&setting.message);
    let tests = test::cases(&patch.subject, &module, state, source_text)?;
    let mut page = Page::new(&module, &tests, setting);
    page.helpers = templates.render(HELPERS, &page)?;
    let text = templates.render(template(setting.runner), &page)?;
    let report = |case: TestCase| case.report(&module.describe, state, setting.runner);
    Ok(Spec { text: written(&text, &style), tests: tests.into_iter().map(report).collect() })
}

fn template(runner: Runner) -> &'static str {
    match runner {
        Runner::Jest => "spec/jest.j2",
        Runner::Vitest => "spec/vitest.j2",
        Runner::Mocha => "spec/mocha.j2",
        Runner::NodeTest => "spec/node-test.j2",
    }
}

/// What the templates may ask for.
#[derive(Debug, Serialize)]
struct Page<'a> {
    #[serde(flatten)]
    module: &'a Module,
    #[serde(flatten)]
    dialect: Dialect,
    tests: &'a [TestCase],
    /// Whether a test passes a value of any shape.
    anything: bool,
    /// The runner's function that records calls.
    mock: &'static str,
    /// Type annotations, empty in JavaScript.
    an_any: &'static str,
    some_any: &'static str,
    a_string: &'static str,
    helpers: String,
}

impl<'a> Page<'a> {
    fn new(module: &'a Module, tests: &'a [TestCase], setting: &SpecSetting) -> Self {
        let typed = |annotation| if module.typescript { annotation } else { "" };
        Self {
            module,
            dialect: Dialect::of(setting.ws.as_ref()),
            tests,
            anything: tests.iter().any(|case| case.mentions(value::ANYTHING)),
            mock: match setting.runner {
                Runner::Jest => "jest.fn",
                Runner::Vitest => "vi.fn",
                Runner::Mocha | Runner::NodeTest => "mock.fn",
            },
            an_any: typed(": any"),
            some_any: typed(": any[]"),
            a_string: typed(": string"),
            helpers: String::new(),
        }
    }
}
