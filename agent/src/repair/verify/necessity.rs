//! Is every changed place needed? Without it, a new test must turn red.

use bugstack_patch::{Patch, PatchedSite, Spec};

use super::{Attempt, Lab};
use crate::model::{ProvenSite, Red, Refusal};
use crate::toolchain::TestStatus;

/// Runs the new spec once for every site that is taken back. A patch with one site needs no run:
/// without it the tree is the unpatched one, where the test was red.
pub(super) fn sites(
    lab: &Lab<'_>,
    patch: &Patch,
    spec: &Spec,
    reds: &[Red],
) -> Result<Vec<ProvenSite>, Attempt> {
    if let [only] = patch.sites.as_slice() {
        return Ok(vec![proven(only, reds.first().map(|red| red.test.clone()))]);
    }
    let mut sites = Vec::new();
    for (index, site) in patch.sites.iter().enumerate() {
        let red = red_without(lab, patch, index, spec)?;
        if red.is_none() {
            let words = format!(
                "no new test notices when {} line {} stays as it was",
                site.path, site.lines.0
            );
            return Err(Refusal::new("site-not-needed", words).into());
        }
        sites.push(proven(site, red));
    }
    Ok(sites)
}

fn red_without(
    lab: &Lab<'_>,
    patch: &Patch,
    index: usize,
    spec: &Spec,
) -> Result<Option<String>, Attempt> {
    let tree = lab.without(patch, index, spec)?;
    let name = format!("without site {}", index + 1);
    let report = lab.runs().suite(&name, &tree, &[lab.spec_path()])?;
    let red = spec.tests.iter().filter(|test| test.sites.contains(&index)).find(|test| {
        report.tests.iter().any(|result| {
            result.name == test.name
                && result.status == TestStatus::Failed
                && result.message.contains(&test.red)
        })
    });
    Ok(red.map(|test| test.name.clone()))
}

fn proven(site: &PatchedSite, red_without: Option<String>) -> ProvenSite {
    ProvenSite { file: site.path.clone(), lines: site.lines, red_without }
}
