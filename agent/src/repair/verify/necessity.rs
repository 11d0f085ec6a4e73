//! Is every part of the patch needed, and does a test notice when it is done wrong? Without any
//! one site, and with any one small change, a new test must turn red.

use std::time::{Duration, Instant};

use bugstack_patch::{Patch, PatchedSite, Spec};

use super::{Attempt, Lab, variants};
use crate::model::{Halt, Mutant, MutantEnd, ProvenSite, Red, Refusal};
use crate::toolchain::{SuiteReport, TestStatus};

/// What became of the patch's parts.
pub(super) struct Needed {
    pub(super) sites: Vec<ProvenSite>,
    pub(super) mutants: Vec<Mutant>,
}

/// Runs the new spec on the patch without each site and on each of its mutants. A patch with one
/// site needs no run for that: without it the tree is the unpatched one, where the test was red.
/// `suite` is what one run of the whole suite took.
pub(super) fn needed(
    lab: &Lab<'_>,
    patch: &Patch,
    spec: &Spec,
    reds: &[Red],
    suite: Duration,
) -> Result<Needed, Attempt> {
    let alone = patch.sites.len() == 1;
    let sites = if alone { Vec::new() } else { lab.texts_without(patch)? };
    let mutants = lab.mutants(patch)?;
    let (equivalent, live): (Vec<_>, Vec<_>) =
        mutants.into_iter().partition(|mutant| mutant.equivalent.is_some());
    let texts: Vec<String> =
        sites.iter().cloned().chain(live.iter().map(|mutant| mutant.text.clone())).collect();
    let reports = reports(lab, patch, spec, &texts, sites.len(), variants::budget(suite))?;
    let (of_sites, of_mutants) = reports.split_at(sites.len());
    let sites = match patch.sites.as_slice() {
        [only] => vec![proven(only, reds.first().map(|red| red.test.clone()))],
        _ => judge_sites(patch, spec, of_sites)?,
    };
    let mut mutants = judge_mutants(&live, of_mutants)?;
    mutants.extend(equivalent.into_iter().map(|mutant| Mutant {
        end: MutantEnd::Survived(mutant.equivalent.unwrap_or_default()),
        change: mutant.change,
    }));
    Ok(Needed { sites, mutants })
}

/// All in one run, or where that cannot be had one after another: the first `must` whatever it
/// takes, the others as long as `budget` lasts.
fn reports(
    lab: &Lab<'_>,
    patch: &Patch,
    spec: &Spec,
    texts: &[String],
    must: usize,
    budget: Duration,
) -> Result<Vec<Option<SuiteReport>>, Halt> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let start = Instant::now();
    if let Some(reports) = variants::run(lab, patch, spec, texts, budget)? {
        return Ok(reports.into_iter().map(Some).collect());
    }
    let mut reports = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let left = budget.saturating_sub(start.elapsed());
        if index >= must && left.is_zero() {
            reports.push(None);
            continue;
        }
        let tree = lab.variant(text, spec)?;
        let runs = if index < must { lab.runs() } else { lab.runs_within(left) };
        match runs.suite("variant", &tree, &[lab.spec_path()]) {
            Ok(report) => reports.push(Some(report)),
            Err(Halt::Refused(_)) if index >= must => reports.push(None),
            Err(halt) => return Err(halt),
        }
    }
    Ok(reports)
}

fn judge_sites(
    patch: &Patch,
    spec: &Spec,
    reports: &[Option<SuiteReport>],
) -> Result<Vec<ProvenSite>, Attempt> {
    let judged = patch.sites.iter().zip(reports).enumerate();
    judged
        .map(|(index, (site, report))| {
            let red = report.as_ref().and_then(|report| red_without(spec, index, report));
            if red.is_none() {
                let words = format!(
                    "no new test notices when {} line {} stays as it was",
                    site.path, site.lines.0
                );
                return Err(Attempt::of_site(patch, index, Refusal::new("site-not-needed", words)));
            }
            Ok(proven(site, red))
        })
        .collect()
}

/// The test of a site that is red without it, and for the production reason.
fn red_without(spec: &Spec, site: usize, report: &SuiteReport) -> Option<String> {
    let own = spec.tests.iter().filter(|test| test.sites.contains(&site));
    let mut red = own.filter(|test| {
        report.named(&test.name).is_some_and(|result| {
            result.status == TestStatus::Failed && result.message.contains(&test.red)
        })
    });
    red.next().map(|test| test.name.clone())
}

fn judge_mutants(
    mutants: &[bugstack_patch::Mutant],
    reports: &[Option<SuiteReport>],
) -> Result<Vec<Mutant>, Refusal> {
    let judged = mutants.iter().zip(reports);
    judged
        .map(|(mutant, report)| {
            let change = mutant.change.clone();
            let end = match report {
                None => MutantEnd::NotRun("the time for mutants was over".to_owned()),
                Some(report) => MutantEnd::KilledBy(killer(report).ok_or_else(|| {
                    let words = format!("every new test passes with this change: {change}");
                    Refusal::new("mutant-survived", words)
                })?),
            };
            Ok(Mutant { change, end })
        })
        .collect()
}

/// Who noticed: a test, or whatever reads the file before its tests.
fn killer(report: &SuiteReport) -> Option<String> {
    let test = report.with(TestStatus::Failed).next().map(|test| test.name.clone());
    test.or_else(|| report.broken.first().map(|_| "the compiler".to_owned()))
}

fn proven(site: &PatchedSite, red_without: Option<String>) -> ProvenSite {
    ProvenSite { file: site.path.clone(), lines: site.lines, red_without }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;
    use crate::toolchain::{BrokenFile, TestResult};

    fn mutant(change: &str) -> bugstack_patch::Mutant {
        bugstack_patch::Mutant { change: change.into(), text: String::new(), equivalent: None }
    }

    fn report(status: TestStatus, broken: bool) -> SuiteReport {
        let (file, message) = ("a.spec.ts".to_owned(), String::new());
        let broken = broken.then(|| BrokenFile { file: file.clone(), message: message.clone() });
        let test = TestResult { file, name: "a".into(), status, message };
        SuiteReport { tests: vec![test], broken: broken.into_iter().collect() }
    }

    #[test]
    fn a_mutant_that_nothing_notices_is_a_refusal() {
        use TestStatus::{Failed, Passed};
        let mutants = [mutant("negated"), mutant("other type"), mutant("late")];
        let noticed = [Some(report(Failed, false)), Some(report(Passed, true)), None];
        let ends: Vec<MutantEnd> =
            judge_mutants(&mutants, &noticed).unwrap().into_iter().map(|it| it.end).collect();
        assert_eq!(ends[0], MutantEnd::KilledBy("a".into()));
        assert_eq!(ends[1], MutantEnd::KilledBy("the compiler".into()));
        assert!(matches!(ends[2], MutantEnd::NotRun(_)), "{ends:?}");
        let refusal = judge_mutants(&mutants[..1], &[Some(report(Passed, false))]).unwrap_err();
        assert_eq!(refusal.code, "mutant-survived");
        assert!(refusal.explanation.contains("negated"), "{}", refusal.explanation);
    }
}
