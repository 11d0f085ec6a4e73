//! Source maps that are in the repository: beside the built file, or inside it.

use bugstack_patch::Place;
use bugstack_proto::Frame;
use sourcemap::{DecodedMap, SourceMap};

use super::paths;
use crate::git::Tree;

const INLINE: &str = "//# sourceMappingURL=data:application/json;";

/// Where the code of a built file that the repository has comes from, where a map says so.
pub(super) fn original(
    tree: &Tree<'_>,
    files: &[String],
    built: &str,
    frame: &Frame,
) -> Option<(String, Place)> {
    let map = beside(tree, built).or_else(|| inside(tree, built))?;
    look_up(files, &map, built, frame)
}

/// The same for a built file that is not in the repository while its map is.
pub(super) fn of_missing(
    tree: &Tree<'_>,
    files: &[String],
    file: &str,
    frame: &Frame,
) -> Option<(String, Place)> {
    let map = paths::of_tree(&format!("{file}.map"), files)?;
    let built = map.strip_suffix(".map")?;
    look_up(files, &beside(tree, built)?, built, frame)
}

fn beside(tree: &Tree<'_>, built: &str) -> Option<SourceMap> {
    plain(sourcemap::decode_slice(&tree.read(&format!("{built}.map"))?).ok()?)
}

fn inside(tree: &Tree<'_>, built: &str) -> Option<SourceMap> {
    let text = tree.read_text(built)?;
    let at = text.rfind(INLINE)?;
    let url = text[at..].lines().next()?.strip_prefix("//# sourceMappingURL=")?;
    plain(sourcemap::decode_data_url(url).ok()?)
}

fn plain(map: DecodedMap) -> Option<SourceMap> {
    match map {
        DecodedMap::Regular(map) => Some(map),
        DecodedMap::Index(sections) => sections.flatten().ok(),
        DecodedMap::Hermes(_) => None,
    }
}

fn look_up(
    files: &[String],
    map: &SourceMap,
    built: &str,
    frame: &Frame,
) -> Option<(String, Place)> {
    let (line, column) = (frame.line?, frame.column.unwrap_or(1));
    let token = map.lookup_token(line.checked_sub(1)?, column.checked_sub(1)?)?;
    let path = source(files, built, token.get_source()?)?;
    let place =
        Place::Exact { line: token.get_src_line() + 1, column: Some(token.get_src_col() + 1) };
    Some((path, place))
}

/// A map names its sources relative to itself, or as a bundler does (`webpack://app/./src/a.ts`),
/// or by the path on the machine that built them.
fn source(files: &[String], built: &str, named: &str) -> Option<String> {
    if let Some((_, inside)) = named.split_once("://") {
        let inside = inside.split_once('/').map_or(inside, |(_, path)| path);
        let path = join("", inside.split('?').next().unwrap_or(inside))?;
        return paths::of_tree(&path, files).map(str::to_owned);
    }
    if named.starts_with('/') {
        return paths::of_tree(named, files).map(str::to_owned);
    }
    let folder = built.rsplit_once('/').map_or("", |(folder, _)| folder);
    join(folder, named).filter(|path| files.binary_search(path).is_ok())
}

/// Joins a map's relative source to the built file's folder; none where it leaves the repository.
pub(super) fn join(folder: &str, source: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in source.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_stays_inside_the_repository() {
        assert_eq!(join("dist/rooms", "../../src/rooms/a.ts").as_deref(), Some("src/rooms/a.ts"));
        assert_eq!(join("dist", "./a.ts").as_deref(), Some("dist/a.ts"));
        assert_eq!(join("dist", "../../../etc/passwd"), None);
    }

    #[test]
    fn bundlers_name_sources_in_their_own_ways() {
        let files = ["packages/api/src/hub.ts", "src/a.ts"].map(str::to_owned);
        let table = [
            ("../src/a.ts", Some("src/a.ts")),
            ("webpack://chat/./src/a.ts", Some("src/a.ts")),
            ("webpack:///./src/a.ts?1f2e", Some("src/a.ts")),
            ("webpack://chat/src/hub.ts", Some("packages/api/src/hub.ts")),
            ("/build/work/src/a.ts", Some("src/a.ts")),
            ("webpack://chat/webpack/bootstrap", None),
            ("webpack://chat/../../src/a.ts", None),
            ("../../src/a.ts", None),
        ];
        for (named, expected) in table {
            assert_eq!(source(&files, "dist/main.js", named).as_deref(), expected, "{named}");
        }
    }
}
