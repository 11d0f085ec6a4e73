//! Source maps that are in the repository: beside the built file, or inside it.

use bugstack_patch::Place;
use bugstack_proto::Frame;
use sourcemap::SourceMap;

use super::paths;
use crate::git::Tree;

const INLINE: &str = "//# sourceMappingURL=data:application/json;";

/// Where the code of a built file that the repository has comes from, where a map says so.
pub(super) fn original(tree: &Tree<'_>, built: &str, frame: &Frame) -> Option<(String, Place)> {
    let map = beside(tree, built).or_else(|| inside(tree, built))?;
    look_up(tree, &map, built, frame)
}

/// The same for a built file that is not in the repository while its map is.
pub(super) fn of_missing(tree: &Tree<'_>, file: &str, frame: &Frame) -> Option<(String, Place)> {
    let map_path = paths::direct(&format!("{file}.map"), |path| tree.contains(path))?;
    let built = map_path.strip_suffix(".map")?;
    look_up(tree, &beside(tree, built)?, built, frame)
}

fn beside(tree: &Tree<'_>, built: &str) -> Option<SourceMap> {
    SourceMap::from_slice(&tree.read(&format!("{built}.map"))?).ok()
}

fn inside(tree: &Tree<'_>, built: &str) -> Option<SourceMap> {
    let text = tree.read_text(built)?;
    let at = text.rfind(INLINE)?;
    let url = text[at..].lines().next()?.strip_prefix("//# sourceMappingURL=")?;
    match sourcemap::decode_data_url(url).ok()? {
        sourcemap::DecodedMap::Regular(map) => Some(map),
        _ => None,
    }
}

fn look_up(
    tree: &Tree<'_>,
    map: &SourceMap,
    built: &str,
    frame: &Frame,
) -> Option<(String, Place)> {
    let (line, column) = (frame.line?, frame.column.unwrap_or(1));
    let token = map.lookup_token(line.checked_sub(1)?, column.checked_sub(1)?)?;
    let folder = built.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = join(folder, token.get_source()?)?;
    let place =
        Place::Exact { line: token.get_src_line() + 1, column: Some(token.get_src_col() + 1) };
    tree.contains(&path).then_some((path, place))
}

/// Joins a map's relative source to the built file's folder; none where it leaves the repository.
fn join(folder: &str, source: &str) -> Option<String> {
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
    use super::join;

    #[test]
    fn a_source_stays_inside_the_repository() {
        assert_eq!(join("dist/rooms", "../../src/rooms/a.ts").as_deref(), Some("src/rooms/a.ts"));
        assert_eq!(join("dist", "./a.ts").as_deref(), Some("dist/a.ts"));
        assert_eq!(join("dist", "../../../etc/passwd"), None);
    }
}
