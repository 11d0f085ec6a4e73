//! The `test` script, read without a shell: who runs the tests, with which options and variables.

use bugstack_patch::Runner;
use serde_json::Value;

/// How a project runs its tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCommand {
    /// Who runs them.
    pub runner: Runner,
    /// What is passed to the runner.
    pub options: Vec<String>,
    /// What is passed to Node itself.
    pub node_options: Vec<String>,
    /// Variables that are set for it.
    pub environment: Vec<(String, String)>,
}

/// How many scripts may call each other.
const DEPTH: usize = 4;
/// Programs that start another one and change nothing about its tests.
const WRAPPERS: [&str; 8] = ["npx", "cross-env", "cross-env-shell", "c8", "nyc", "env", "--", "-y"];

impl TestCommand {
    /// A runner as it is without a script.
    pub(super) fn plain(runner: Runner) -> Self {
        let none = Vec::new;
        Self { runner, options: none(), node_options: none(), environment: Vec::new() }
    }

    /// Reads the script `name` of a manifest, and the scripts that it runs.
    pub(super) fn of(manifest: &Value, name: &str) -> Option<Self> {
        resolve(&manifest["scripts"], name, DEPTH)
    }
}

fn resolve(scripts: &Value, name: &str, depth: usize) -> Option<TestCommand> {
    let script = scripts[name].as_str()?;
    commands(script).iter().find_map(|command| {
        let (environment, words) = command.split_environment();
        let mut found = match called_script(words) {
            Some(called) if depth > 0 => resolve(scripts, called, depth - 1)?,
            _ => runner(words)?,
        };
        let opaque = command.opaque;
        found.environment.splice(0..0, environment);
        if opaque {
            (found.options, found.node_options) = (Vec::new(), Vec::new());
        }
        Some(found)
    })
}

/// One command of a script.
#[derive(Debug, Default)]
struct Command {
    words: Vec<String>,
    /// It has shell syntax that only a shell could expand: its options are not taken over.
    opaque: bool,
}

impl Command {
    /// The variables set before the program, and the program with its arguments.
    fn split_environment(&self) -> (Vec<(String, String)>, &[String]) {
        let mut environment = Vec::new();
        let mut rest = self.words.as_slice();
        while let [word, after @ ..] = rest {
            if let Some((name, value)) = assignment(word) {
                environment.push((name.to_owned(), value.to_owned()));
            } else if !WRAPPERS.contains(&word.as_str()) {
                break;
            }
            rest = after;
        }
        (environment, rest)
    }
}

fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    is_name.then_some((name, value))
}

/// `npm run unit`, `npm test`, `yarn unit`
fn called_script(words: &[String]) -> Option<&str> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["npm" | "pnpm" | "yarn", "run" | "run-script", name, ..] => Some(name),
        ["npm" | "pnpm" | "yarn", "test" | "t", ..] => Some("test"),
        ["pnpm" | "yarn", name, ..] if !is_runner(name) => Some(name),
        _ => None,
    }
}

fn runner(words: &[String]) -> Option<TestCommand> {
    let words = match words {
        [manager, rest @ ..] if manager == "pnpm" || manager == "yarn" => rest,
        words => words,
    };
    let [program, rest @ ..] = words else { return None };
    if program == "node" {
        return by_node(rest);
    }
    let runner = named(program)?;
    Some(TestCommand { options: kept(runner, rest), ..TestCommand::plain(runner) })
}

/// `node --test`, or a runner's own file with options for Node before it.
fn by_node(words: &[String]) -> Option<TestCommand> {
    if let Some(at) = words.iter().position(|word| word == "--test") {
        let rest = [&words[..at], &words[at + 1..]].concat();
        let options = kept(Runner::NodeTest, &rest);
        return Some(TestCommand { options, ..TestCommand::plain(Runner::NodeTest) });
    }
    let at = words.iter().position(|word| word.contains("node_modules/") && is_runner(word))?;
    let runner = named(&words[at])?;
    Some(TestCommand {
        node_options: words[..at].to_vec(),
        options: kept(runner, &words[at + 1..]),
        ..TestCommand::plain(runner)
    })
}

fn is_runner(program: &str) -> bool {
    named(program).is_some()
}

/// `jest`, `./node_modules/.bin/jest`, `node_modules/jest/bin/jest.js`
fn named(program: &str) -> Option<Runner> {
    let name = program.rsplit('/').next().unwrap_or(program);
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    match name {
        "jest" => Some(Runner::Jest),
        "vitest" => Some(Runner::Vitest),
        "mocha" | "_mocha" => Some(Runner::Mocha),
        _ => None,
    }
}

/// The options that leave the run as it is meant to be.
fn kept(runner: Runner, words: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match dropped(runner, word) {
            Some(Dropped::WithItsValue) => drop(words.next()),
            Some(Dropped::Alone) => {}
            None => kept.push(word.clone()),
        }
    }
    kept
}

