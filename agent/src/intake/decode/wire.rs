//! Our own format.

use bugstack_proto::Event;

use super::{DecodeError, Format, json_error};

pub(super) fn decode(bytes: &[u8]) -> Result<Event, DecodeError> {
    serde_json::from_slice(bytes).map_err(|error| json_error(Format::Wire, &error))
}
