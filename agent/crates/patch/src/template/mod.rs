//! A template as its author writes it: a folder with a `template.yml`.

mod rules;

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::syntax::{Language, Rule};

/// A loaded template: what the fault looks like, why it happens, and how it is repaired.
pub struct Template {
    /// The folder's name, and the name everywhere else: `guard-send`.
    pub id: String,
    /// One line for a list.
    pub title: String,
    /// Templates of one family answer one kind of fault: `websocket-closed`.
    pub family: String,
    /// The cause, a minijinja template over the facts of the place.
    pub cause: String,
    /// The languages that it is written for.
    pub languages: Vec<Language>,
    /// The names of its answers, best first.
    pub candidates: Vec<String>,
    /// Templates that are applied beside this one where they find a place.
    pub companions: Vec<String>,
    pub(crate) recipe: Recipe,
}

/// The parts that only the engine reads.
pub(crate) struct Recipe {
    pub(crate) signature: Option<Signature>,
    pub(crate) about: Option<About>,
    pub(crate) prefilter: Vec<String>,
    pub(crate) refuse: Vec<StateRefusal>,
    pub(crate) site: Rule,
    pub(crate) of: Option<TypeCondition>,
    pub(crate) unless: Vec<Unless>,
    pub(crate) scope: Scope,
    pub(crate) constants: BTreeMap<String, Let>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) pr: PullRequest,
}

pub(crate) struct Signature {
    pub(crate) message: Regex,
    pub(crate) package: String,
    pub(crate) function: Regex,
}

pub(crate) struct Unless {
    pub(crate) code: String,
    pub(crate) because: String,
    /// Compiled together with the site, so that captures unify.
    pub(crate) rule: Option<Rule>,
    pub(crate) check: Option<Check>,
}

/// What a rule alone cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Check {
    /// The way to the site proves the socket open.
    Guarded,
    /// Something is awaited inside the statement before the site runs.
    AwaitsInside,
}

/// Refuses by the signature's group `state`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateRefusal {
    pub(crate) state: String,
    pub(crate) code: String,
    pub(crate) because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "`of` has one allowed value, and is read only to be checked")]
pub(crate) struct TypeCondition {
    pub(crate) of: CaptureName,
    pub(crate) is: String,
}

/// What a companion looks for beside the proved site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum About {
    /// `$COLL` is filled with `$CLIENT` (under `$KEY`) and never emptied.
    Collection,
    /// The site is a timer whose callback sends, and nothing stops it.
    Timer,
}

/// Where siblings may be repaired too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scope {
    Site,
    /// The class, or for plain functions the module.
    Class,
}

/// A value that the engine finds before it renders.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Let {
    Constant(Constant),
    Shaped(Shaped),
}

/// A static member of an imported class, or what stands in for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Constant {
    pub(crate) constant: String,
    pub(crate) of: String,
    #[serde(rename = "else")]
    pub(crate) otherwise: String,
}

/// One text for each shape of a collection.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shaped {
    #[serde(rename = "by-shape")]
    pub(crate) by_shape: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Candidate {
    pub(crate) id: String,
    /// Only where the class has this method, or, with `no-method`, where it has not.
    pub(crate) method: Option<String>,
    #[serde(rename = "no-method")]
    pub(crate) no_method: Option<String>,
    /// Only where the function listens for its socket's close, or, with `false`, does not.
    pub(crate) listener: Option<bool>,
    pub(crate) when: Option<When>,
    pub(crate) edits: Vec<Edit>,
}

/// A condition of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum When {
    /// The function reads the receiver's state nowhere before the site. Where it does, the compiler
    /// has narrowed the state, and a comparison with another one is an error.
    StateUnread,
}

/// One edit. Its text uses `\t` for an indent, `\n` for a line, `'` and `;` as the file does.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
#[expect(dead_code, reason = "what has one allowed value is read only to be checked")]
pub(crate) enum Edit {
    /// Gives a capture a name, where saying it twice could have another effect than saying it once.
    Hoist {
        hoist: CaptureName,
        #[serde(rename = "as")]
        name: String,
    },
    /// Puts text around the site's slot; `$BODY` is what stood there.
    Wrap { wrap: SlotName, with: String },
    /// Puts another expression where a capture stood.
    Replace { replace: CaptureName, with: String },
    /// A method after the one that holds the site, or a statement after the site's.
    InsertAfter { insert: String, after: PlaceName },
    /// A statement at the start of a named method, or of the socket's `LISTENER`.
    InsertInto { insert: String, into: String },
    /// One more entry of a list.
    AddItem {
        #[serde(rename = "add-item")]
        item: String,
        to: ListName,
    },
    /// An imported name.
    Import { import: String, from: String },
}

