//! `--write`: the best candidate's edits, file by file. A file changes as a whole or not at all.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use bugstack_patch::{Library, ProjectFacts, Source};

use super::files::{Scanned, read};

/// More patches than any file of a person needs.
const MOST: usize = 64;

/// Repairs what can be repaired and returns the files that were changed.
pub(super) fn all(library: &Library, path: &Path, scanned: &Scanned) -> Result<Vec<String>> {
    let files: BTreeSet<&String> = scanned.findings.iter().map(|found| &found.path).collect();
    let mut changed = Vec::new();
    for file in files {
        let place = if path.is_dir() { path.join(file) } else { path.to_owned() };
        let before = read(&place)?;
        let after = repaired(library, file, &before);
        if after != before {
            replace(&place, &after)?;
            changed.push(file.clone());
        }
    }
    Ok(changed)
}

/// One patch after the other until nothing is left that has one.
fn repaired(library: &Library, path: &str, text: &str) -> String {
    let facts = ProjectFacts::default();
    let mut text = text.to_owned();
    for _ in 0..MOST {
        let source = Source { path, text: &text };
        let Ok(Some(patch)) = library.repair_first(&source, &facts) else { break };
        match patch.apply(path, &text) {
            Ok(after) if after != text => text = after,
            _ => break,
        }
    }
    text
}

fn replace(place: &Path, text: &str) -> Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    let permissions = std::fs::metadata(place)?.permissions();
    file.as_file().set_permissions(permissions)?;
    file.persist(place).with_context(|| format!("writing {}", place.display()))?;
    Ok(())
}
