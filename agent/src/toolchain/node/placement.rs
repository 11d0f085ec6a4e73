//! Where a new spec stands: beside its neighbours, under a name that is free.

use bugstack_patch::Runner;

use super::NodeProject;
use crate::git::Tree;

impl NodeProject {
    /// The path of the new spec for the source at `source`. It follows the specs that the
    /// project has: their suffix, and whether they stand beside the source.
    pub fn spec_path(&self, tree: &Tree<'_>, source: &str) -> anyhow::Result<String> {
        let files = tree.files()?;
        let suffix = self.suffix(&files, source);
        let (stem, _) = source.rsplit_once('.').unwrap_or((source, ""));
        let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
        let folder = match self.tests.runner {
            Runner::Mocha if mocha_looks_in_test(&files, &suffix) => "test".to_owned(),
            _ => folder_of_specs(&files, folder, &suffix),
        };
        let stem = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let free = ["ready-state", "ready-state-2", "ready-state-3"]
            .iter()
            .map(|word| format!("{stem}.{word}{suffix}"))
            .find(|path| !tree.contains(path));
        free.ok_or_else(|| anyhow::anyhow!("{stem} has three generated specs already"))
    }

    /// `.spec.ts`, `.test.js`, …: the one that most specs of the source's language have.
    fn suffix(&self, files: &[String], source: &str) -> String {
        let extension = source.rsplit_once('.').map_or("js", |(_, extension)| extension);
        let extension = if extension == "tsx" { "ts" } else { extension };
        let spec = format!(".spec.{extension}");
        let test = format!(".test.{extension}");
        let count = |suffix: &str| files.iter().filter(|file| file.ends_with(suffix)).count();
        let fallback = matches!(self.tests.runner, Runner::Jest | Runner::Vitest);
        match count(&spec).cmp(&count(&test)) {
            std::cmp::Ordering::Greater => spec,
            std::cmp::Ordering::Less => test,
            std::cmp::Ordering::Equal if fallback => spec,
            std::cmp::Ordering::Equal => test,
        }
    }
}

/// mocha's own place for specs, whatever their names.
fn mocha_looks_in_test(files: &[String], suffix: &str) -> bool {
    let inside = files.iter().any(|file| folder(file) == "test");
    inside && !files.iter().any(|file| file.ends_with(suffix))
}

/// Where the project keeps specs: beside its sources, in `__tests__` beside them, or in a folder
/// of their own.
fn folder_of_specs(files: &[String], source_folder: &str, suffix: &str) -> String {
    let specs: Vec<&str> =
        files.iter().filter(|f| f.ends_with(suffix)).map(|f| folder(f)).collect();
    let extension = suffix.rsplit_once('.').map_or(suffix, |(_, extension)| extension);
    let has_source = |spec_folder: &str| {
        files.iter().any(|file| {
            let source = file.ends_with(&format!(".{extension}")) && !file.ends_with(suffix);
            source && folder(file) == spec_folder
        })
    };
    if specs.is_empty() || specs.contains(&source_folder) || specs.iter().any(|f| has_source(f)) {
        return source_folder.to_owned();
    }
    if specs.iter().any(|folder| folder.rsplit('/').next() == Some("__tests__")) {
        return format!("{source_folder}/__tests__").trim_start_matches('/').to_owned();
    }
    let mut tops: Vec<&str> = specs.iter().map(|f| f.split('/').next().unwrap_or(f)).collect();
    tops.sort_unstable();
    let most = tops.chunk_by(|a, b| a == b).max_by_key(|same| same.len());
    most.and_then(|same| same.first()).map_or_else(|| source_folder.to_owned(), |f| (*f).to_owned())
}

fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::folder_of_specs;

    #[test]
    fn a_spec_stands_where_the_others_do() {
        let table: [(&[&str], &str, &str); 6] = [
            (&["src/a/a.ts", "src/a/a.spec.ts", "src/b/b.ts"], "src/b", "src/b"),
            (&["src/a/a.ts"], "src/a", "src/a"),
            (&["src/a.ts", "src/__tests__/a.spec.ts"], "src", "src/__tests__"),
            (&["a.ts", "__tests__/a.spec.ts"], "", "__tests__"),
            (&["src/a.ts", "test/unit/a.spec.ts", "test/b.spec.ts"], "src", "test"),
            (&["a.ts", "a.spec.ts"], "", ""),
        ];
        for (files, source, expected) in table {
            let files: Vec<String> = files.iter().map(|&file| file.to_owned()).collect();
            assert_eq!(folder_of_specs(&files, source, ".spec.ts"), expected, "{files:?}");
        }
    }
}
