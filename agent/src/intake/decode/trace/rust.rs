//! A Rust panic as the standard hook prints it, with its backtrace or without.

use bugstack_proto::{Exception, Frame};

use super::{exception, location};

/// Reads the first panic of the text.
pub(super) fn parse(text: &str) -> Vec<Exception> {
    let mut lines = text.lines();
    let Some(panic) = lines.by_ref().find_map(Panic::opens) else { return Vec::new() };
    let rest: Vec<&str> = lines.collect();
    let end = rest.iter().position(|line| ends_message(line)).unwrap_or(rest.len());
    let (message, trace) = rest.split_at(end);
    let message = panic.message.map_or_else(|| message.join("\n"), str::to_owned);
    let frames = from_place(frames(trace), &panic.place);
    vec![Exception { frames, ..exception("panic", &message) }]
}

/// The line that opens a panic's report.
pub(super) struct Panic<'a> {
    /// Where the panic was raised.
    place: Frame,
    /// In the same line up to Rust 1.72; below it since.
    message: Option<&'a str>,
}

impl<'a> Panic<'a> {
    /// `thread 'main' panicked at src/a.rs:1:2:`, with a thread id before `panicked` since 1.91.
    pub(super) fn opens(line: &'a str) -> Option<Self> {
        let rest = line.find("thread '").and_then(|at| line.get(at..))?;
        let (_, rest) = rest.split_once(" panicked at ")?;
        let (message, place) = match rest.strip_prefix('\'').and_then(|r| r.rsplit_once("', ")) {
            Some((message, place)) => (Some(message), place),
            None => (None, rest.trim_end().trim_end_matches(':')),
        };
        let (file, line, column) = location(place)?;
        let place =
            Frame { file: Some(file.to_owned()), line: Some(line), column, ..Frame::default() };
        Some(Self { place, message })
    }
}

fn ends_message(line: &str) -> bool {
    line.starts_with("note: ") || line == "stack backtrace:" || line.starts_with("thread '")
}

/// `   4: chat::room::send` and, below it, `             at ./src/room.rs:9:5`.
fn frames(lines: &[&str]) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let body = lines.iter().skip_while(|line| **line != "stack backtrace:").skip(1);
    for line in body {
        let line = line.trim();
        if let Some(place) = line.strip_prefix("at ") {
            if let (Some(frame), Some((file, at, column))) = (frames.last_mut(), location(place)) {
                frame.file = Some(file.to_owned());
                frame.line = Some(at);
                frame.column = column;
            }
        } else if let Some(function) = numbered(line) {
            frames.push(Frame { function: Some(function.to_owned()), ..Frame::default() });
        } else {
            break;
        }
    }
    frames
}

/// `4: name` or `4:     0x55… - name`.
fn numbered(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once(':')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let rest = rest.trim_start();
    let named = rest.strip_prefix("0x").and_then(|rest| rest.split_once(" - "));
    is_number.then_some(named.map_or(rest, |(_, name)| name))
}

/// Drops the machinery of the panic: what matters begins where it was raised.
fn from_place(mut frames: Vec<Frame>, place: &Frame) -> Vec<Frame> {
    match frames.iter().position(|frame| is_at(frame, place)) {
        Some(at) => {
            frames.drain(..at);
        }
        None => frames.insert(0, place.clone()),
    }
    frames
}

fn is_at(frame: &Frame, place: &Frame) -> bool {
    let path = |frame: &Frame| frame.file.clone().unwrap_or_default().replace("./", "");
    frame.line == place.line && path(frame).ends_with(&path(place))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]
    use super::*;

    const WITH_BACKTRACE: &str = "\
thread 'main' (1234) panicked at src/room.rs:9:5:
socket closed
while sending
stack backtrace:
   0: __rustc::rust_begin_unwind
             at /rustc/59807616/library/std/src/panicking.rs:697:5
   1: core::panicking::panic_fmt
             at /rustc/59807616/library/core/src/panicking.rs:75:14
   2: chat::room::send
             at ./src/room.rs:9:5
   3: chat::main
             at ./src/main.rs:4:5
note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
";

    #[test]
    fn frames_begin_where_the_panic_was_raised() {
        let panic = parse(WITH_BACKTRACE).pop().unwrap();
        assert_eq!(panic.message, "socket closed\nwhile sending");
        let functions: Vec<_> = panic.frames.iter().filter_map(|f| f.function.clone()).collect();
        assert_eq!(functions, ["chat::room::send", "chat::main"]);
        assert_eq!(panic.frames[0].line.zip(panic.frames[0].column), Some((9, 5)));
    }

    #[test]
    fn without_a_backtrace_the_place_is_the_frame() {
        for text in [
            "thread 'tokio-rt-worker' panicked at src/a.rs:1:2:\nboom\nnote: run with `RUST_BACKTRACE=1`",
            "thread 'main' panicked at 'boom', src/a.rs:1:2\nnote: run with `RUST_BACKTRACE=1`",
        ] {
            let panic = parse(text).pop().unwrap();
            assert_eq!(panic.message, "boom", "{text}");
            assert_eq!(panic.frames.len(), 1, "{text}");
            assert_eq!(panic.frames[0].file.as_deref(), Some("src/a.rs"), "{text}");
        }
    }
}
