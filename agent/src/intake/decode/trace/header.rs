//! The lines above a V8 stack: the error's name and message, and what a terminal or a log puts
//! around them.

use bugstack_proto::Exception;

use super::exception;

/// Reads the error out of the lines above its frames; the message may span lines.
///
/// A line that holds a name ending in `Error` or `Exception` wins, wherever in the line it stands
/// (logs put a date and a context before it); then a line that begins with any name; then the last
/// line is the message of an error without a name.
pub(super) fn parse(lines: &[&str]) -> Option<Exception> {
    let lines = below_caret(lines);
    let strong = lines.iter().enumerate().find_map(|(at, line)| Some((at, strong(line)?)));
    let weak = || lines.iter().enumerate().find_map(|(at, line)| Some((at, weak(line)?)));
    if let Some((at, (kind, first))) = strong.or_else(weak) {
        let mut message = first.to_owned();
        for line in lines.get(at + 1..).unwrap_or_default() {
            message.push('\n');
            message.push_str(line);
        }
        return Some(exception(kind, &message));
    }
    let last = lines.iter().rev().find(|line| !line.trim().is_empty())?;
    Some(exception("Error", without_nest_prefix(last).trim()))
}

/// Whether a line can open a trace that has no frames.
pub(super) fn is_strong(line: &str) -> bool {
    strong(line).is_some()
}

/// An uncaught error is printed below the place of the throw: file and line, code, a caret.
fn below_caret<'a, 'b>(lines: &'a [&'b str]) -> &'a [&'b str] {
    let is_caret = |line: &&str| !line.trim().is_empty() && line.trim().bytes().all(|b| b == b'^');
    let below = lines.iter().rposition(is_caret).map_or(0, |at| at + 1);
    lines.get(below..).unwrap_or_default()
}

/// `… TypeError [CODE]: message`
fn strong(line: &str) -> Option<(&str, &str)> {
    let starts = line.char_indices().filter(|&(at, char)| {
        char.is_alphabetic() && line[..at].chars().next_back().is_none_or(char::is_whitespace)
    });
    starts.map(|(at, _)| &line[at..]).find_map(|rest| {
        named(rest).filter(|(name, _)| name.ends_with("Error") || name.ends_with("Exception"))
    })
}

/// `AnyName: message` at the line's start.
fn weak(line: &str) -> Option<(&str, &str)> {
    named(line.trim_start()).filter(|(name, _)| name.starts_with(char::is_uppercase))
}

/// `Name: message`, `Name [CODE]: message`, or `Name` alone.
fn named(text: &str) -> Option<(&str, &str)> {
    let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$' | '.');
    let end = text.find(|char| !is_name(char)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.strip_prefix(" [").and_then(after_code).unwrap_or(rest);
    let message = if rest.trim().is_empty() { "" } else { rest.strip_prefix(':')? };
    (!name.is_empty()).then_some((name, message.trim_start()))
}

/// What follows `CODE]`. A code is short, so a line of many brackets is not read many times.
fn after_code(text: &str) -> Option<&str> {
    let end = text.bytes().take(64).position(|byte| byte == b']')?;
    text.get(end + 1..)
}

/// `[Nest] 20027  - 11/22/2026, 6:50:07 PM   ERROR [Context] message`
fn without_nest_prefix(line: &str) -> &str {
    let rest = line.trim_start().strip_prefix("[Nest]").and_then(|rest| rest.split_once("] "));
    rest.map_or(line, |(_, message)| message)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]
    use super::*;

    #[test]
    fn a_header_gives_name_and_message() {
        for (text, kind, message) in [
            ("Error: closed", "Error", "closed"),
            ("Error", "Error", ""),
            ("TypeError [ERR_INVALID_ARG_TYPE]: bad", "TypeError", "bad"),
            ("WsClosed: gone", "WsClosed", "gone"),
            ("Error: one\ntwo: three\n", "Error", "one\ntwo: three"),
            ("Uncaught RangeError: deep", "RangeError", "deep"),
            ("[Nest] 1  - 11/22/2026, 6:50:07 PM   ERROR [Ws] Error: closed", "Error", "closed"),
            ("[Nest] 1  - 11/22/2026, 6:50:07 PM   ERROR [Ws] closed", "Error", "closed"),
            ("[Nest] 1  - … ERROR [Ws] closed: now\nError: closed: now", "Error", "closed: now"),
            ("/srv/a.js:34\n    throw err;\n    ^\n\nError: closed", "Error", "closed"),
            ("info: starting\nlistening\nError: closed", "Error", "closed"),
        ] {
            let lines: Vec<&str> = text.lines().collect();
            let read = parse(&lines).unwrap();
            assert_eq!((read.kind.as_str(), read.message.as_str()), (kind, message), "{text}");
        }
    }
}
