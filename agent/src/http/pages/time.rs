//! Times as the pages show them.

use jiff::Timestamp;
use serde::Serialize;

/// A time for machines, for the tooltip and for the eye.
#[derive(Serialize)]
pub(super) struct Moment {
    iso: String,
    ago: String,
}

impl Moment {
    /// A time as seen from now.
    pub(super) fn seen(now: Timestamp, at: Timestamp) -> Self {
        let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
        Self { iso: whole.to_string(), ago: ago(now.as_second() - at.as_second()) }
    }
}

fn ago(seconds: i64) -> String {
    match seconds {
        ..10 => "just now".to_owned(),
        10..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// A length of time with a unit that suits it.
pub(super) fn length(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_ages_have_the_unit_that_suits_them() {
        let lengths = [0, 999, 1_250, 59_999, 61_000].map(length);
        assert_eq!(lengths, ["0 ms", "999 ms", "1.2 s", "59.9 s", "1 min 1 s"]);
        let ages = [-5, 3, 59, 60, 7_200, 172_800].map(ago);
        assert_eq!(ages, ["just now", "just now", "59 s ago", "1 min ago", "2 h ago", "2 d ago"]);
    }
}
