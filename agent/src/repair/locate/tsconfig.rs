//! Where a compiler put its output, as the repository's own `tsconfig*.json` files say.

use std::collections::BTreeSet;

use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde::Deserialize;

use super::paths::{parts, source_names};
use super::source_map::join;
use crate::git::Tree;

/// More files of this kind than any repository needs.
const MAX_FILES: usize = 64;
/// The longest chain of `extends` that is followed.
const MAX_CHAIN: usize = 8;

/// Output and source folder of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Layout {
    output: Vec<String>,
    /// None where the compiler takes the folder that all its sources share.
    root: Option<String>,
    /// Where the file stands.
    folder: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct File {
    extends: Option<String>,
    compiler_options: Options,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Options {
    out_dir: Option<String>,
    root_dir: Option<String>,
}

/// The source of the built `file`, where a `tsconfig` of the tree leads to exactly one.
pub(super) fn source_of(tree: &Tree<'_>, files: &[String], file: &str) -> Option<String> {
    let parts = parts(file)?;
    let layouts = layouts(tree, files);
    let longest = layouts.iter().map(|layout| layout.output.len()).max().unwrap_or(0);
    // The more of the output folder's path a file's path has, the surer it is.
    (1..=longest)
        .rev()
        .find_map(|length| {
            let sources = layouts.iter().flat_map(|layout| layout.sources(&parts, length));
            let known: BTreeSet<_> = sources.filter(|it| files.binary_search(it).is_ok()).collect();
            (!known.is_empty()).then_some(known)
        })
        .and_then(|known| if known.len() == 1 { known.into_iter().next() } else { None })
}

fn layouts(tree: &Tree<'_>, files: &[String]) -> Vec<Layout> {
    let own = files.iter().filter(|path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.starts_with("tsconfig") && name.ends_with(".json")
    });
    own.take(MAX_FILES).filter_map(|path| layout(tree, path)).collect()
}

/// What the file says, or one that it extends says for it. Paths belong to the file they are in.
fn layout(tree: &Tree<'_>, path: &str) -> Option<Layout> {
    let (mut output, mut root) = (None, None);
    let mut next = Some(path.to_owned());
    for _ in 0..MAX_CHAIN {
        let Some(path) = next.take() else { break };
        let file = read(tree, &path)?;
        let folder = folder_of(&path);
        let here = |text: Option<String>| text.and_then(|text| join(folder, &text));
        output = output.or_else(|| here(file.compiler_options.out_dir));
        root = root.or_else(|| here(file.compiler_options.root_dir));
        // What a package brings is not read: it says nothing about this repository's folders.
        next = file.extends.filter(|it| it.starts_with('.')).and_then(|it| {
            let named = join(folder, &it)?;
            let with_suffix = format!("{named}.json");
            [named, with_suffix].into_iter().find(|path| tree.contains(path))
        });
    }
    let output: Vec<String> = output?.split('/').map(str::to_owned).collect();
    Some(Layout { output, root, folder: folder_of(path).to_owned() })
}

fn read(tree: &Tree<'_>, path: &str) -> Option<File> {
    let text = tree.read_text(path)?;
    let value: serde_json::Value = parse_to_serde_value(&text, &ParseOptions::default()).ok()??;
    serde_json::from_value(value).ok()
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl Layout {
    /// What the built file may have been compiled from, if its path has the last `length` parts of
    /// the output folder's: it may begin anywhere above that folder, or inside the path to it.
    fn sources(&self, parts: &[&str], length: usize) -> Vec<String> {
        let Some(from) = self.output.len().checked_sub(length) else { return Vec::new() };
        let Some((name, folders)) = parts.split_last() else { return Vec::new() };
        let Some((stem, extension)) = name.rsplit_once('.') else { return Vec::new() };
        let is_output = |folders: &[&str]| folders.iter().eq(self.output[from..].iter());
        let ends = (length..=folders.len()).filter(|end| is_output(&folders[end - length..*end]));
        let below = ends.map(|end| folders[end..].join("/"));
        let places = below
            .flat_map(|below| self.roots().into_iter().filter_map(move |root| join(&root, &below)));
        let names = source_names(stem, extension);
        places
            .flat_map(|place| {
                names.iter().filter_map(move |name| join(&place, name)).collect::<Vec<_>>()
            })
            .collect()
    }

    fn roots(&self) -> Vec<String> {
        match &self.root {
            Some(root) => vec![root.clone()],
            None => ["", "src"].iter().filter_map(|it| join(&self.folder, it)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;
    use crate::git::Repository;

    /// What `source_of` answers in a repository with these files.
    fn answer(files: &[(&str, &str)], built: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let place = folder.path().join(path);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::write(place, text).unwrap();
        }
        let time = jiff::Timestamp::from_second(1_800_000_000).unwrap();
        let repository = Repository::init(folder.path(), "main", "first", time).unwrap();
        let tree = repository.tree(&repository.resolve("HEAD").unwrap()).unwrap();
        source_of(&tree, &tree.files().unwrap(), built)
    }

    #[test]
    fn the_folders_are_those_of_the_configuration() {
        let files = [
            (
                "tsconfig.json",
                "{ // with words\n \"compilerOptions\": { \"outDir\": \"./build/server\", \"rootDir\": \"app/backend\", }, }",
            ),
            ("app/backend/ws/hub.ts", ""),
            ("app/backend/main.mts", ""),
        ];
        let table = [
            ("/srv/chat/build/server/ws/hub.js", Some("app/backend/ws/hub.ts")),
            // The image holds the output only.
            ("/app/server/ws/hub.js", Some("app/backend/ws/hub.ts")),
            ("file:///srv/build/server/main.mjs", Some("app/backend/main.mts")),
            ("/srv/chat/other/ws/hub.js", None),
            ("/srv/chat/build/server/../server/ws/hub.js", None),
            ("/srv/chat/build/server/ws/hub.css", None),
        ];
        for (built, expected) in table {
            assert_eq!(answer(&files, built).as_deref(), expected, "{built}");
        }
    }

    #[test]
    fn a_configuration_may_extend_another() {
        let files = [
            ("tsconfig.base.json", r#"{ "compilerOptions": { "outDir": "out" } }"#),
            (
                "packages/api/tsconfig.json",
                r#"{ "extends": "../../tsconfig.base", "compilerOptions": { "rootDir": "source" } }"#,
            ),
            ("packages/api/source/a.ts", ""),
            ("loop/tsconfig.json", r#"{ "extends": "./tsconfig.json" }"#),
            ("broken/tsconfig.json", "{"),
        ];
        let found = answer(&files, "/srv/mono/out/a.js");
        assert_eq!(found.as_deref(), Some("packages/api/source/a.ts"));
    }

    #[test]
    fn two_packages_that_could_be_meant_are_told_apart_by_the_path_or_not_at_all() {
        let options = r#"{ "compilerOptions": { "outDir": "dist", "rootDir": "src" } }"#;
        let files = [
            ("packages/api/tsconfig.json", options),
            ("packages/api/src/main.ts", ""),
            ("packages/chat/tsconfig.json", options),
            ("packages/chat/src/main.ts", ""),
        ];
        assert_eq!(answer(&files, "/app/dist/main.js"), None);
        let found = answer(&files, "/app/packages/chat/dist/main.js");
        assert_eq!(found.as_deref(), Some("packages/chat/src/main.ts"));
    }
}
