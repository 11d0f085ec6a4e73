//! Paths at run time against paths in the repository. A frame names nothing by itself: only what
//! the tree of the commit contains is ever looked at.

/// Whose code a frame's file is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::repair) enum Origin {
    /// The language runtime's own.
    Runtime,
    /// An installed package.
    Package(String),
    /// Everything else.
    Application,
}

/// More parts than any real path has.
const MAX_PARTS: usize = 64;

pub(in crate::repair) fn classify(file: &str) -> Origin {
    if file.starts_with("node:") || file.starts_with('<') || file.starts_with("native ") {
        return Origin::Runtime;
    }
    let file = file.replace('\\', "/");
    match file.rsplit_once("node_modules/") {
        Some((_, inside)) => Origin::Package(package(inside)),
        None => Origin::Application,
    }
}

fn package(inside: &str) -> String {
    let mut parts = inside.split('/');
    let first = parts.next().unwrap_or_default();
    match parts.next() {
        Some(second) if first.starts_with('@') => format!("{first}/{second}"),
        _ => first.to_owned(),
    }
}

/// The file of the repository that ran as `file`: the longest tail that it has at its root, or
/// that exactly one of its folders has. A container often holds one package of a monorepo, so its
/// paths begin somewhere inside the repository. A name without a folder proves nothing there.
pub(super) fn of_tree<'a>(file: &str, files: &'a [String]) -> Option<&'a str> {
    let parts = parts(file)?;
    for from in 0..parts.len() {
        let tail = parts[from..].join("/");
        if let Some(whole) = files.iter().find(|path| **path == tail) {
            return Some(whole);
        }
        let inside = format!("/{tail}");
        let mut inner = files.iter().filter(|path| path.ends_with(&inside));
        match (inner.next(), inner.next()) {
            (Some(only), None) if from + 1 < parts.len() => return Some(only),
            (Some(_), Some(_)) => return None,
            _ => {}
        }
    }
    None
}

/// The longest tail of `file` that the repository has.
pub(in crate::repair) fn direct(file: &str, contains: impl Fn(&str) -> bool) -> Option<String> {
    let parts = parts(file)?;
    (0..parts.len()).map(|from| parts[from..].join("/")).find(|path| contains(path))
}

/// The source that a compiler made `file` from, by the layouts that people use: one folder of the
/// path is the output's, and the sources stand in `src` instead, or without it.
pub(super) fn source_of_built(file: &str, contains: impl Fn(&str) -> bool) -> Option<String> {
    let parts = parts(file)?;
    let (stem, extension) = parts.last()?.rsplit_once('.')?;
    let names = source_names(stem, extension);
    for from in 0..parts.len() - 1 {
        for output in from..parts.len() - 1 {
            let (before, after) = (&parts[from..output], &parts[output + 1..parts.len() - 1]);
            for folder in [Some("src"), None] {
                for name in &names {
                    let path: Vec<&str> = before
                        .iter()
                        .copied()
                        .chain(folder)
                        .chain(after.iter().copied())
                        .chain([name.as_str()])
                        .collect();
                    let path = path.join("/");
                    if contains(&path) {
                        return Some(path);
                    }
                }
            }
        }
    }
    None
}

/// What a file may be called that a compiler made `stem.extension` from; none for what no compiler
/// of ours makes.
pub(super) fn source_names(stem: &str, extension: &str) -> Vec<String> {
    let sources: &[&str] = match extension {
        "js" => &["ts", "tsx"],
        "mjs" => &["mts", "ts"],
        "cjs" => &["cts", "ts"],
        _ => &[],
    };
    sources.iter().map(|extension| format!("{stem}.{extension}")).collect()
}

/// The parts of a path as a trace names it; none where it is not a plain absolute or relative one.
pub(super) fn parts(file: &str) -> Option<Vec<&str>> {
    let file = file.strip_prefix("file://").unwrap_or(file);
    let parts: Vec<&str> = file.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    let plain = !parts.iter().any(|part| matches!(*part, "." | ".."));
    (plain && !parts.is_empty() && parts.len() <= MAX_PARTS).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(path: &str) -> bool {
        ["src/rooms/rooms.gateway.ts", "broadcast.js", "packages/api/src/ws.ts", "lib/push.ts"]
            .contains(&path)
    }

    #[test]
    fn a_frame_belongs_to_somebody() {
        let table = [
            ("node:internal/util", Origin::Runtime),
            ("<anonymous>", Origin::Runtime),
            ("/a/node_modules/ws/lib/websocket.js", Origin::Package("ws".into())),
            (
                "/a/node_modules/.pnpm/x@1/node_modules/@nestjs/core/a.js",
                Origin::Package("@nestjs/core".into()),
            ),
            ("C:\\app\\node_modules\\ws\\lib\\websocket.js", Origin::Package("ws".into())),
            ("/srv/chat/dist/main.js", Origin::Application),
        ];
        for (file, expected) in table {
            assert_eq!(classify(file), expected, "{file}");
        }
    }

    #[test]
    fn the_longest_tail_that_the_repository_has() {
        let table = [
            ("/srv/chat/src/rooms/rooms.gateway.ts", Some("src/rooms/rooms.gateway.ts")),
            ("file:///srv/broadcast.js", Some("broadcast.js")),
            ("C:\\srv\\src\\rooms\\rooms.gateway.ts", Some("src/rooms/rooms.gateway.ts")),
            ("/srv/x/../broadcast.js", None),
            ("/srv/chat/src/other.ts", None),
            ("", None),
        ];
        for (file, expected) in table {
            assert_eq!(direct(file, has).as_deref(), expected, "{file}");
        }
    }

    #[test]
    fn a_container_holds_one_package_of_a_monorepo() {
        let files = [
            "packages/api/src/chat/hub.ts",
            "packages/web/src/main.ts",
            "packages/api/src/main.ts",
            "src/tool.ts",
            "packages/api/tools/src/tool.ts",
        ]
        .map(str::to_owned);
        let table = [
            ("/app/src/chat/hub.ts", Some("packages/api/src/chat/hub.ts")),
            ("/srv/mono/packages/api/src/main.ts", Some("packages/api/src/main.ts")),
            ("/app/src/tool.ts", Some("src/tool.ts")),
            // Two packages have it.
            ("/app/src/main.ts", None),
            // A name alone is no evidence.
            ("/usr/lib/elsewhere/hub.ts", None),
            ("/app/../src/chat/hub.ts", None),
        ];
        for (file, expected) in table {
            assert_eq!(of_tree(file, &files), expected, "{file}");
        }
    }

    #[test]
    fn a_built_file_leads_to_its_source() {
        let table = [
            ("/srv/chat/dist/rooms/rooms.gateway.js", Some("src/rooms/rooms.gateway.ts")),
            ("/srv/chat/dist/src/rooms/rooms.gateway.js", Some("src/rooms/rooms.gateway.ts")),
            ("/srv/mono/packages/api/dist/ws.js", Some("packages/api/src/ws.ts")),
            ("/srv/build/lib/push.js", Some("lib/push.ts")),
            ("/srv/chat/dist/rooms/rooms.gateway.css", None),
            ("/srv/chat/dist/nothing.js", None),
        ];
        for (file, expected) in table {
            assert_eq!(source_of_built(file, has).as_deref(), expected, "{file}");
        }
    }
}
