//! Stage 4: the proof. The project's own tests and a new one, on the tree as it is and on the
//! tree as it would be, in the sandbox.
//!
//! The first candidate that passes wins; what became of the others is part of the proof.

mod judge;
mod lab;
mod necessity;
mod variants;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bugstack_patch::{Patch, SiteEvidence, Spec};

use self::judge::NotRed;
use self::lab::Lab;
use self::necessity::Needed;
use super::Context;
use crate::model::{
    Baseline, Diagnosis, Green, Halt, Mutant, Proof, ProvenSite, Red, Refusal, Tried, TypeCheck,
    Verdict,
};
use crate::toolchain::{SuiteReport, TestStatus};

/// Proves the candidates in rank order.
pub(super) fn verify(
    context: &Context<'_>,
    diagnosis: Diagnosis,
    candidates: Vec<Patch>,
) -> Result<Verdict, Halt> {
    let lab = Lab::prepare(context, &diagnosis)?;
    let mut tried = Vec::new();
    let mut first_refusal = None;
    let mut unpatched = None;
    for patch in candidates {
        match prove_what_is_needed(&lab, patch.clone(), &mut unpatched) {
            Ok((patch, proven)) => {
                tried.push(line(&patch, "proven"));
                return Ok(verdict(context, &lab, diagnosis, patch, proven, tried));
            }
            Err(Attempt::Halted(halt)) => return Err(halt),
            Err(Attempt::Refused(refusal) | Attempt::Needless(_, refusal)) => {
                tried.push(line(&patch, &refusal.code));
                first_refusal = first_refusal.or(Some(refusal));
            }
        }
    }
    Err(first_refusal
        .map_or_else(|| Halt::refused("no-candidate", "there is nothing to prove"), Halt::Refused))
}

/// Why a candidate has no proof.
enum Attempt {
    /// This candidate is refused; the next may pass.
    Refused(Refusal),
    /// One of its sites is: without it the candidate may pass.
    Needless(usize, Refusal),
    /// No candidate can pass.
    Halted(Halt),
}

impl Attempt {
    /// What a flaw of one site means: a sibling is taken out of the patch; the place that the trace
    /// proved, and what belongs to it, decides about the whole.
    fn of_site(patch: &Patch, site: usize, refusal: Refusal) -> Self {
        match patch.sites.get(site).map(|site| site.evidence) {
            Some(SiteEvidence::Typed) => Self::Needless(site, refusal),
            _ => Self::Refused(refusal),
        }
    }
}

impl From<Refusal> for Attempt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Halt> for Attempt {
    fn from(halt: Halt) -> Self {
        Self::Halted(halt)
    }
}

/// The unpatched tree: the project's own tests, and the spec that went with them.
struct Unpatched {
    tree: PathBuf,
    spec: Spec,
    own: SuiteReport,
    red: Result<Vec<Red>, NotRed>,
}

struct Proven {
    spec: Spec,
    baseline: Baseline,
    red: Red,
    green: Green,
    types: Option<TypeCheck>,
    sites: Vec<ProvenSite>,
    mutants: Vec<Mutant>,
    unaffected: Vec<String>,
}

/// Proves a patch, if need be without sites that no test needs.
fn prove_what_is_needed(
    lab: &Lab<'_>,
    mut patch: Patch,
    kept: &mut Option<Unpatched>,
) -> Result<(Patch, Proven), Attempt> {
    for _ in 1..patch.sites.len() {
        match prove(lab, &patch, kept) {
            Err(Attempt::Needless(site, reason)) => patch = patch.without(site, reason),
            ended => return Ok((patch, ended?)),
        }
    }
    let proven = prove(lab, &patch, kept)?;
    Ok((patch, proven))
}

