//! GitHub's CODEOWNERS: who owns a file. The last pattern that matches wins, and a pattern without
//! owners takes a file out.

use crate::git::Tree;
use crate::repair::settings::is_reviewer;

/// Where GitHub looks, in this order; the first file counts alone.
const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
/// GitHub reads no larger file, in bytes.
const MAX_BYTES: usize = 3 * 1024 * 1024;

/// The owners of a file, as logins and `organisation/team`; addresses are left out.
pub(super) fn of(tree: &Tree<'_>, path: &str) -> Vec<String> {
    let text = PLACES.into_iter().find(|place| tree.contains(place));
    let text = text.and_then(|place| tree.read_text(place));
    text.filter(|text| text.len() <= MAX_BYTES).map(|text| owners(&text, path)).unwrap_or_default()
}

fn owners(text: &str, path: &str) -> Vec<String> {
    let path: Vec<&str> = path.split('/').collect();
    let mut rules = text.lines().filter_map(rule);
    let last = rules.rfind(|(pattern, _)| matches(pattern, &path));
    last.map(|(_, owners)| owners).unwrap_or_default()
}

/// A line's pattern and owners; none for a comment, and for what GitHub does not understand.
fn rule(line: &str) -> Option<(String, Vec<String>)> {
    let (pattern, rest) = first_word(line.trim_start())?;
    if pattern.starts_with(['#', '!']) || pattern.contains(['[', ']']) {
        return None;
    }
    let words = rest.split_whitespace().take_while(|word| !word.starts_with('#'));
    let names = words.filter_map(|word| word.strip_prefix('@'));
    Some((pattern, names.filter(|name| is_reviewer(name)).map(str::to_owned).collect()))
}

/// A space behind a backslash belongs to the pattern.
fn first_word(line: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut characters = line.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => word.extend(characters.next().map(|(_, escaped)| escaped)),
            c if c.is_whitespace() => return Some((word, &line[at..])),
            c => word.push(c),
        }
    }
    (!word.is_empty()).then_some((word, ""))
}

fn matches(pattern: &str, path: &[&str]) -> bool {
    let rooted = pattern.trim_end_matches('/').contains('/');
    let folder = pattern.ends_with('/');
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    // `docs/*` means the files of that folder and none below; everything else names folders too.
    let files_only = rooted && parts.last() == Some(&"*");
    let starts = if rooted { 0..1 } else { 0..path.len() };
    starts.into_iter().any(|from| covers(&parts, &path[from..], folder, files_only))
}

/// Whether the pattern's parts match all of the path, or its beginning: a folder that has it.
fn covers(parts: &[&str], path: &[&str], folder: bool, files_only: bool) -> bool {
    // Which parts of the pattern have been matched by the path so far.
    let mut reached = vec![false; parts.len() + 1];
    reached[0] = true;
    skip_any(parts, &mut reached);
    for (at, name) in path.iter().enumerate() {
        let mut next = vec![false; parts.len() + 1];
        for (index, part) in parts.iter().enumerate().filter(|(index, _)| reached[*index]) {
            if *part == "**" {
                next[index] = true;
                next[index + 1] |= index + 1 == parts.len();
            } else if wildcard(part.as_bytes(), name.as_bytes()) {
                next[index + 1] = true;
            }
        }
        skip_any(parts, &mut next);
        reached = next;
        let last = at + 1 == path.len();
        let ends = if last { !folder } else { !files_only };
        if reached[parts.len()] && ends {
            return true;
        }
    }
    false
}

/// `**/` matches no folder at all, too; at the end it needs something.
fn skip_any(parts: &[&str], reached: &mut [bool]) {
    for (index, part) in parts.iter().enumerate() {
        if reached[index] && *part == "**" && index + 1 < parts.len() {
            reached[index + 1] = true;
        }
    }
}

/// `*` and `?` within one name; each step forgets all but the last star, so it is never slow.
fn wildcard(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, from));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                None => return false,
                Some((after, taken)) => {
                    star = Some((after, taken + 1));
                    (at, from) = (after, taken + 1);
                }
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_github_documents_them() {
        for (pattern, path, expected) in [
            ("*", "a.js", true),
            ("*", "src/deep/a.js", true),
            ("*.js", "src/deep/a.js", true),
            ("*.js", "src/a.ts", false),
            ("/build/logs/", "build/logs/a/b.txt", true),
            ("/build/logs/", "x/build/logs/a.txt", false),
            ("/build/logs/", "build/logs", false),
            ("docs/*", "docs/a.md", true),
            ("docs/*", "docs/deep/a.md", false),
            ("docs/*", "x/docs/a.md", false),
            ("apps/", "apps/a.js", true),
            ("apps/", "x/apps/deep/a.js", true),
            ("apps/", "apps", false),
            ("/docs/", "docs/deep/a.md", true),
            ("/scripts/", "x/scripts/a", false),
            ("**/logs", "build/logs/a", true),
            ("**/logs", "logs/a", true),
            ("**/logs", "deeply/nested/logs/a", true),
            ("/apps/github", "apps/github/a", true),
            ("/apps/github", "apps/github", true),
            ("/apps/github", "apps/githubs", false),
            ("src/**/a.ts", "src/a.ts", true),
            ("src/**/a.ts", "src/x/y/a.ts", true),
            ("src/**", "src/x/y", true),
            ("src/**", "src", false),
            ("a?c.ts", "src/abc.ts", true),
            ("*a*b*c*d", "xaybzcwd", true),
            ("*a*b*c*d", "xaybzcw", false),
            ("README", "readme", false),
        ] {
            let parts: Vec<&str> = path.split('/').collect();
            assert_eq!(matches(pattern, &parts), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn the_last_match_wins() {
        let text = "# comment\n\
                    *       @default ops@example.org\n\
                    *.ts    @acme/web @ada # not this: @bob\n\
                    !*.ts   @nobody\n\
                    [ab].ts @nobody\n\
                    /apps/  @octo\n\
                    /apps/free\n\
                    with\\ space/ @space\n";
        for (path, expected) in [
            ("a.go", &["default"][..]),
            ("src/a.ts", &["acme/web", "ada"]),
            ("apps/a.ts", &["octo"]),
            ("apps/free/a.ts", &[]),
            ("with space/a", &["space"]),
        ] {
            assert_eq!(owners(text, path), expected, "{path}");
        }
        assert_eq!(owners("* @-x@y @a/b/c @ok", "a"), ["ok"]);
        assert_eq!(owners("", "a"), Vec::<String>::new());
    }
}
