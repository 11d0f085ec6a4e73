//! What a Node project is: its manifest, its lockfile and the tools they name.

use bugstack_patch::{Refusal, Runner};
use serde_json::Value;

use super::{Lockfile, TestCommand};
use crate::git::Tree;

/// A Node project at the root of a repository.
#[derive(Debug, Clone)]
pub struct NodeProject {
    /// The text of package.json.
    pub manifest: String,
    /// The text of package-lock.json, where there is one.
    pub lock_text: Option<String>,
    /// The same, read.
    pub lockfile: Option<Lockfile>,
    /// How its tests are run.
    pub tests: TestCommand,
    /// Whether relative imports name the file's extension, as Node's own modules have to.
    pub names_extensions: bool,
    /// Whether `tsc` can check the project.
    pub typescript: bool,
    /// Whether anything has to be installed.
    pub has_dependencies: bool,
}

impl NodeProject {
    /// Reads what the tree says about itself.
    pub fn detect(tree: &Tree<'_>) -> Result<Self, Refusal> {
        let manifest = tree
            .read_text("package.json")
            .ok_or_else(|| no_runner("the repository has no package.json at its root"))?;
        let json: Value = serde_json::from_str(&manifest)
            .map_err(|error| no_runner(&format!("package.json cannot be read: {error}")))?;
        let tests = tests(&json, tree)?;
        let lock_text = tree.read_text("package-lock.json");
        let lockfile = lock_text.as_deref().map(Lockfile::parse).transpose()?;
        Ok(Self {
            tests,
            names_extensions: json["type"] == "module" && resolves_as_node(tree),
            typescript: tree.contains("tsconfig.json") && depends_on(&json, "typescript"),
            has_dependencies: GROUPS
                .iter()
                .any(|group| json[*group].as_object().is_some_and(|packages| !packages.is_empty())),
            manifest,
            lock_text,
            lockfile,
        })
    }
}

const GROUPS: [&str; 4] =
    ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

fn depends_on(json: &Value, package: &str) -> bool {
    GROUPS.iter().any(|group| json[*group].get(package).is_some())
}

/// Whether `tsc` looks for modules as Node does. A `tsconfig.json` may have comments, so that it is
/// searched, not parsed.
fn resolves_as_node(tree: &Tree<'_>) -> bool {
    let text = tree.read_text("tsconfig.json").unwrap_or_default().to_lowercase();
    let values = ["nodenext", "node16", "node18", "node20"];
    values.iter().any(|value| text.contains(&format!("\"{value}\"")))
}

/// First the words of the `test` script, then what is configured, then what is installed.
fn tests(json: &Value, tree: &Tree<'_>) -> Result<TestCommand, Refusal> {
    if let Some(found) = TestCommand::of(json, "test") {
        return Ok(found);
    }
    let configured = |name: &str| {
        let file = |extension: &&str| tree.contains(&format!("{name}.{extension}"));
        ["js", "ts", "mjs", "cjs", "json", "mts"].iter().any(file)
    };
    let runners = [
        (Runner::Jest, "jest", json.get("jest").is_some() || configured("jest.config")),
        (Runner::Vitest, "vitest", configured("vitest.config")),
        (Runner::Mocha, "mocha", json.get("mocha").is_some() || configured(".mocharc")),
    ];
    let of = |wanted: &dyn Fn(&(Runner, &str, bool)) -> bool| {
        runners.iter().find(|runner| wanted(runner)).map(|(runner, ..)| *runner)
    };
    let found = of(&|(_, _, configured)| *configured);
    if let Some(runner) = found.or_else(|| of(&|(_, package, _)| depends_on(json, package))) {
        return Ok(TestCommand::plain(runner));
    }
    let script = json["scripts"]["test"].as_str().unwrap_or("no `test` script");
    Err(no_runner(&format!(
        "package.json names none of jest, vitest, mocha and `node --test` ({script})"
    )))
}

fn no_runner(why: &str) -> Refusal {
    Refusal::new(
        "no-test-runner",
        format!("{why}; without the project's own tests nothing can be proven"),
    )
}
