//! From bytes to an event and its group: `decode`, `normalise`, `group`. Everything here is
//! synchronous and pure; the bytes are hostile.

mod decode;
mod group;
mod normalise;
mod parameterise;
mod pulse;
mod text;

#[cfg(test)]
mod tests;

pub use decode::{DecodeError, Format, MAX_BYTES, decode, read};
pub use group::{IssueKey, group};
pub use normalise::{
    ENVIRONMENT_BYTES, EXCEPTIONS, FILE_BYTES, FRAMES, FUNCTION_BYTES, ID_BYTES, KIND_BYTES,
    MECHANISM_BYTES, MESSAGE_BYTES, PLATFORM_BYTES, RELEASE_BYTES, normalise,
};
pub use parameterise::parameterise;
pub use pulse::read_pulse;
