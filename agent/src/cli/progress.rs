//! What a person sees: results on standard output, talk on standard error.

use std::io::Write;

/// Talk. A closed terminal is no reason to fail.
pub(super) fn say(words: &str) {
    let mut stderr = std::io::stderr().lock();
    drop(writeln!(stderr, "{words}"));
}

/// A result. A reader that has gone away is no reason to fail.
pub(super) fn print(words: &str) {
    let mut stdout = std::io::stdout().lock();
    drop(stdout.write_all(words.as_bytes()).and_then(|()| stdout.flush()));
}
