//! One frame in one form: a plain path, the function's own name, and whose code it is.

use std::borrow::Cow;

use bugstack_proto::Frame;

use super::{FILE_BYTES, FUNCTION_BYTES, word};
use crate::intake::text;

/// The SDK's opinion on `in_app` is not asked: ours goes by the path alone.
pub(super) fn normalise(frame: Frame) -> Frame {
    let file = frame.file.as_deref().and_then(path);
    Frame {
        function: frame.function.as_deref().and_then(function),
        in_app: Some(file.as_deref().is_some_and(is_in_app)),
        file,
        line: frame.line.filter(|&line| line > 0),
        column: frame.column.filter(|&column| column > 0),
    }
}

/// Without `async`, `[as alias]`, the hash of Rust's old mangling, and names that mean "none".
fn function(name: &str) -> Option<String> {
    let name = text::line(name, usize::MAX);
    let name = name.strip_prefix("async ").unwrap_or(&name);
    let name = name.split_once(" [as ").map_or(name, |(name, _)| name);
    let name = match name.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            path
        }
        _ => name,
    };
    if matches!(name, "?" | "<anonymous>" | "<unknown>") {
        return None;
    }
    // Sentry writes `Object.?` where V8 says `Object.<anonymous>`.
    match name.strip_suffix(".?") {
        Some(object) => word(&format!("{object}.<anonymous>"), FUNCTION_BYTES),
        None => word(name, FUNCTION_BYTES),
    }
}

/// A plain path with `/` between its parts.
fn path(file: &str) -> Option<String> {
    let file = file.strip_prefix("file://").map_or(Cow::Borrowed(file), unescape);
    let file = without_root_slash(&file);
    let file = if is_windows(file) { file.replace('\\', "/") } else { file.to_owned() };
    let clean = text::line(&file, usize::MAX);
    let names_none = matches!(clean.as_str(), "" | "<anonymous>" | "native");
    // A path that had to be cleaned, or cut, would be another file.
    (!names_none && clean == file && clean.len() <= FILE_BYTES).then_some(clean)
}

/// `/C:/app` is how a file URL writes `C:/app`.
fn without_root_slash(path: &str) -> &str {
    path.strip_prefix('/').filter(|rest| has_drive(rest)).unwrap_or(path)
}

fn has_drive(path: &str) -> bool {
    let mut bytes = path.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.next() == Some(b':')
        && bytes.next().is_some_and(|byte| byte == b'\\' || byte == b'/')
}

fn is_windows(path: &str) -> bool {
    has_drive(path) || (path.contains('\\') && !path.contains('/'))
}

/// Undoes the `%20` of a file URL; text that is not UTF-8 afterwards stays as it was.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then(|| after.get(..2)).flatten();
        let byte =
            escaped.and_then(|digits| hex::decode(digits).ok()).and_then(|b| b.first().copied());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The application's own code: not a package, a runtime or a standard library.
fn is_in_app(path: &str) -> bool {
    const FOREIGN_STARTS: [&str; 7] =
        ["node:", "internal/", "/rustc/", "<", "./csu/", "./nptl/", "../sysdeps/"];
    const FOREIGN_PARTS: [&str; 13] = [
        "/node_modules/",
        "/webpack/bootstrap",
        "/webpack/runtime/",
        "/.cargo/registry/",
        "/.cargo/git/",
        "/cargo/registry/",
        "/cargo/git/",
        "/.rustup/toolchains/",
        "/rustlib/src/",
        "/site-packages/",
        "/dist-packages/",
        "/lib/python2",
        "/lib/python3",
    ];
    let rooted = format!("/{path}");
    !FOREIGN_STARTS.iter().any(|start| path.starts_with(start))
        && !FOREIGN_PARTS.iter().any(|part| rooted.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_plain_and_tell_whose_code_it_is() {
        for (file, expected, in_app) in [
            ("/srv/app/dist/a.js", Some("/srv/app/dist/a.js"), true),
            ("src/room.rs", Some("src/room.rs"), true),
            ("file:///srv/my%20app/a.mjs", Some("/srv/my app/a.mjs"), true),
            ("file:///C:/app/a.mjs", Some("C:/app/a.mjs"), true),
            (r"C:\app\src\a.ts", Some("C:/app/src/a.ts"), true),
            (
                r"C:\app\node_modules\ws\lib\websocket.js",
                Some("C:/app/node_modules/ws/lib/websocket.js"),
                false,
            ),
            ("node_modules/ws/index.js", Some("node_modules/ws/index.js"), false),
            ("node:internal/util", Some("node:internal/util"), false),
            ("internal/modules/cjs/loader.js", Some("internal/modules/cjs/loader.js"), false),
            (
                "/root/.cargo/registry/src/index/a-1/src/lib.rs",
                Some("/root/.cargo/registry/src/index/a-1/src/lib.rs"),
                false,
            ),
            (
                "/usr/local/cargo/registry/src/i/a-1/src/lib.rs",
                Some("/usr/local/cargo/registry/src/i/a-1/src/lib.rs"),
                false,
            ),
            ("/rustc/5980/library/std/src/rt.rs", Some("/rustc/5980/library/std/src/rt.rs"), false),
            (
                "/usr/lib/python3.11/json/__init__.py",
                Some("/usr/lib/python3.11/json/__init__.py"),
                false,
            ),
            ("<frozen importlib>", Some("<frozen importlib>"), false),
            ("<anonymous>", None, false),
            ("/srv/a\u{202e}b.js", None, false),
        ] {
            let frame = normalise(Frame { file: Some(file.to_owned()), ..Frame::default() });
            assert_eq!(frame.file.as_deref(), expected, "{file}");
            assert_eq!(frame.in_app, Some(in_app), "{file}");
        }
    }

    #[test]
    fn a_function_has_its_own_name() {
        for (name, expected) in [
            ("RoomsGateway.announce", Some("RoomsGateway.announce")),
            ("async RoomsGateway.announce", Some("RoomsGateway.announce")),
            ("Function.run [as main]", Some("Function.run")),
            ("Object.?", Some("Object.<anonymous>")),
            ("Object.<anonymous>", Some("Object.<anonymous>")),
            ("<anonymous>", None),
            ("?", None),
            ("chat::room::send::h0123456789abcdef", Some("chat::room::send")),
            ("", None),
        ] {
            assert_eq!(function(name).as_deref(), expected, "{name}");
        }
    }
}
