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
    let mut reader = Reader { done: vec![thrown], cause: None, closed: false };
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
    /// The frames of the last error have ended; those that follow belong to a property of it.
    closed: bool,
}

impl<'a> Reader<'a> {
    /// Whether the line still belongs to this error.
    fn take(&mut self, line: &'a str) -> bool {
        if let Some(frame) = v8_frame::parse(line) {
            self.begin_cause();
            if let Some(current) = self.done.last_mut().filter(|_| !self.closed) {
                current.frames.push(frame);
            }
        } else if let Some(header) = cause(line) {
            self.begin_cause();
            self.cause = Some(vec![header]);
        } else if let Some(header) = &mut self.cause {
            header.push(line);
        } else {
            self.closed |= !is_filler(line);
            // Properties of the error are indented or close a brace.
            return line.is_empty() || line.starts_with([' ', '\t', '}']);
        }
        true
    }

    fn begin_cause(&mut self) {
        let header = self.cause.take().and_then(|lines| header::parse(&lines));
        self.closed &= header.is_none();
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

/// A line among frames that ends nothing: `... 4 lines matching cause stack trace ...`, a blank
/// one, a frame of an unknown form.
fn is_filler(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with("...") || line.starts_with("at ")
}

/// `[cause]: Error: …` as Node prints it, `Caused by: Error: …` as loggers do.
fn cause(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("[cause]: ").or_else(|| {
        let words = line.get(.."caused by:".len())?;
        words.eq_ignore_ascii_case("caused by:").then(|| line[words.len()..].trim_start())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Vec<u32>)> {
        let lines = |e: &Exception| e.frames.iter().filter_map(|frame| frame.line).collect();
        parse(text).iter().map(|e| (format!("{}: {}", e.kind, e.message), lines(e))).collect()
    }

    #[test]
    fn frames_of_a_property_are_not_the_errors_own() {
        let text = "\
QueryFailedError: no such table
    at run (/srv/a.ts:1:1)
    ... 2 lines matching cause stack trace ...
    at strange <place>
    at main (/srv/a.ts:2:1) {
  query: 'SELECT 1',
  driverError: Error: refused
      at connect (/srv/b.ts:3:1),
  [cause]: Error: refused
      at connect (/srv/b.ts:4:1)
}
";
        let expected = [
            ("QueryFailedError: no such table".to_owned(), vec![1, 2]),
            ("Error: refused".to_owned(), vec![4]),
        ];
        assert_eq!(read(text), expected);
    }

    #[test]
    fn the_next_error_of_a_log_is_another_event() {
        let text = "\
Error: one
    at a (/srv/a.js:1:1)
listening on 3000
Error: two
    at b (/srv/b.js:2:1)
";
        assert_eq!(read(text), [("Error: one".to_owned(), vec![1])]);
    }

    #[test]
    fn of_an_aggregate_the_first_error_is_read() {
        let text = "\
[AggregateError: All promises were rejected] {
  [errors]: [
    Error: a
        at f (/srv/a.js:1:1)
        at node:internal/main/run_main_module:28:49,
    Error: b
        at f (/srv/a.js:2:1)
  ]
}
";
        assert_eq!(read(text), [("Error: a".to_owned(), vec![1, 28])]);
    }
}
