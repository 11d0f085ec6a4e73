//! Which issue an event belongs to.

use bugstack_proto::{Exception, Frame};
use sha2::{Digest, Sha256};

use super::parameterise::parameterise;
use super::text;
use crate::model::Event;

/// How many of the innermost frames name an issue: deeper ones come and go with
/// `Error.stackTraceLimit`, so the same fault would otherwise be two issues.
const FRAMES: usize = 3;

const TITLE_BYTES: usize = 200;

/// Which issue an event belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueKey {
    /// `v1:` and 32 hexadecimal digits; another way of grouping is another version.
    pub key: String,
    /// `Error: WebSocket is not open: readyState 3 (CLOSED)`, in one line.
    pub title: String,
}

/// Groups by type, the innermost in-app frames by module and function, and the message without
/// what varies. Lines, columns and the directory of the deployment do not count, so an issue
/// survives a release, a move to another host, and source maps being switched on.
pub fn group(event: &Event) -> IssueKey {
    let mut hash = Sha256::new();
    let mut put = |part: &str| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    };
    for exception in &event.exceptions {
        put(&exception.kind);
    }
    if let Some(thrown) = event.thrown() {
        put(&parameterise(&thrown.message));
        for (module, function) in places(thrown) {
            put(&module);
            put(&function);
        }
    }
    let digest = hex::encode(hash.finalize());
    let key = format!("v1:{}", digest.get(..32).unwrap_or(&digest));
    IssueKey { key, title: title(event) }
}

fn title(event: &Event) -> String {
    let Some(thrown) = event.thrown() else { return String::new() };
    let separator = if thrown.message.is_empty() { "" } else { ": " };
    text::line(&format!("{}{separator}{}", thrown.kind, thrown.message), TITLE_BYTES)
}

/// The frames that count: the application's, or, where it has none, any.
fn places(thrown: &Exception) -> Vec<(String, String)> {
    let in_app: Vec<&Frame> = thrown.frames.iter().filter(|f| f.in_app == Some(true)).collect();
    let frames = if in_app.is_empty() { thrown.frames.iter().collect() } else { in_app };
    let mut places: Vec<_> = frames.into_iter().map(place).collect();
    // A recursion is one place.
    places.dedup();
    places.truncate(FRAMES);
    places
}

fn place(frame: &Frame) -> (String, String) {
    let module = frame.file.as_deref().map_or(String::new(), module);
    (module, frame.function.clone().unwrap_or_default())
}

/// The path below the source or build directory, without its extension: `src/rooms/a.ts` and
/// `/srv/app/dist/rooms/a.js` are both `rooms/a`.
fn module(path: &str) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    let root = parts.iter().rposition(|part| {
        matches!(*part, "src" | "dist" | "build" | "out" | "lib" | "node_modules")
    });
    let below = match root {
        Some(root) if root + 1 < parts.len() => root + 1,
        _ => parts.len().saturating_sub(2),
    };
    let module = parts.get(below..).unwrap_or_default().join("/");
    match module.rsplit_once('.') {
        Some((stem, extension)) if !extension.contains('/') => stem.to_owned(),
        _ => module,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_has_no_host_and_no_build_in_it() {
        for (path, expected) in [
            ("/srv/app/dist/gateways/rooms.gateway.js", "gateways/rooms.gateway"),
            ("/home/ci/work/src/gateways/rooms.gateway.ts", "gateways/rooms.gateway"),
            (r"C:\app\src\rooms.ts", "rooms"),
            ("/srv/app/rooms.js", "app/rooms"),
            ("rooms.js", "rooms"),
            ("/srv/app/node_modules/ws/lib/websocket.js", "websocket"),
            ("src", "src"),
            ("", ""),
        ] {
            assert_eq!(module(path), expected, "{path}");
        }
    }
}
