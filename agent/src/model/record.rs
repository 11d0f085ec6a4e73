//! How the proposals of one template fared in one repository.

use serde::{Deserialize, Serialize};

/// The chance that the lower bound is too high.
const RISK: f64 = 0.05;
/// Bisections of the unit interval: beyond it a double has no more places.
const STEPS: u32 = 40;

/// How the proposals of one template fared in one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Merged as they were.
    pub merged: u32,
    /// Merged after somebody changed them.
    pub edited: u32,
    /// Closed by a person.
    pub closed: u32,
}

impl Record {
    /// Lower bound of the share that is merged as it was: the 5 % quantile of the Beta posterior
    /// over a uniform prior. Nothing known gives 0.05.
    pub fn lower_bound(&self) -> f64 {
        let good = u64::from(self.merged) + 1;
        let bad = u64::from(self.edited) + u64::from(self.closed) + 1;
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..STEPS {
            let middle = f64::midpoint(low, high);
            if below(good, bad, middle) < RISK {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// P(X < x) for X of Beta(a, b) with whole a and b: the chance of at least a successes in
/// a + b − 1 trials of chance x.
fn below(a: u64, b: u64, x: f64) -> f64 {
    let trials = a + b - 1;
    // ln of C(trials, k) · x^k · (1 − x)^(trials − k), from k = 0 on.
    let mut term = trials as f64 * (-x).ln_1p();
    let step = x.ln() - (-x).ln_1p();
    let mut sum = 0.0;
    for k in 0..=trials {
        if k >= a {
            sum += term.exp();
        }
        term += ((trials - k) as f64 / (k + 1) as f64).ln() + step;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_follows_what_people_did() {
        // Beta(a, 1) has the quantile 0.05^(1/a); the others are from tables of the distribution.
        let cases = [
            ((0, 0, 0), 0.05),
            ((9, 0, 0), 0.741_13),
            ((13, 0, 0), 0.807_36),
            ((99, 0, 0), 0.970_49),
            ((0, 1, 0), 0.025_32),
            ((8, 1, 1), 0.529_91),
        ];
        for ((merged, edited, closed), expected) in cases {
            let record = Record { merged, edited, closed };
            let bound = record.lower_bound();
            assert!((bound - expected).abs() < 1e-4, "{record:?}: {bound}");
        }
    }

    #[test]
    fn many_outcomes_are_no_trouble() {
        let bound = Record { merged: 90_000, edited: 5_000, closed: 5_000 }.lower_bound();
        assert!((0.898..0.9).contains(&bound), "{bound}");
    }
}
