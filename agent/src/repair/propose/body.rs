//! The words of a proposal. What came with the event is quoted so that it can neither mention,
//! link, format nor hide anything.

use anyhow::{Context as _, Result};
use bugstack_patch::Patch;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, value::Serde};
use serde::Serialize;

use crate::model::{Proof, Verdict};
use crate::repair::Context;
use crate::repair::locate::paths::{self, Origin};

const TEMPLATE: &str = include_str!("body.md.j2");
/// Characters of an error message that are quoted.
const MAX_MESSAGE: usize = 300;
/// Frames that are shown.
const MAX_FRAMES: usize = 8;

/// What the template may ask for.
#[derive(Serialize)]
struct Words<'a> {
    message: String,
    frames: Vec<String>,
    found: &'a bugstack_patch::Diagnosis,
    patch: &'a Patch,
    proof: &'a Proof,
    release: Option<String>,
    first_seen: String,
    base: &'a str,
    fix_key: &'a str,
    /// Something was thrown or called back; otherwise messages were lost in silence.
    told: bool,
}

/// Writes the body, Markdown.
pub(super) fn write(context: &Context<'_>, verdict: &Verdict) -> Result<String> {
    let evidence = &verdict.diagnosis.site.evidence;
    let words = Words {
        message: quoted(&evidence.message),
        frames: frames(context, &verdict.diagnosis.site.base)?,
        found: &verdict.diagnosis.found,
        patch: &verdict.patch,
        proof: &verdict.proof,
        release: context.event.release.as_deref().map(quoted),
        first_seen: context.event.timestamp.to_string(),
        base: &verdict.diagnosis.site.base,
        fix_key: &verdict.diagnosis.fix_key,
        told: evidence.outcome != Some(bugstack_patch::Outcome::Dropped),
    };
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    environment.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("cell", cell);
    let template = environment.template_from_str(TEMPLATE).context("the body's template")?;
    template.render(Serde(&words)).context("writing the proposal's body")
}

/// The frames that a reader of the repository can follow: its own files, and packages.
fn frames(context: &Context<'_>, base: &str) -> Result<Vec<String>> {
    let tree = context.repository.tree(base)?;
    let frames = context.event.thrown().map(|thrown| thrown.frames.as_slice()).unwrap_or_default();
    let shown = frames.iter().filter_map(|frame| {
        let file = frame.file.as_deref()?;
        let place = match paths::classify(file) {
            Origin::Runtime => return None,
            Origin::Package(_) => file.rsplit_once("node_modules/")?.1.to_owned(),
            Origin::Application => paths::direct(file, |path| tree.contains(path))?,
        };
        let function = frame.function.as_deref().unwrap_or("<anonymous>");
        let line = frame.line.map_or_else(String::new, |line| format!(":{line}"));
        Some(quoted(&format!("at {function} ({place}{line})")))
    });
    Ok(shown.take(MAX_FRAMES).collect())
}

/// One line inside a code block: nothing that ends the block, hides, or turns the reading order.
fn quoted(text: &str) -> String {
    let plain = text.chars().filter(|character| !hides(*character));
    plain.take(MAX_MESSAGE).map(|c| if c == '`' { '\'' } else { c }).collect()
}

/// Control characters, zero-width and bidirectional marks.
fn hides(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

/// A value for a table's cell, as code.
fn cell(value: &str) -> String {
    let first = value.lines().next().unwrap_or_default();
    let plain = quoted(first).replace('|', "\\|");
    format!("`{plain}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_stays_inside_its_quotes() {
        assert_eq!(quoted("a```b\n@team fixes #1\u{202e}"), "a'''b@team fixes #1");
        assert_eq!(cell("a|b`c\nd"), "`a\\|b'c`");
        assert_eq!(quoted(&"x".repeat(1_000)).len(), MAX_MESSAGE);
    }
}