fn prove(lab: &Lab<'_>, patch: &Patch, kept: &mut Option<Unpatched>) -> Result<Proven, Attempt> {
    let spec = lab.spec(patch)?;
    let unpatched = match kept.take() {
        Some(before) if before.spec == spec => before,
        before => run_unpatched(lab, spec, before)?,
    };
    let unpatched = kept.insert(unpatched);
    let reds = unpatched.red.clone().map_err(|flaw| flaw.of(patch))?;
    let red = reds.first().cloned().ok_or_else(|| no_tests(patch))?;
    let patched = lab.patched(patch, &unpatched.spec)?;
    let Patched { green, baseline, unaffected, suite } = run_patched(lab, &patched, unpatched)?;
    let types = judge::types(lab, &patched, &unpatched.tree)?;
    let spec = unpatched.spec.clone();
    let Needed { sites, mutants } = necessity::needed(lab, patch, &spec, &reds, suite)?;
    Ok(Proven { spec, baseline, red, green, types, sites, mutants, unaffected })
}

/// One run for both: the suite with the new spec in it. A different spec of a later candidate
/// needs no second baseline.
fn run_unpatched(
    lab: &Lab<'_>,
    spec: Spec,
    before: Option<Unpatched>,
) -> Result<Unpatched, Attempt> {
    let tree = lab.unpatched(&spec)?;
    let (name, only): (_, &[&str]) = match &before {
        None => ("baseline and red", &[]),
        Some(_) => ("red", &[lab.spec_path()]),
    };
    let report = lab.runs().suite(name, &tree, only)?;
    let (new, own) = report.split(lab.spec_path());
    let own = match before {
        None => judge::baseline(own)?,
        Some(before) => before.own,
    };
    let red = judge::red(&spec, &new);
    Ok(Unpatched { tree, spec, own, red })
}

/// The patched tree: the whole suite, the new spec in it.
struct Patched {
    green: Green,
    baseline: Baseline,
    unaffected: Vec<String>,
    /// What the suite took.
    suite: Duration,
}

fn run_patched(lab: &Lab<'_>, tree: &Path, unpatched: &Unpatched) -> Result<Patched, Attempt> {
    let start = Instant::now();
    let report = lab.runs().suite("green", tree, &[])?;
    let suite_took = start.elapsed();
    let (new, own) = report.split(lab.spec_path());
    judge::green(&unpatched.spec, &new)?;
    let fallen = judge::fallen(&unpatched.own, &own);
    let flaky = judge::flaky(lab, tree, &fallen)?;
    judge::regressed(&fallen, &flaky)?;
    let count = |own: &SuiteReport| Baseline {
        passed: own.with(TestStatus::Passed).count(),
        failed: own.with(TestStatus::Failed).count() + own.broken.len(),
        flaky: flaky.len(),
    };
    let mut suite = count(&own);
    suite.passed += new.with(TestStatus::Passed).count();
    let test = unpatched.spec.tests.first().map(|test| test.name.clone()).unwrap_or_default();
    Ok(Patched {
        green: Green { test, suite },
        baseline: count(&unpatched.own),
        unaffected: judge::unaffected(&unpatched.own, &own),
        suite: suite_took,
    })
}

fn verdict(
    context: &Context<'_>,
    lab: &Lab<'_>,
    diagnosis: Diagnosis,
    patch: Patch,
    proven: Proven,
    tried: Vec<Tried>,
) -> Verdict {
    let files = lab.files(&patch, &proven.spec);
    let proof = Proof {
        baseline: proven.baseline,
        red: proven.red,
        green: proven.green,
        types: proven.types,
        sites: proven.sites,
        mutants: proven.mutants,
        unaffected: proven.unaffected,
        tests_edited: Vec::new(),
        tried,
        environment: lab.environment(),
    };
    Verdict { diagnosis, patch, files, proof, laps: context.stopwatch.laps() }
}

fn line(patch: &Patch, verdict: &str) -> Tried {
    let template = format!("{}/{}", patch.template, patch.candidate);
    Tried { template, verdict: verdict.to_owned() }
}

fn no_tests(patch: &Patch) -> Refusal {
    let words = format!("the template `{}` has no test for this place", patch.template);
    Refusal::new("no-red", words)
}
