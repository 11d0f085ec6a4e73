//! Checks that turned a proposal down: what is said when no other candidate is left.

use crate::model::{Checks, FailedCheck};

/// Failed checks that are named.
const SHOWN: usize = 5;

/// The checks that failed.
pub(super) fn failed(checks: &Checks) -> &[FailedCheck] {
    match checks {
        Checks::Red(failed) => failed.get(..SHOWN.min(failed.len())).unwrap_or_default(),
        Checks::None | Checks::Pending | Checks::Green => &[],
    }
}
