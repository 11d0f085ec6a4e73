//! One `at …` line of a V8 stack: <https://v8.dev/docs/stack-trace-api>.

use bugstack_proto::Frame;

use super::location;

/// `at f (file:l:c)`, `at file:l:c`, `at async f (…)`, `at new X (…)`, `at eval (eval at …)`,
/// `at Array.forEach (<anonymous>)`; `None` if the line is not a frame.
pub(super) fn parse(line: &str) -> Option<Frame> {
    let text = line.trim().strip_prefix("at ")?.trim_start();
    // `util.inspect` opens the error's properties on the last frame's line, or goes on in a list.
    let text = text.strip_suffix(" {").or_else(|| text.strip_suffix(',')).unwrap_or(text);
    let called = text.strip_suffix(')').and_then(|text| text.split_once(" ("));
    match called {
        Some((function, place)) => {
            let frame = Frame { function: Some(function.to_owned()), ..Frame::default() };
            with_place(frame, place)
        }
        None if text == "<anonymous>" => Some(Frame::default()),
        None => at_place(Frame::default(), text.strip_prefix("async ").unwrap_or(text)),
    }
}

fn with_place(frame: Frame, place: &str) -> Option<Frame> {
    if let Some(outer) = place.strip_prefix("eval at ") {
        return Some(in_eval(frame, outer));
    }
    let nowhere = matches!(place, "<anonymous>" | "native") || place.starts_with("index ");
    if nowhere { Some(frame) } else { at_place(frame, place) }
}

/// The place of evaluated code is where `eval` was called: `f (file:l:c), <anonymous>:1:1`.
fn in_eval(frame: Frame, outer: &str) -> Frame {
    let called = outer.rsplit_once(" (").and_then(|(_, rest)| rest.split_once(')'));
    let placed = called.and_then(|(place, _)| at_place(frame.clone(), place));
    placed.unwrap_or(frame)
}

fn at_place(frame: Frame, place: &str) -> Option<Frame> {
    let (file, line, column) = location(place)?;
    Some(Frame { file: Some(file.to_owned()), line: Some(line), column, ..frame })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]
    use super::*;

    #[test]
    fn every_form_of_a_frame_is_read() {
        for (line, function, file, at) in [
            ("at f (/srv/app/a.js:1:2)", Some("f"), Some("/srv/app/a.js"), Some((1, 2))),
            ("    at /srv/app/a.js:1:2", None, Some("/srv/app/a.js"), Some((1, 2))),
            ("at async f (/srv/a.js:1:2)", Some("async f"), Some("/srv/a.js"), Some((1, 2))),
            ("at async /srv/app/a.js:1:2", None, Some("/srv/app/a.js"), Some((1, 2))),
            ("at new X (/srv/a.js:1:2)", Some("new X"), Some("/srv/a.js"), Some((1, 2))),
            (
                "at Object.<anonymous> (/a.js:1:2)",
                Some("Object.<anonymous>"),
                Some("/a.js"),
                Some((1, 2)),
            ),
            ("at A.b [as c] (/a.js:1:2)", Some("A.b [as c]"), Some("/a.js"), Some((1, 2))),
            ("at f (file:///srv/a.js:1:2)", Some("f"), Some("file:///srv/a.js"), Some((1, 2))),
            (
                "at f (node:internal/util:441:7)",
                Some("f"),
                Some("node:internal/util"),
                Some((441, 7)),
            ),
            ("at node:internal/util:441:7", None, Some("node:internal/util"), Some((441, 7))),
            ("at Set.forEach (<anonymous>)", Some("Set.forEach"), None, None),
            ("at async Promise.all (index 0)", Some("async Promise.all"), None, None),
            (r"at f (C:\app\a.js:1:2)", Some("f"), Some(r"C:\app\a.js"), Some((1, 2))),
            (r"at C:\app\a.js:1:2", None, Some(r"C:\app\a.js"), Some((1, 2))),
            (
                "at f (/srv/app (copy)/a.js:1:2)",
                Some("f"),
                Some("/srv/app (copy)/a.js"),
                Some((1, 2)),
            ),
            ("at f (/a.js:1:2),", Some("f"), Some("/a.js"), Some((1, 2))),
            ("at f (/a.js:1:2) {", Some("f"), Some("/a.js"), Some((1, 2))),
            (
                "at eval (eval at run (/srv/a.js:10:5), <anonymous>:1:1)",
                Some("eval"),
                Some("/srv/a.js"),
                Some((10, 5)),
            ),
            ("at <anonymous>", None, None, None),
        ] {
            let frame = parse(line).unwrap();
            assert_eq!(frame.function.as_deref(), function, "{line}");
            assert_eq!(frame.file.as_deref(), file, "{line}");
            assert_eq!(frame.line.zip(frame.column), at, "{line}");
        }
    }

    #[test]
    fn a_sentence_is_no_frame() {
        for line in ["at noon", "at 5 o'clock (UTC)", "attached: 1:2", "at", "at  "] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
