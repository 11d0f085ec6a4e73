//! A V8 stack with its causes, the thrown error first.

use bugstack_proto::Exception;

use super::{header, v8_frame};

/// Reads the first error of the text; nothing if there is neither a frame nor a named error.
pub(in super::super) fn parse(text: &str) -> Vec<Exception> {
    let lines: Vec<&str> = text.lines().collect();
    let Some(first) = lines.iter().position(|line| v8_frame::parse(line).is_some()) else {
        return without_frames(&lines);
    };
    let (above, stack) = lines.split_at(first);
    let thrown = header::parse(above).unwrap_or_else(|| super::exception("Error", ""));
    let mut reader = Reader { done: vec![thrown], cause: None };
    for line in stack {
        if !reader.take(line) {
            break;
        }
    }
    reader.finish()
}

fn without_frames(lines: &[&str]) -> Vec<Exception> {
    let named = lines.iter().any(|line| header::is_strong(line));
    named.then(|| header::parse(lines)).flatten().into_iter().collect()
}

/// Reads line after line below the first header.
struct Reader<'a> {
    done: Vec<Exception>,
    /// The header of a cause whose frames have not begun.
    cause: Option<Vec<&'a str>>,
}

impl<'a> Reader<'a> {
    /// Whether the line still belongs to this error.
    fn take(&mut self, line: &'a str) -> bool {
        if let Some(frame) = v8_frame::parse(line) {
            self.begin_cause();
            if let Some(current) = self.done.last_mut() {
                current.frames.push(frame);
            }
        } else if let Some(header) = cause(line) {
            self.begin_cause();
            self.cause = Some(vec![header]);
        } else if let Some(header) = &mut self.cause {
            header.push(line);
        } else {
            // Properties of the error are indented or close a brace.
            return line.is_empty() || line.starts_with([' ', '\t', '}']);
        }
        true
    }

    fn begin_cause(&mut self) {
        let header = self.cause.take().and_then(|lines| header::parse(&lines));
        self.done.extend(header);
    }

    fn finish(mut self) -> Vec<Exception> {
        if let Some(header) = &mut self.cause {
            header.retain(|line| !line.trim().starts_with('}'));
        }
        self.begin_cause();
        self.done
    }
}

/// `[cause]: Error: …` as Node prints it, `Caused by: Error: …` as loggers do.
fn cause(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("[cause]: ").or_else(|| {
        let words = line.get(.."caused by:".len())?;
        words.eq_ignore_ascii_case("caused by:").then(|| line[words.len()..].trim_start())
    })
}
