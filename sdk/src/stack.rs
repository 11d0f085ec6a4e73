//! A stack: walked where the error is, named on the worker.

use std::panic::Location;

use backtrace::{Backtrace, BacktraceFrame, BacktraceSymbol};
use bugstack_proto::Frame;

/// The most frames that are sent; the outermost beyond are dropped.
const FRAMES: usize = 100;

/// A stack without names, and the place that the compiler recorded.
#[derive(Debug)]
pub(crate) struct Stack {
    raw: Backtrace,
    place: Option<Frame>,
}

impl Stack {
    /// Walks the stack of this thread; some microseconds.
    pub(crate) fn here(location: Option<&Location<'_>>) -> Self {
        Self { raw: Backtrace::new_unresolved(), place: location.map(place) }
    }

    /// Looks the names up, which reads the debug information; innermost first, and without the
    /// machinery between the error and us.
    pub(crate) fn named(self) -> Vec<Frame> {
        let mut raw = self.raw.frames().to_vec();
        // One by one: the library holds a lock meanwhile that walking a stack needs too.
        raw.iter_mut().for_each(BacktraceFrame::resolve);
        let mut frames: Vec<Frame> =
            raw.iter().flat_map(BacktraceFrame::symbols).map(frame).collect();
        let found = self.place.as_ref().and_then(|p| frames.iter().position(|f| is_at(f, p)));
        let machinery = || frames.iter().take_while(|frame| is_machinery(frame)).count();
        frames.drain(..found.unwrap_or_else(machinery));
        if let Some(place) = self.place.filter(|_| found.is_none()) {
            frames.insert(0, place);
        }
        frames.truncate(FRAMES);
        frames
    }
}

fn place(location: &Location<'_>) -> Frame {
    Frame {
        file: Some(location.file().to_owned()),
        line: Some(location.line()),
        column: Some(location.column()),
        ..Frame::default()
    }
}

fn frame(symbol: &BacktraceSymbol) -> Frame {
    Frame {
        // The alternate form leaves out the hash of the old mangling.
        function: symbol.name().map(|name| format!("{name:#}")),
        file: symbol.filename().map(|path| path.to_string_lossy().into_owned()),
        line: symbol.lineno(),
        column: symbol.colno(),
        in_app: None,
    }
}

/// Debug information holds absolute paths, a location the path given to the compiler.
fn is_at(frame: &Frame, place: &Frame) -> bool {
    let same_file = frame.file.as_deref().zip(place.file.as_deref());
    frame.line == place.line && same_file.is_some_and(|(long, short)| long.ends_with(short))
}

fn is_machinery(frame: &Frame) -> bool {
    const OWNERS: [&str; 7] =
        ["backtrace::", "bugstack::", "std::", "core::", "__rustc::", "rust_begin", "<alloc::"];
    let name = frame.function.as_deref().unwrap_or_default();
    OWNERS.iter().any(|owner| name.starts_with(owner))
}
