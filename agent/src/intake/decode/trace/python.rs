//! A Python traceback, with the exceptions it was raised from.

use bugstack_proto::{Exception, Frame};

use super::exception;

/// The line above the frames, which Python lists outermost first.
pub(super) const OPENING: &str = "Traceback (most recent call last):";

/// Reads every traceback of a chain. Python prints the oldest first; the thrown one is first here.
pub(in super::super) fn parse(text: &str) -> Vec<Exception> {
    let mut exceptions: Vec<Exception> = text
        .split(OPENING)
        .skip(1)
        .filter_map(|traceback| one(&traceback.lines().skip(1).collect::<Vec<_>>()))
        .collect();
    exceptions.reverse();
    exceptions
}

fn one(lines: &[&str]) -> Option<Exception> {
    let end = lines.iter().position(|line| !line.starts_with(' ') && !line.is_empty())?;
    let (stack, below) = lines.split_at(end);
    let message: Vec<&str> = below.iter().take_while(|line| !is_between(line)).copied().collect();
    let message = message.join("\n");
    let (kind, message) = message.split_once(": ").unwrap_or((message.trim_end(), ""));
    let mut frames: Vec<Frame> = stack.iter().filter_map(|line| frame(line)).collect();
    frames.reverse();
    Some(Exception { frames, ..exception(kind, message) })
}

/// What Python prints between two tracebacks of a chain.
fn is_between(line: &str) -> bool {
    line.starts_with("During handling of the above exception")
        || line.starts_with("The above exception was the direct cause")
}

/// `  File "/srv/app/a.py", line 6, in boom`
fn frame(line: &str) -> Option<Frame> {
    let (file, rest) = line.trim_start().strip_prefix("File \"")?.split_once("\", line ")?;
    let (number, function) = rest.split_once(", in ").unwrap_or((rest, ""));
    Some(Frame {
        function: (!function.is_empty()).then(|| function.to_owned()),
        file: Some(file.to_owned()),
        line: number.trim().parse().ok(),
        ..Frame::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_traceback_was_thrown_and_its_last_frame_is_innermost() {
        let text = "\
Traceback (most recent call last):
  File \"/srv/app/db.py\", line 3, in load
    raise KeyError('a')
KeyError: 'a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"/srv/app/main.py\", line 9, in <module>
    main()
    ^^^^^^
  File \"/srv/app/main.py\", line 6, in main
    load()
app.NotFound: no such room
";
        let read = parse(text);
        let kinds: Vec<&str> = read.iter().map(|exception| exception.kind.as_str()).collect();
        assert_eq!(kinds, ["app.NotFound", "KeyError"]);
        assert_eq!(read[0].message, "no such room");
        assert_eq!(read[0].frames[0].function.as_deref(), Some("main"));
        assert_eq!(read[0].frames[0].line, Some(6));
    }
}
