//! What a template must keep to. Whoever writes one may be anybody: it is data, small, and nothing
//! in it takes longer than the file it is matched against.

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::{Candidate, Edit, Flaw, Let, Recipe, Template, at_key};
use crate::wording::Facts;

/// Bytes of one `template.yml`.
pub(super) const LONGEST: usize = 32 * 1024;
const MOST_CANDIDATES: usize = 8;
const MOST_EDITS: usize = 16;
const MOST_CONDITIONS: usize = 32;
const MOST_PREFILTERS: usize = 8;
/// Relations inside relations multiply the nodes that a rule looks at.
const DEEPEST_RELATION: usize = 6;

/// Values that the engine itself fills into texts.
const FILLED: &[&str] =
    &["BODY", "RECV", "PRESENT", "VOID", "PEER", "PEER_PARAMETER", "COLL", "PLACE", "KEY", "TIMER"];

/// Everything that a parsed template can still have wrong.
pub(super) fn check(template: &Template, text: &str) -> Result<(), Flaw> {
    let flaw = |key: &str, reason: String| Err(at_key(text, key, reason));
    if !is_name(&template.id) {
        return flaw("id", "must be of lower-case letters, digits and `-`".into());
    }
    if template.languages.is_empty() {
        return flaw("languages", "there must be at least one".into());
    }
    let recipe = &template.recipe;
    if recipe.signature.is_none() && recipe.about.is_none() {
        return flaw(
            "id",
            "needs a `signature`, or says with `about` what it stands beside".into(),
        );
    }
    if recipe.unless.len() > MOST_CONDITIONS {
        return flaw("unless", format!("at most {MOST_CONDITIONS} are allowed"));
    }
    if recipe.prefilter.len() > MOST_PREFILTERS || recipe.prefilter.iter().any(String::is_empty) {
        return flaw("prefilter", format!("at most {MOST_PREFILTERS} words, none empty"));
    }
    if let Some(unless) = recipe.unless.iter().find(|it| !is_name(&it.code)) {
        return flaw("unless", format!("`{}` is no code: lower-case letters and `-`", unless.code));
    }
    if template.companions.contains(&template.id) {
        return flaw("companions", "a template cannot stand beside itself".into());
    }
    candidates(recipe).or_else(|reason| flaw("candidates", reason))?;
    words(template, text)
}

/// A rule whose relations nest too deeply to be matched in good time.
pub(super) fn relations(rule: &Value) -> Result<(), String> {
    if depth(rule) > DEEPEST_RELATION {
        return Err(format!(
            "`inside`, `has`, `follows` and `precedes` nest deeper than {DEEPEST_RELATION}"
        ));
    }
    Ok(())
}

fn depth(rule: &Value) -> usize {
    const RELATIONS: &[&str] = &["inside", "has", "follows", "precedes"];
    match rule {
        Value::Mapping(entries) => entries
            .iter()
            .map(|(key, value)| {
                let relation = key.as_str().is_some_and(|key| RELATIONS.contains(&key));
                depth(value) + usize::from(relation)
            })
            .max()
            .unwrap_or_default(),
        Value::Sequence(items) => items.iter().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

fn candidates(recipe: &Recipe) -> Result<(), String> {
    if recipe.candidates.len() > MOST_CANDIDATES {
        return Err(format!("at most {MOST_CANDIDATES} are allowed"));
    }
    let mut ids = BTreeSet::new();
    for candidate in &recipe.candidates {
        let id = &candidate.id;
        if !is_name(id) || !ids.insert(id) {
            return Err(format!("`{id}` must be a name of its own: lower-case letters and `-`"));
        }
        if candidate.edits.is_empty() || candidate.edits.len() > MOST_EDITS {
            return Err(format!("`{id}`: between 1 and {MOST_EDITS} edits are allowed"));
        }
        edits(candidate, recipe).map_err(|reason| format!("`{id}`: {reason}"))?;
    }
    Ok(())
}

fn edits(candidate: &Candidate, recipe: &Recipe) -> Result<(), String> {
    for edit in &candidate.edits {
        let text = match edit {
            Edit::Wrap { with, .. } => {
                if with.matches("$BODY").count() != 1 {
                    return Err("what is wrapped stands as `$BODY` in the text, once".into());
                }
                with
            }
            Edit::Replace { with, .. } => with,
            Edit::InsertAfter { insert, .. } => insert,
            Edit::InsertInto { insert, into } => {
                if !is_identifier(into) {
                    return Err(format!("`{into}` is no method's name"));
                }
                insert
            }
            Edit::Hoist { name, .. } => {
                if !is_identifier(name) {
                    return Err(format!("`{name}` is no name for a value"));
                }
                continue;
            }
            Edit::AddItem { item, .. } | Edit::Import { import: item, .. } => {
                if !is_identifier(item) {
                    return Err(format!("`{item}` is no name"));
                }
                continue;
            }
        };
        known(text, recipe)?;
    }
    for shaped in recipe.constants.values() {
        if let Let::Shaped(shaped) = shaped {
            shaped.by_shape.values().try_for_each(|text| known(text, recipe))?;
        }
    }
    Ok(())
}

/// Whether every `$NAME` of a text is filled in by somebody.
fn known(text: &str, recipe: &Recipe) -> Result<(), String> {
    for part in text.split('$').skip(1) {
        let end = part.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_');
        let name = &part[..end.unwrap_or(part.len())];
        if !FILLED.contains(&name) && !recipe.constants.contains_key(name) {
            return Err(format!("nothing fills in `${name}`"));
        }
    }
    Ok(())
}

/// The words have to render for any place.
fn words(template: &Template, text: &str) -> Result<(), Flaw> {
    let recipe = &template.recipe;
    let facts = Facts::example();
    for (key, line, source) in [
        ("cause", "cause", &template.cause),
        ("title", "pr", &recipe.pr.title),
        ("summary", "pr", &recipe.pr.summary),
        ("risk", "pr", &recipe.pr.risk),
    ] {
        if let Err(refusal) = facts.render(source) {
            let mut flaw = at_key(text, line, String::new());
            flaw.reason = format!("`{key}`: {}", refusal.explanation);
            return Err(flaw);
        }
    }
    Ok(())
}

fn is_name(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_identifier(name: &str) -> bool {
    name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
}
