//! What a Node project is: its manifest, its lockfile and the tools they name.

use bugstack_patch::{Refusal, Runner};
use serde_json::Value;

use super::Lockfile;
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
    /// Who runs its tests.
    pub runner: Runner,
    /// What the `test` script passes to the runner.
    pub runner_options: Vec<String>,
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
        let (runner, runner_options) = runner(&json, tree)?;
        let lock_text = tree.read_text("package-lock.json");
        let lockfile = lock_text.as_deref().map(Lockfile::parse).transpose()?;
        Ok(Self {
            runner,
            runner_options,
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

/// First the words of the `test` script, then what is configured, then what is installed.
fn runner(json: &Value, tree: &Tree<'_>) -> Result<(Runner, Vec<String>), Refusal> {
    let script = json["scripts"]["test"].as_str().unwrap_or_default();
    if let Some(found) = from_script(script) {
        return Ok(found);
    }
    let configured = json.get("jest").is_some()
        || ["js", "ts", "mjs", "cjs", "json"]
            .iter()
            .any(|ext| tree.contains(&format!("jest.config.{ext}")));
    if configured || depends_on(json, "jest") {
        return Ok((Runner::Jest, Vec::new()));
    }
    let said = if script.is_empty() { "no `test` script" } else { script };
    Err(no_runner(&format!("package.json names neither jest nor `node --test` ({said})")))
}

/// Reads a plain command. A script with shell syntax is not taken apart: no shell runs here.
fn from_script(script: &str) -> Option<(Runner, Vec<String>)> {
    let plain = !script.contains(['&', '|', ';', '$', '`', '<', '>', '"', '\'', '(']);
    let words: Vec<&str> = script.split_whitespace().collect();
    let words = words.strip_prefix(&["npx"]).unwrap_or(&words);
    let (runner, rest) = match words {
        ["jest", rest @ ..] => (Runner::Jest, rest),
        ["node", "--test", rest @ ..] => (Runner::NodeTest, rest),
        _ if script.contains("node --test") => (Runner::NodeTest, &[][..]),
        _ if script.contains("jest") => (Runner::Jest, &[][..]),
        _ => return None,
    };
    let kept = rest.iter().filter(|word| plain && !changes_the_run(word));
    Some((runner, kept.map(|&word| word.to_owned()).collect()))
}

/// Options that wait for a person, leave tests out, or write beside the report.
const DROPPED: [&str; 13] = [
    "--watch",
    "--coverage",
    "--json",
    "--outputFile",
    "--test-reporter",
    "--silent",
    "--verbose",
    "--bail",
    "-b",
    "--onlyChanged",
    "-o",
    "--changedSince",
    "--lastCommit",
];

fn changes_the_run(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or(word);
    DROPPED.iter().any(|option| match option.starts_with("--") {
        true => name.starts_with(option),
        false => name == *option,
    })
}

fn no_runner(why: &str) -> Refusal {
    Refusal::new(
        "no-test-runner",
        format!("{why}; without the project's own tests nothing can be proven"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_script_names_the_runner() {
        let table = [
            ("jest", Some((Runner::Jest, vec![]))),
            (
                "jest --config jest.json --watch",
                Some((Runner::Jest, vec!["--config", "jest.json"])),
            ),
            ("npx jest -i", Some((Runner::Jest, vec!["-i"]))),
            ("node --test", Some((Runner::NodeTest, vec![]))),
            ("node --test test/", Some((Runner::NodeTest, vec!["test/"]))),
            ("NODE_ENV=test jest && eslint .", Some((Runner::Jest, vec![]))),
            ("mocha", None),
            ("", None),
        ];
        for (script, expected) in table {
            let expected = expected.map(|(runner, options): (Runner, Vec<&str>)| {
                (runner, options.into_iter().map(str::to_owned).collect::<Vec<_>>())
            });
            assert_eq!(from_script(script), expected, "{script}");
        }
    }
}