/// The capture that conditions and edits may name.
#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum CaptureName {
    Recv,
    /// What the site is: a timer that has no name.
    Site,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum SlotName {
    Slot,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum PlaceName {
    Method,
    Statement,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ListName {
    Implements,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PullRequest {
    pub(crate) title: String,
    pub(crate) summary: String,
    /// What else the change alters.
    #[serde(default)]
    pub(crate) risk: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    id: String,
    title: String,
    family: String,
    cause: String,
    languages: Vec<Language>,
    signature: Option<WrittenSignature>,
    about: Option<About>,
    #[serde(default)]
    prefilter: Vec<String>,
    #[serde(default)]
    refuse: Vec<StateRefusal>,
    site: serde_yaml::Value,
    #[serde(rename = "type")]
    of: Option<TypeCondition>,
    #[serde(default)]
    unless: Vec<WrittenUnless>,
    scope: Scope,
    #[serde(default, rename = "let")]
    constants: BTreeMap<String, Let>,
    candidates: Vec<Candidate>,
    #[serde(default)]
    companions: Vec<String>,
    pr: PullRequest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenSignature {
    message: String,
    thrown_in: ThrownIn,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThrownIn {
    package: String,
    function: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenUnless {
    code: String,
    because: String,
    rule: Option<serde_yaml::Value>,
    check: Option<Check>,
}

/// Bytes of a compiled signature.
const LARGEST_PATTERN: usize = 1 << 20;

/// What is wrong in a `template.yml`, and where, as far as that is known.
pub(crate) struct Flaw {
    pub(crate) line: Option<usize>,
    pub(crate) reason: String,
}

impl Template {
    pub(crate) fn read(folder: &str, text: &str) -> Result<Self, Flaw> {
        if text.len() > rules::LONGEST {
            let reason = format!("is longer than {} KiB", rules::LONGEST / 1024);
            return Err(Flaw { line: None, reason });
        }
        let written: Written = serde_yaml::from_str(text).map_err(|error| Flaw {
            line: error.location().map(|location| location.line()),
            reason: error.to_string(),
        })?;
        if written.id != folder {
            return Err(at_key(
                text,
                "id",
                format!("the id must be the folder's name, `{folder}`"),
            ));
        }
        if written.candidates.is_empty() {
            return Err(at_key(text, "candidates", "there must be at least one".into()));
        }
        let recipe = Recipe {
            signature: written.signature.map(|it| signature(it, text)).transpose()?,
            about: written.about,
            prefilter: written.prefilter,
            refuse: written.refuse,
            site: rules::relations(&written.site)
                .and_then(|()| Rule::compile(&written.site, &written.languages))
                .map_err(|reason| at_key(text, "site", reason))?,
            unless: written
                .unless
                .into_iter()
                .map(|unless| compile_unless(unless, &written.site, &written.languages, text))
                .collect::<Result<_, _>>()?,
            of: written.of,
            scope: written.scope,
            constants: written.constants,
            candidates: written.candidates,
            pr: written.pr,
        };
        let template = Self {
            id: written.id,
            title: written.title,
            family: written.family,
            cause: written.cause,
            candidates: recipe.candidates.iter().map(|it| it.id.clone()).collect(),
            languages: written.languages,
            companions: written.companions,
            recipe,
        };
        rules::check(&template, text)?;
        Ok(template)
    }
}

fn signature(written: WrittenSignature, text: &str) -> Result<Signature, Flaw> {
    let compile = |pattern: &str| {
        RegexBuilder::new(pattern)
            .size_limit(LARGEST_PATTERN)
            .build()
            .map_err(|error| at_key(text, "signature", error.to_string()))
    };
    Ok(Signature {
        message: compile(&written.message)?,
        package: written.thrown_in.package,
        function: compile(&written.thrown_in.function)?,
    })
}

fn compile_unless(
    written: WrittenUnless,
    site: &serde_yaml::Value,
    languages: &[Language],
    text: &str,
) -> Result<Unless, Flaw> {
    let wrong = |reason: String| at_key(text, "unless", format!("`{}`: {reason}", written.code));
    if written.rule.is_some() == written.check.is_some() {
        return Err(wrong("needs either a `rule` or a `check`".into()));
    }
    let rule = written
        .rule
        .map(|rule| {
            rules::relations(&rule)?;
            let mut both = serde_yaml::Mapping::new();
            both.insert("all".into(), vec![site.clone(), rule].into());
            Rule::compile(&both.into(), languages)
        })
        .transpose()
        .map_err(wrong)?;
    Ok(Unless { code: written.code, because: written.because, rule, check: written.check })
}

/// A flaw at the line of a top-level key.
fn at_key(text: &str, key: &str, reason: String) -> Flaw {
    let line = text
        .lines()
        .position(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
        .map(|index| index + 1);
    Flaw { line, reason: format!("`{key}`: {reason}") }
}
