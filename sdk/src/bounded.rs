//! Foreign text of bounded length: a `Display` may write for ever.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The longest message, in bytes.
pub(crate) const MESSAGE_BYTES: usize = 8_192;
/// The longest name of a type, in bytes.
pub(crate) const KIND_BYTES: usize = 256;

/// Formats into at most `max_bytes`. An implementation that panics gives what it wrote until then.
pub(crate) fn format(args: fmt::Arguments<'_>, max_bytes: usize) -> String {
    let mut writer = Bounded { text: String::new(), max_bytes };
    // An error says that the bound was reached, or that the implementation failed; both are fine.
    let _ = catch_unwind(AssertUnwindSafe(|| writer.write_fmt(args)));
    writer.text
}

struct Bounded {
    text: String,
    max_bytes: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = self.max_bytes.saturating_sub(self.text.len());
        let end = part.floor_char_boundary(room);
        self.text.push_str(part.get(..end).unwrap_or_default());
        if end < part.len() { Err(fmt::Error) } else { Ok(()) }
    }
}
