//! Reads fields of foreign JSON without trusting its shape: a field of the wrong type is missing.

use jiff::Timestamp;
use serde_json::Value;

/// The text at a JSON pointer, if there is one that is not empty.
pub(super) fn text(value: &Value, pointer: &str) -> Option<String> {
    let text = value.pointer(pointer)?.as_str()?;
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// A positive number that fits.
pub(super) fn number(value: &Value, pointer: &str) -> Option<u32> {
    u32::try_from(value.pointer(pointer)?.as_u64()?).ok()
}

/// A truth value.
pub(super) fn flag(value: &Value, pointer: &str) -> Option<bool> {
    value.pointer(pointer)?.as_bool()
}

/// The items of a list, wherever it stands: at `pointer`, or in its `values`.
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer);
    let found = found.and_then(|found| found.get("values")).or(found);
    found.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A time: RFC 3339, or seconds since 1970. Absent or unreadable is 1970, never this machine's
/// clock, so that the same bytes are always the same event.
pub(super) fn time(value: &Value, pointer: &str) -> Timestamp {
    let found = value.pointer(pointer);
    let stated = match found {
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(seconds)) => seconds.as_f64().and_then(from_seconds),
        _ => None,
    };
    stated.unwrap_or(Timestamp::UNIX_EPOCH)
}

fn from_seconds(seconds: f64) -> Option<Timestamp> {
    let micros = (seconds * 1e6).round();
    // A cast from a float saturates, and a time out of range is an error of the constructor.
    micros.is_finite().then(|| Timestamp::from_microsecond(micros as i64).ok()).flatten()
}
