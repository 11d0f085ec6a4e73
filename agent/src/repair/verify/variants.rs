//! Copies of the changed file, each a little different, beside each other in one tree: one process
//! of the runner runs the new spec against all of them.

use std::collections::BTreeMap;
use std::time::Duration;

use bugstack_patch::{Patch, Spec};

use super::Lab;
use crate::model::Halt;
use crate::toolchain::{SuiteReport, TestStatus};

/// What the runs of variants may take when the suite is faster than that.
const LEAST_BUDGET: Duration = Duration::from_secs(30);

/// What they may take altogether: the larger of one run of the suite and 30 seconds.
pub(super) fn budget(suite: Duration) -> Duration {
    suite.max(LEAST_BUDGET)
}

/// The new spec's report on each text of the changed file; none where copies do not work in this
/// project, or not within `budget`. The first copy is the patched file itself: where it is not
/// green, the others say nothing.
pub(super) fn run(
    lab: &Lab<'_>,
    patch: &Patch,
    spec: &Spec,
    texts: &[String],
    budget: Duration,
) -> Result<Option<Vec<SuiteReport>>, Halt> {
    let patched = lab.patched_text(patch)?;
    let texts = || std::iter::once(&patched).chain(texts);
    let mut overlay = BTreeMap::new();
    let mut specs = Vec::new();
    for (index, text) in texts().enumerate() {
        let copy = match lab.copy(patch, index) {
            Ok(copy) => copy,
            Err(_) => return Ok(None),
        };
        overlay.insert(copy.source, text.clone());
        overlay.insert(copy.spec_path.clone(), copy.spec);
        specs.push(copy.spec_path);
    }
    let tree = lab.export("variants", &overlay)?;
    let only: Vec<&str> = specs.iter().map(String::as_str).collect();
    let report = match lab.runs_within(budget).suite("variants", &tree, &only) {
        Ok(report) => report,
        Err(Halt::Refused(_)) => return Ok(None),
        Err(halt) => return Err(halt),
    };
    let mut rest = report;
    let mut reports = Vec::new();
    for path in &specs {
        let (own, others) = rest.split(path);
        rest = others;
        reports.push(own);
    }
    let control = reports.remove(0);
    let green = |test: &bugstack_patch::SpecTest| {
        control.named(&test.name).is_some_and(|result| result.status == TestStatus::Passed)
    };
    let told = reports.iter().all(|it| !it.tests.is_empty() || !it.broken.is_empty());
    Ok((spec.tests.iter().all(green) && told).then_some(reports))
}
