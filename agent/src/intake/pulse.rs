//! A pulse, made safe as events are.

use bugstack_proto::{Counts, Pulse};

use super::decode::{DecodeError, checked};
use super::normalise::{ENVIRONMENT_BYTES, RELEASE_BYTES, commit, word};

/// Decodes and bounds a pulse; the commit is found in the release where it is not stated.
///
/// # Errors
/// [`DecodeError::Pulse`] if it is not one; `Empty` and `TooLarge` as for events.
pub fn read_pulse(bytes: &[u8]) -> Result<Pulse, DecodeError> {
    let pulse: Pulse =
        serde_json::from_slice(checked(bytes)?).map_err(|error| DecodeError::pulse(&error))?;
    let release = pulse.release.and_then(|text| word(&text, RELEASE_BYTES));
    Ok(Pulse {
        commit: commit(pulse.commit.as_deref(), release.as_deref()),
        release,
        counts: bounded(&pulse.counts),
        environment: pulse.environment.and_then(|text| word(&text, ENVIRONMENT_BYTES)),
        ..pulse
    })
}

/// No count of a minute is higher, and sums of such counts fit the store's integers.
const COUNT: u64 = u32::MAX as u64;

fn bounded(counts: &Counts) -> Counts {
    Counts {
        sends: counts.sends.min(COUNT),
        sends_not_open: counts.sends_not_open.min(COUNT),
        connections: counts.connections.min(COUNT),
        requests: counts.requests.min(COUNT),
        panics: counts.panics.min(COUNT),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]
    use super::*;

    #[test]
    fn a_pulse_is_bounded_and_knows_its_commit() {
        let release = format!("chat+ce082b9a1f {}", "x".repeat(1_000));
        let body = serde_json::json!({
            "instance": "0193540e-8a2b-7c4d-9e5f-60718293a4b5",
            "release": release, "environment": "\u{1b}[31mprod\u{202e}", "counts": { "sends": 7, "panics": u64::MAX },
        });
        let pulse = read_pulse(body.to_string().as_bytes()).unwrap();
        assert_eq!((pulse.counts.sends, pulse.counts.panics), (7, COUNT));
        assert_eq!(pulse.commit.as_deref(), Some("ce082b9a1f"));
        assert_eq!(pulse.environment.as_deref(), Some("prod"));
        assert!(pulse.release.unwrap().len() <= RELEASE_BYTES);
    }

    #[test]
    fn what_is_no_pulse_is_told_why() {
        let error = read_pulse(b"{\"counts\":{}}").unwrap_err().to_string();
        insta::assert_snapshot!(error, @"the pulse cannot be read: missing field `instance` at line 1 column 13; compare it with docs/wire.md");
    }
}