enum Dropped {
    Alone,
    WithItsValue,
}

/// Options that wait for a person, leave tests out, or write beside the report; also those that
/// start with one of these words.
const DROPPED: [&str; 13] = [
    "--watch",
    "--coverage",
    "--json",
    "--outputFile",
    "--test-reporter",
    "--silent",
    "--verbose",
    "--bail",
    "--onlyChanged",
    "--changed",
    "--lastCommit",
    "--reporter",
    "--ui",
];
/// Of these the next word is the value, where it is not joined by `=`.
const WITH_VALUE: [&str; 4] =
    ["--outputFile", "--test-reporter", "--reporter", "--test-reporter-destination"];

fn dropped(runner: Runner, word: &str) -> Option<Dropped> {
    let name = word.split('=').next().unwrap_or(word);
    let own = match runner {
        Runner::Jest => matches!(word, "-b" | "-o"),
        Runner::Vitest => matches!(word, "run" | "watch" | "dev" | "-w" | "--run" | "--no-watch"),
        Runner::Mocha => {
            if matches!(word, "-R" | "-O") {
                return Some(Dropped::WithItsValue);
            }
            // mocha's own `--ui` says what the tests look like.
            if name == "--ui" {
                return None;
            }
            matches!(word, "-b" | "-w" | "--exit")
        }
        Runner::NodeTest => false,
    };
    if WITH_VALUE.contains(&word) {
        return Some(Dropped::WithItsValue);
    }
    (own || DROPPED.iter().any(|option| name.starts_with(option))).then_some(Dropped::Alone)
}

/// The commands of a script, in order, quotes taken off.
fn commands(script: &str) -> Vec<Command> {
    let mut commands = vec![Command::default()];
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in script.chars() {
        let at_end = commands.len() - 1;
        let command = &mut commands[at_end];
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t' | '\n') => command.words.extend(word.take()),
            (None, '&' | '|' | ';') => {
                command.words.extend(word.take());
                commands.push(Command::default());
            }
            _ => {
                let expands = matches!(letter, '$' | '`') && quote != Some('\'');
                command.opaque |= expands || (quote.is_none() && "<>()".contains(letter));
                word.get_or_insert_default().push(letter);
            }
        }
    }
    if let Some(last) = commands.last_mut() {
        last.words.extend(word);
        last.opaque |= quote.is_some();
    }
    commands.retain(|command| !command.words.is_empty());
    commands
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Runner, options, options of Node, variables.
    fn told(script: &str) -> Option<String> {
        let manifest = json!({ "scripts": {
            "test": script, "unit": "jest --config unit.json", "loop": "npm run loop",
        } });
        let command = TestCommand::of(&manifest, "test")?;
        let environment = command.environment.iter().map(|(name, value)| format!("{name}={value}"));
        let parts = [
            command.node_options.join(" "),
            environment.collect::<Vec<_>>().join(" "),
            command.options.join(" "),
        ];
        Some(format!("{:?}|{}", command.runner, parts.join("|")))
    }

    #[test]
    fn the_test_script_names_the_runner() {
        let table = [
            ("jest", "Jest|||"),
            ("jest --config jest.json --watch", "Jest|||--config jest.json"),
            ("npx jest -i", "Jest|||-i"),
            ("node --test", "NodeTest|||"),
            ("node --test test/", "NodeTest|||test/"),
            ("node --import tsx --test", "NodeTest|||--import tsx"),
            ("NODE_ENV=test jest && eslint .", "Jest||NODE_ENV=test|"),
            ("tsc --noEmit && cross-env A=b c8 jest", "Jest||A=b|"),
            (
                "node --experimental-vm-modules node_modules/jest/bin/jest.js -i",
                "Jest|--experimental-vm-modules||-i",
            ),
            ("vitest", "Vitest|||"),
            ("vitest run --coverage", "Vitest|||"),
            ("vitest --run --config \"a b.ts\" --reporter dot", "Vitest|||--config a b.ts"),
            ("mocha 'test/**/*.js' -R dot --exit", "Mocha|||test/**/*.js"),
            ("./node_modules/.bin/_mocha --ui tdd -b", "Mocha|||--ui tdd"),
            ("jest --testMatch \"$FILES\"", "Jest|||"),
            ("CI=1 npm run unit", "Jest||CI=1|--config unit.json"),
            ("yarn unit", "Jest|||--config unit.json"),
            ("pnpm vitest run", "Vitest|||"),
        ];
        for (script, expected) in table {
            assert_eq!(told(script).as_deref(), Some(expected), "{script}");
        }
    }

    #[test]
    fn what_is_no_known_runner_is_none() {
        for script in
            ["", "ava", "npm run loop", "npm run nothing", "echo \"jest\"", "node jest.js"]
        {
            assert_eq!(told(script), None, "{script}");
        }
    }
}
