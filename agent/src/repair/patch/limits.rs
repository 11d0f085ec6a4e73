//! What a proposal may touch.

use bugstack_patch::Patch;
use similar::{ChangeTag, TextDiff};

use crate::model::Refusal;
use crate::repair::Settings;

/// Source files that one proposal may change.
const MAX_FILES: usize = 3;
/// Source lines, added plus deleted, that one proposal may change.
const MAX_LINES: usize = 30;
/// Names that no proposal touches: what they say decides how code is built, tested and run.
const FORBIDDEN: [&str; 13] = [
    ".github/",
    ".bugstack",
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "Cargo.toml",
    "Cargo.lock",
    "tsconfig",
    "jest.config",
    "vitest.config",
    ".mocharc",
];

/// What a proposal may touch.
pub(super) struct Limits {
    files: usize,
    lines: usize,
}

impl Limits {
    /// The agent's own, or less.
    pub(super) fn tightened_by(settings: &Settings) -> Self {
        Self {
            files: settings.limits.files.unwrap_or(MAX_FILES).min(MAX_FILES),
            lines: settings.limits.lines.unwrap_or(MAX_LINES).min(MAX_LINES),
        }
    }

    /// Whether a patch of a file with this text stays within them.
    pub(super) fn hold(&self, patch: &Patch, text: &str) -> Result<(), Refusal> {
        let paths: Vec<&str> = patch.paths().collect();
        if let Some(path) = paths.iter().find(|path| forbidden(path)) {
            let words = format!("the patch would change `{path}`, which no proposal touches");
            return Err(Refusal::new("forbidden-path", words));
        }
        within("files", paths.len(), self.files)?;
        let mut lines = 0;
        for path in paths {
            lines += changed_lines(text, &patch.apply(path, text)?);
        }
        within("lines", lines, self.lines)
    }
}

fn within(what: &str, changed: usize, allowed: usize) -> Result<(), Refusal> {
    if changed <= allowed {
        return Ok(());
    }
    let words = format!("the patch changes {changed} {what}, {allowed} are allowed");
    Err(Refusal::new("too-large", words))
}

fn forbidden(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    FORBIDDEN.iter().any(|entry| path.starts_with(entry) || name.starts_with(entry))
}

fn changed_lines(before: &str, after: &str) -> usize {
    let diff = TextDiff::from_lines(before, after);
    diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repair::settings;

    #[test]
    fn what_decides_how_code_runs_is_not_touched() {
        for path in [".github/workflows/ci.yml", "package.json", "a/b/jest.config.ts"] {
            assert!(forbidden(path), "{path}");
        }
        for path in ["src/github/a.ts", "src/package.ts", "src/config.ts"] {
            assert!(!forbidden(path), "{path}");
        }
    }

    #[test]
    fn a_repository_tightens_and_never_loosens() {
        for (files, lines, expected) in [
            (None, None, (MAX_FILES, MAX_LINES)),
            (Some(1), Some(10), (1, 10)),
            (Some(100), Some(1_000), (MAX_FILES, MAX_LINES)),
        ] {
            let settings =
                Settings { limits: settings::Limits { files, lines }, ..Settings::default() };
            let limits = Limits::tightened_by(&settings);
            assert_eq!((limits.files, limits.lines), expected);
        }
    }
}
