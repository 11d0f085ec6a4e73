//! How a spec gets hold of the module under test.

use regex::Regex;
use serde::Serialize;

use crate::{Export, Owner, Refusal, Runner, Scenario, SocketSource, SpecSetting, Subject};

/// The module under test, seen from the spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Module {
    pub(super) typescript: bool,
    /// Whether the spec uses `import`.
    pub(super) esm: bool,
    /// Whether the spec opens with `'use strict'`.
    pub(super) strict: bool,
    /// Whether the spec uses `import` and the module under test does not.
    pub(super) requires: bool,
    /// The statement that brings in what is under test.
    pub(super) import: String,
    /// The name of the `describe` block.
    pub(super) describe: String,
}

impl Module {
    pub(super) fn of(
        subject: &Subject,
        source: &str,
        setting: &SpecSetting,
    ) -> Result<Self, Refusal> {
        let typescript = is_typescript(&setting.spec_path);
        if typescript && setting.runner == Runner::NodeTest {
            let path = &setting.spec_path;
            return Err(Refusal::new("spec-runner", format!("node --test cannot run {path}")));
        }
        let export = export(&subject.owner)?;
        let exported = matches!(export, Export::Named | Export::Default);
        let names = names(subject)?;
        let esm = exported || typescript || setting.runner == Runner::Vitest;
        let naming = match (esm && !typescript, setting.names_extensions) {
            (true, _) => Naming::AsItIs,
            (false, true) => Naming::AsBuilt,
            (false, false) => Naming::as_neighbours(source),
        };
        let requires = esm && !exported;
        let from = specifier(&setting.spec_path, &subject.path, naming)?;
        Ok(Self {
            typescript,
            esm,
            strict: !esm && opens_strictly(source),
            requires,
            import: import(export, &names, &from, requires),
            describe: names.first().cloned().unwrap_or_default(),
        })
    }
}

fn opens_strictly(source: &str) -> bool {
    ["'use strict'", "\"use strict\""].iter().any(|words| source.trim_start().starts_with(words))
}

fn export(owner: &Owner) -> Result<&Export, Refusal> {
    match owner {
        Owner::Class { export, .. } | Owner::Function { export } => Ok(export),
        Owner::Unreachable { why } => Err(unreachable(why)),
    }
}

fn unreachable(why: &str) -> Refusal {
    Refusal::new("spec-unreachable", format!("no test can be written: {why}"))
}

/// What the spec needs of the module, the code under test first.
fn names(subject: &Subject) -> Result<Vec<String>, Refusal> {
    let mut names = Vec::new();
    let mut add = |name: &str| {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    match &subject.owner {
        Owner::Class { name, .. } => add(name),
        Owner::Function { .. } => {
            for scenario in &subject.scenarios {
                match scenario {
                    Scenario::Send { call, .. } => add(&call.name),
                    Scenario::Forget { connect, .. } => add(&connect.name),
                }
            }
            module_collections(subject).for_each(add);
        }
        Owner::Unreachable { why } => return Err(unreachable(why)),
    }
    names.iter().try_for_each(|name| identifier(name))?;
    if names.is_empty() {
        return Err(Refusal::new(
            "spec-unreachable",
            "the patch names nothing that a test can call",
        ));
    }
    Ok(names)
}

fn module_collections(subject: &Subject) -> impl Iterator<Item = &str> {
    subject.scenarios.iter().filter_map(|scenario| match scenario {
        Scenario::Send { sockets: SocketSource::Field(field), .. } => Some(field.name.as_str()),
        Scenario::Send { .. } => None,
        Scenario::Forget { collection, .. } => Some(collection.name.as_str()),
    })
}

/// Names reach the spec's code as they are, so they must be names.
pub(super) fn identifier(name: &str) -> Result<(), Refusal> {
    let mut letters = name.chars();
    let opens = letters.next().is_some_and(|first| first.is_alphabetic() || "_$".contains(first));
    if opens && letters.all(|letter| letter.is_alphanumeric() || "_$".contains(letter)) {
        return Ok(());
    }
    Err(unreachable(&format!("`{name}` is not to be had from outside")))
}

fn import(export: &Export, names: &[String], from: &str, requires: bool) -> String {
    let list = names.join(", ");
    let require = if requires { "createRequire(import.meta.url)" } else { "require" };
    match export {
        Export::Named => format!("import {{ {list} }} from '{from}';"),
        Export::Default => format!("import {list} from '{from}';"),
        Export::CommonJs => format!("const {{ {list} }} = {require}('{from}');"),
        Export::CommonJsWhole => format!("const {list} = {require}('{from}');"),
    }
}

fn is_typescript(path: &str) -> bool {
    [".ts", ".tsx", ".mts", ".cts"].iter().any(|end| path.ends_with(end))
}

/// How a relative import names its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// `./a.js` for a.js: native modules.
    AsItIs,
    /// `./a.js` for a.ts: TypeScript for native modules.
    AsBuilt,
    /// `./a`
    Bare,
}

impl Naming {
    fn as_neighbours(text: &str) -> Self {
        let pattern = Regex::new(r#"from\s+['"]\.[^'"]*\.js['"]"#);
        match pattern.is_ok_and(|pattern| pattern.is_match(text)) {
            true => Self::AsBuilt,
            false => Self::Bare,
        }
    }
}

/// The module's path as the spec imports it: `./rooms.gateway`.
fn specifier(spec: &str, source: &str, naming: Naming) -> Result<String, Refusal> {
    if source.contains(['\'', '"', '\\', '`']) || source.chars().any(char::is_control) {
        return Err(unreachable(&format!("the path {source:?} fits into no import")));
    }
    let mut from: Vec<&str> = spec.split('/').collect();
    let mut to: Vec<&str> = source.split('/').collect();
    from.pop();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    to.drain(..shared);
    let climb = match from.len() - shared {
        0 => "./".to_owned(),
        up => "../".repeat(up),
    };
    Ok(climb + &with_extension(&to.join("/"), naming))
}

fn with_extension(path: &str, naming: Naming) -> String {
    let Some((stem, extension)) = path.rsplit_once('.') else { return path.to_owned() };
    match (extension, naming) {
        ("js" | "mjs" | "cjs", Naming::AsItIs) => path.to_owned(),
        ("mts", _) => format!("{stem}.mjs"),
        ("cts", _) => format!("{stem}.cjs"),
        ("js" | "ts" | "tsx" | "jsx", Naming::AsBuilt) => format!("{stem}.js"),
        ("js" | "ts" | "tsx" | "jsx", _) => stem.to_owned(),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_finds_its_module() {
        let as_neighbours = Naming::as_neighbours("import { y } from './y.js';");
        let cases = [
            ("src/a/x.spec.ts", "src/a/x.ts", Naming::as_neighbours(""), "./x"),
            ("src/a/x.spec.ts", "src/a/x.ts", as_neighbours, "./x.js"),
            ("test/x.spec.ts", "src/a/x.ts", Naming::Bare, "../src/a/x"),
            ("x.test.js", "lib/x.js", Naming::AsItIs, "./lib/x.js"),
            ("test/a/x.test.js", "test/x.js", Naming::Bare, "../x"),
            ("x.spec.mts", "x.mts", Naming::AsBuilt, "./x.mjs"),
        ];
        for (spec, source, naming, expected) in cases {
            let found = specifier(spec, source, naming).map_err(|refusal| refusal.code);
            assert_eq!(found.as_deref(), Ok(expected), "{spec} {source}");
        }
        assert!(specifier("x.spec.ts", "it's.ts", Naming::Bare).is_err());
    }
}
