//! `.bugstack.toml`: what a repository asks of its proposals. Read from the base commit only, so
//! that no proposal brings its own; it can tighten what the agent allows, never loosen it.

use serde::Deserialize;

use crate::git::Tree;
use crate::model::Refusal;

/// The file, at the root of the repository.
const PATH: &str = ".bugstack.toml";
/// The largest file that is read, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// Labels, and characters of one; GitHub allows 50.
const MAX_LABELS: (usize, usize) = (10, 50);
/// Characters of a login, or of `organisation/team`.
const MAX_LOGIN: usize = 100;

/// What a repository asks of its proposals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whom to ask for a review before anybody else: `login`, `organisation/team`.
    pub reviewers: Vec<String>,
    /// Labels beside our own.
    pub labels: Vec<String>,
    /// Who merges.
    pub merge: Option<Merge>,
    /// Bounds below the agent's own.
    pub limits: Limits,
}

/// Who merges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Merge {
    /// A person, whatever the operator allows.
    People,
}

/// Bounds below the agent's own; larger ones change nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Source files that a proposal may change.
    pub files: Option<usize>,
    /// Source lines, added plus deleted, that a proposal may change.
    pub lines: Option<usize>,
}

impl Settings {
    /// Reads the file of a tree; one without it asks for nothing.
    ///
    /// # Errors
    /// `bad-settings`, with line and key: what somebody asked for is not guessed.
    pub fn read(tree: &Tree<'_>) -> Result<Self, Refusal> {
        if !tree.contains(PATH) {
            return Ok(Self::default());
        }
        match tree.read_text(PATH) {
            Some(text) if text.len() <= MAX_BYTES => Self::parse(&text),
            _ => Err(bad(&format!("it is not UTF-8, or larger than {MAX_BYTES} bytes"))),
        }
    }

    fn parse(text: &str) -> Result<Self, Refusal> {
        let settings: Self = toml::from_str(text).map_err(|error| bad(&place(text, &error)))?;
        settings.check().map_err(|why| bad(&why))?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), String> {
        if let Some(name) = self.reviewers.iter().find(|name| !is_reviewer(name)) {
            return Err(format!("`reviewers`: `{name}` is neither a login nor organisation/team"));
        }
        let (labels, chars) = MAX_LABELS;
        if self.labels.len() > labels {
            return Err(format!("`labels`: there are more than {labels}"));
        }
        let usable = |label: &String| {
            (1..=chars).contains(&label.chars().count()) && !label.chars().any(char::is_control)
        };
        match self.labels.iter().find(|label| !usable(label)) {
            Some(label) => {
                Err(format!("`labels`: `{label}` does not have 1 to {chars} characters"))
            }
            None => Ok(()),
        }
    }
}

/// Whether this can be asked for a review: `login`, or `organisation/team`.
pub(super) fn is_reviewer(name: &str) -> bool {
    let mut parts = name.split('/');
    let login = parts.next().is_some_and(|login| {
        !login.is_empty() && login.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    let team = parts.next().is_none_or(|team| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !team.is_empty() && team.bytes().all(allowed)
    });
    login && team && parts.next().is_none() && name.len() <= MAX_LOGIN
}

fn bad(why: &str) -> Refusal {
    Refusal::new("bad-settings", format!("`{PATH}` on the base branch: {why}"))
}

/// The line, and what it says there: it begins with the key.
fn place(text: &str, error: &toml::de::Error) -> String {
    let Some(span) = error.span() else { return error.message().to_owned() };
    let before = text.get(..span.start).unwrap_or_default();
    let number = before.matches('\n').count() + 1;
    let line = text.lines().nth(number - 1).unwrap_or_default().trim();
    format!("line {number}, `{line}`: {}", error.message())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;

    #[test]
    fn a_repository_may_ask_for_less() {
        let text = "reviewers = [\"ada\", \"acme/chat\"]\nlabels = [\"bot\"]\nmerge = \"people\"\n\n\
                    [limits]\nfiles = 1\nlines = 10\n";
        let settings = Settings::parse(text).unwrap();
        assert_eq!(settings.reviewers, ["ada", "acme/chat"]);
        assert_eq!(settings.merge, Some(Merge::People));
        assert_eq!(settings.limits, Limits { files: Some(1), lines: Some(10) });
        assert_eq!(Settings::parse("").unwrap(), Settings::default());
    }

    #[test]
    fn what_is_not_understood_has_its_line_and_key() {
        for (text, why) in [
            ("\ncolour = 1", "line 2, `colour = 1`: unknown field `colour`, expected one of"),
            ("merge = \"auto\"", "line 1, `merge = \"auto\"`: unknown variant `auto`"),
            ("[limits]\nfiles = \"x\"", "line 2, `files = \"x\"`: invalid type: string \"x\""),
            ("[limits]\nfiles = -1", "line 2, `files = -1`: invalid value"),
            ("[limits]\nwords = 1", "line 2, `words = 1`: unknown field `words`"),
            ("reviewers = [\"@ada\"]", "`reviewers`: `@ada` is neither"),
            ("reviewers = [\"a/b/c\"]", "`reviewers`: `a/b/c` is neither"),
            ("labels = [\"\"]", "`labels`: `` does not have"),
            ("merge", "line 1, `merge`: "),
        ] {
            let refusal = Settings::parse(text).unwrap_err();
            assert_eq!(refusal.code, "bad-settings");
            let told = refusal.explanation.strip_prefix("`.bugstack.toml` on the base branch: ");
            assert!(told.unwrap().starts_with(why), "{text}: {}", refusal.explanation);
        }
    }
}
