//! The book keeps its promises: every link leads somewhere, and every refusal is explained.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Calls whose first kebab-case literal is a refusal's code.
const CALLS: [&str; 5] =
    ["Refusal::new(", "Halt::refused(", "Self::refused(", ".refusal_at(", "Err(ended("];

#[test]
fn every_link_leads_to_a_file_and_every_anchor_to_a_heading() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text).filter(|link| !link.contains("://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target =
                if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            let leads = target.exists() && (anchor.is_empty() || has_heading(&target, anchor));
            if !leads {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_refusal_is_explained_and_no_other() {
    let page = fs::read_to_string(root().join("docs/refusals.md")).unwrap();
    let told: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(code, _)| code.to_owned())
        .collect();
    let used: BTreeSet<String> = codes_in_rust().into_iter().chain(codes_in_templates()).collect();
    assert!(used.len() > 20, "the search found {} codes only", used.len());
    let missing: Vec<_> = used.difference(&told).collect();
    let stale: Vec<_> = told.difference(&used).collect();
    assert!(missing.is_empty() && stale.is_empty(), "missing {missing:?}, stale {stale:?}");
}

#[test]
fn the_wire_is_shown_as_it_is() {
    let page = fs::read_to_string(root().join("docs/wire.md")).unwrap();
    let examples: Vec<&str> = page.split("<!-- golden: ").skip(1).collect();
    assert!(!examples.is_empty());
    for example in examples {
        let (name, rest) = example.split_once(" -->\n```json\n").unwrap();
        let shown = rest.split("```").next().unwrap();
        let golden = root().join("proto/golden").join(name).with_extension("json");
        assert_eq!(shown.trim(), fs::read_to_string(golden).unwrap().trim(), "{name}");
    }
}

#[test]
fn every_test_that_the_security_page_names_exists() {
    let page = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let rooms = ["agent", "tests"].map(|room| root().join(room));
    let sources = rooms.iter().flat_map(|room| files(room, "rs"));
    let code: String = sources.map(|source| fs::read_to_string(source).unwrap()).collect();
    let named: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.matches('_').count() > 2 && !word.contains(['.', '/', ' ']))
        .collect();
    assert!(named.len() > 30, "the search found {} tests only", named.len());
    let known = |name: &&&str| {
        code.contains(&format!("fn {name}(")) || code.contains(&format!("Trial::test(\"{name}\""))
    };
    let gone: Vec<_> = named.iter().filter(|name| !known(name)).collect();
    assert!(gone.is_empty(), "{gone:#?}");
}

#[test]
fn every_variable_of_the_configuration_is_in_the_table() {
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let source = fs::read_to_string(root().join("agent/src/config/source.rs")).unwrap();
    let pairs: Vec<(&str, &str)> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("(\"")?.strip_suffix("\"),"))
        .filter_map(|pair| pair.split_once("\", \""))
        .collect();
    assert!(pairs.len() > 10, "the search found {} variables only", pairs.len());
    for (variable, key) in pairs {
        let row = format!("| `{key}` | `{variable}` |");
        assert!(page.contains(&row), "README.md has no row {row}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn pages() -> Vec<PathBuf> {
    let root = root();
    let mut pages = files(&root.join("docs"), "md");
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root.join(name)));
    pages.push(root.join("agent/templates/README.md"));
    pages
}

/// The targets of `[…](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0))
}

fn has_heading(page: &Path, anchor: &str) -> bool {
    let text = fs::read_to_string(page).unwrap_or_default();
    text.lines().filter(|line| line.starts_with('#')).any(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|char| char.is_alphanumeric() || " -_".contains(*char));
        kept.collect::<String>().replace(' ', "-") == anchor
    })
}

fn codes_in_rust() -> Vec<String> {
    let rooms = ["agent/src", "agent/crates/patch/src"];
    let sources = rooms.iter().flat_map(|room| files(&root().join(room), "rs"));
    let texts = sources.map(|source| fs::read_to_string(source).unwrap());
    let mut codes = Vec::new();
    for text in texts {
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for call in CALLS {
            codes.extend(product.split(call).skip(1).filter_map(first_code));
        }
    }
    codes
}

/// The first literal of a call's arguments, where it is a code: the code comes before any text.
fn first_code(arguments: &str) -> Option<String> {
    let statement = arguments.split(';').next()?;
    let literal = statement.split('"').nth(1)?;
    let kebab = literal.starts_with(|char: char| char.is_ascii_lowercase())
        && literal.chars().all(|char| char.is_ascii_lowercase() || char == '-');
    kebab.then(|| literal.to_owned())
}

fn codes_in_templates() -> Vec<String> {
    let templates = files(&root().join("agent/templates"), "yml");
    let texts = templates
        .into_iter()
        .filter(|path| path.ends_with("template.yml"))
        .map(|path| fs::read_to_string(path).unwrap());
    let codes = |text: String| -> Vec<String> {
        let lines = text.lines().map(|line| line.trim_start().trim_start_matches("- "));
        lines.filter_map(|line| Some(line.strip_prefix("code: ")?.trim().to_owned())).collect()
    };
    texts.flat_map(codes).collect()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
    found
}
