//! The real reader: `intake`.

use super::{BadRequest, Intake, Reader, Route};
use crate::intake::{self, Format};

/// Reads with `intake`.
#[derive(Debug, Clone, Copy, Default)]
pub struct IntakeReader;

impl Reader for IntakeReader {
    fn read(&self, route: Route, bytes: &[u8]) -> Result<Intake, BadRequest> {
        let event = match route {
            Route::Events => intake::decode(Format::Wire, bytes).and_then(intake::normalise),
            Route::Capture => capture(bytes),
        };
        let event = event.map_err(|error| BadRequest { message: error.to_string() })?;
        let group = intake::group(&event);
        Ok(Intake { event, key: group.key, title: group.title })
    }
}

/// Two clients share the address; each body tells which one it is.
fn capture(bytes: &[u8]) -> Result<crate::model::Event, intake::DecodeError> {
    let npm = intake::decode(Format::BugstackNpm, bytes);
    npm.or_else(|_| intake::decode(Format::BugstackPython, bytes)).and_then(intake::normalise)
}
