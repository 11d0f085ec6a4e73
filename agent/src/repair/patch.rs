//! Stage 3: the ranked candidates, within the limits of what a proposal may touch.

use bugstack_patch::{Patch, Refusal, Source};
use similar::{ChangeTag, TextDiff};

use super::{Context, diagnose};
use crate::model::{Diagnosis, Halt};

/// Source files that one proposal may change.
const MAX_FILES: usize = 3;
/// Source lines, added plus deleted, that one proposal may change.
const MAX_LINES: usize = 30;
/// Names that no proposal touches: what they say decides how code is built, tested and run.
const FORBIDDEN: [&str; 12] = [
    ".github/",
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

/// Renders every candidate and keeps those that stay within the limits.
pub(super) fn patch(
    context: &Context<'_>,
    diagnosis: Diagnosis,
) -> Result<(Diagnosis, Vec<Patch>), Halt> {
    let text = diagnose::source_text(context, &diagnosis.site)?;
    let source = Source { path: &diagnosis.found.path, text: &text };
    let facts = diagnose::facts(context, &diagnosis.site.base)?;
    let library = &context.workshop.library;
    let patches = library.patches(&source, &diagnosis.site.evidence, &diagnosis.found, &facts)?;
    let mut refused = None;
    let mut kept = Vec::new();
    for patch in patches {
        match within_limits(&patch, &text) {
            Ok(()) => kept.push(patch),
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    match (kept.is_empty(), refused) {
        (false, _) => Ok((diagnosis, kept)),
        (true, Some(refusal)) => Err(refusal.into()),
        (true, None) => {
            Err(Halt::refused("no-candidate", "no template has an edit for this place"))
        }
    }
}

fn within_limits(patch: &Patch, text: &str) -> Result<(), Refusal> {
    let paths: Vec<&str> = patch.paths().collect();
    let too_large = |what: String| Err(Refusal::new("too-large", what));
    if paths.len() > MAX_FILES {
        return too_large(format!(
            "the patch changes {} files, {MAX_FILES} are allowed",
            paths.len()
        ));
    }
    let mut lines = 0;
    for path in paths {
        if forbidden(path) {
            let words = format!("the patch would change `{path}`, which no proposal touches");
            return Err(Refusal::new("forbidden-path", words));
        }
        lines += changed_lines(text, &patch.apply(path, text)?);
    }
    if lines > MAX_LINES {
        return too_large(format!("the patch changes {lines} lines, {MAX_LINES} are allowed"));
    }
    Ok(())
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
    use super::forbidden;

    #[test]
    fn what_decides_how_code_runs_is_not_touched() {
        for path in [".github/workflows/ci.yml", "package.json", "a/b/jest.config.ts"] {
            assert!(forbidden(path), "{path}");
        }
        for path in ["src/github/a.ts", "src/package.ts", "src/config.ts"] {
            assert!(!forbidden(path), "{path}");
        }
    }
}
