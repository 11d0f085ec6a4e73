//! What a report means for the proof.

use std::collections::BTreeSet;
use std::path::Path;

use bugstack_patch::{Patch, SiteEvidence, Spec, SpecTest};

use super::{Attempt, Lab};
use crate::model::{Halt, Red, Refusal, TypeCheck};
use crate::toolchain::{SuiteReport, TestResult, TestStatus};

/// Characters of a runner's words that are kept.
const MAX_MESSAGE: usize = 2_000;
/// Tests that an explanation names.
const NAMED: usize = 5;

/// A suite where nothing passes cannot tell whether a patch breaks anything.
pub(super) fn baseline(own: SuiteReport) -> Result<SuiteReport, Halt> {
    let passes = own.with(TestStatus::Passed).next().is_some();
    if passes || !own.failed() {
        return Ok(own);
    }
    let first = own.broken.first().map(|file| format!("{}: {}", file.file, file.message));
    let first = first.or_else(|| own.tests.first().map(|test| test.message.clone()));
    Err(Halt::refused(
        "baseline-broken",
        format!(
            "no test of the project passes before the patch, so none can tell what the patch \
             breaks\n{}",
            shortened(&first.unwrap_or_default())
        ),
    ))
}

/// Why a new test is not red, and the sites that it is for.
#[derive(Debug, Clone)]
pub(super) struct NotRed {
    refusal: Refusal,
    sites: Vec<usize>,
}

impl NotRed {
    /// What it means for the patch: where the test is for siblings only, they are taken out.
    pub(super) fn of(self, patch: &Patch) -> Attempt {
        let typed = |site: &usize| {
            patch.sites.get(*site).is_some_and(|site| site.evidence == SiteEvidence::Typed)
        };
        match self.sites.last() {
            Some(last) if self.sites.iter().all(typed) => Attempt::Needless(*last, self.refusal),
            _ => Attempt::Refused(self.refusal),
        }
    }
}

/// Every new test must fail on the unpatched tree, and each for the production reason.
pub(super) fn red(spec: &Spec, new: &SuiteReport) -> Result<Vec<Red>, NotRed> {
    if let Some(broken) = new.broken.first() {
        let words = "the new test does not start on the unpatched tree";
        return Err(NotRed { refusal: no_red(words, &broken.message), sites: Vec::new() });
    }
    let not = |test: &SpecTest, refusal| NotRed { refusal, sites: test.sites.clone() };
    let red = |test| red_test(test, new).map_err(|refusal| not(test, refusal));
    spec.tests.iter().map(red).collect()
}

fn red_test(test: &SpecTest, new: &SuiteReport) -> Result<Red, Refusal> {
    let result = new.named(&test.name).ok_or_else(|| unreported(&test.name))?;
    if result.status != TestStatus::Failed {
        let words = format!("`{}` does not fail on the unpatched tree", test.name);
        return Err(no_red(&words, &result.message));
    }
    if !result.message.contains(&test.red) {
        return Err(no_red(&format!("`{}` fails for another reason", test.name), &result.message));
    }
    Ok(Red {
        test: test.name.clone(),
        message: shortened(&result.message),
        reason: format!("its failure says `{}`", test.red),
    })
}

/// Whoever writes the report must tell of every test that was to run.
fn unreported(name: &str) -> Refusal {
    let words = format!(
        "the runner did not report `{name}`, which was to run: does the project's configuration \
         leave new test files out?"
    );
    Refusal::new("report-incomplete", words)
}

fn no_red(why: &str, said: &str) -> Refusal {
    let said = shortened(said);
    Refusal::new("no-red", format!("{why}: the fault is not reproduced\n{said}").trim().to_owned())
}

/// Every new test must pass on the patched tree.
pub(super) fn green(spec: &Spec, new: &SuiteReport) -> Result<(), Refusal> {
    let said = new.broken.first().map(|file| file.message.as_str());
    for test in &spec.tests {
        let result = new.named(&test.name);
        if result.is_none() && said.is_none() {
            return Err(unreported(&test.name));
        }
        if result.is_none_or(|result| result.status != TestStatus::Passed) {
            let said = result.map(|result| result.message.as_str()).or(said).unwrap_or_default();
            let words = format!("`{}` still fails with the patch\n{}", test.name, shortened(said));
            return Err(Refusal::new("not-green", words));
        }
    }
    Ok(())
}

/// Tests that passed before and do not pass now, each with what the runner said.
pub(super) fn fallen(before: &SuiteReport, after: &SuiteReport) -> Vec<TestResult> {
    let broken = |file: &str| after.broken.iter().find(|broken| broken.file == file);
    before
        .with(TestStatus::Passed)
        .filter_map(|test| match after.find(&test.file, &test.name) {
            Some(now) if now.status == TestStatus::Passed => None,
            Some(now) => Some(now.clone()),
            None => {
                let message = broken(&test.file).map(|broken| broken.message.clone());
                let message = message.unwrap_or_else(|| "the test is gone".to_owned());
                Some(TestResult { status: TestStatus::Failed, message, ..test.clone() })
            }
        })
        .collect()
}

/// Tests that passed before and pass now.
pub(super) fn unaffected(before: &SuiteReport, after: &SuiteReport) -> Vec<String> {
    let passes = |test: &&TestResult| {
        after.find(&test.file, &test.name).is_some_and(|now| now.status == TestStatus::Passed)
    };
    before.with(TestStatus::Passed).filter(passes).map(|test| test.name.clone()).collect()
}

/// Runs what fell once more: a test that passes now flips by itself and decides nothing.
pub(super) fn flaky(
    lab: &Lab<'_>,
    tree: &Path,
    fallen: &[TestResult],
) -> Result<BTreeSet<(String, String)>, Attempt> {
    let files: BTreeSet<&str> = fallen.iter().map(|test| test.file.as_str()).collect();
    if files.is_empty() {
        return Ok(BTreeSet::new());
    }
    let files: Vec<&str> = files.into_iter().collect();
    let again = lab.runs().suite("flake check", tree, &files)?;
    let passes = |test: &&TestResult| {
        again.find(&test.file, &test.name).is_some_and(|now| now.status == TestStatus::Passed)
    };
    let flipped = fallen.iter().filter(passes);
    Ok(flipped.map(|test| (test.file.clone(), test.name.clone())).collect())
}

/// A test that stays down is a reason to refuse.
pub(super) fn regressed(
    fallen: &[TestResult],
    flaky: &BTreeSet<(String, String)>,
) -> Result<(), Refusal> {
    let down: Vec<&TestResult> = fallen
        .iter()
        .filter(|test| !flaky.contains(&(test.file.clone(), test.name.clone())))
        .collect();
    let Some(first) = down.first() else { return Ok(()) };
    let names = down.iter().take(NAMED).map(|test| format!("`{}` in {}", test.name, test.file));
    let names = names.collect::<Vec<_>>().join(", ");
    Err(Refusal::new(
        "regressed",
        format!(
            "{} of the project's tests passed before and fail with the patch: {names}\n{}",
            down.len(),
            shortened(&first.message)
        ),
    ))
}

/// No diagnostic that was not there before.
pub(super) fn types(
    lab: &Lab<'_>,
    patched: &Path,
    unpatched: &Path,
) -> Result<Option<TypeCheck>, Attempt> {
    let Some(after) = lab.runs().types(patched)? else { return Ok(None) };
    let mut known = if after.diagnostics.is_empty() {
        Vec::new()
    } else {
        lab.runs().types(unpatched)?.unwrap_or_default().diagnostics
    };
    let before = known.len();
    let mut new = Vec::new();
    for diagnostic in after.diagnostics {
        match known.iter().position(|old| *old == diagnostic) {
            Some(at) => drop(known.swap_remove(at)),
            None => new.push(diagnostic),
        }
    }
    if let Some(first) = new.first() {
        let words = format!("the type check finds {} new errors: {first}", new.len());
        return Err(Refusal::new("type-error", words).into());
    }
    Ok(Some(TypeCheck { command: after.command, before, new }))
}

/// The beginning of what a runner said, without colour codes.
fn shortened(said: &str) -> String {
    let mut plain = String::new();
    let mut characters = said.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else if plain.len() < MAX_MESSAGE {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;
    use crate::toolchain::BrokenFile;

    const PRODUCTION: &str = "WebSocket is not open: readyState 3 (CLOSED)";

    fn spec() -> Spec {
        let test = SpecTest { name: "a".into(), sites: vec![0], red: PRODUCTION.into() };
        Spec { text: String::new(), tests: vec![test] }
    }

    fn report(tests: &[(&str, TestStatus, &str)], broken: &[&str]) -> SuiteReport {
        let test = |&(name, status, message): &(&str, TestStatus, &str)| TestResult {
            file: "a.spec.ts".into(),
            name: name.into(),
            status,
            message: message.into(),
        };
        let broken = broken
            .iter()
            .map(|message| BrokenFile { file: "b.spec.ts".into(), message: (*message).into() });
        SuiteReport { tests: tests.iter().map(test).collect(), broken: broken.collect() }
    }

    #[test]
    fn red_counts_only_for_the_production_reason() {
        use TestStatus::{Failed, Passed, Skipped};
        let error = format!("Error: {PRODUCTION}\n    at send");
        let accepted = report(&[("a", Failed, &error)], &[]);
        assert_eq!(red(&spec(), &accepted).unwrap()[0].test, "a");
        let twice = [("a", Passed, ""), ("a", Failed, error.as_str())];
        assert!(red(&spec(), &report(&twice, &[])).is_ok(), "blamed after its end");
        let table = [
            (report(&[("a", Passed, "")], &[]), "no-red", "does not fail"),
            (report(&[("a", Skipped, "")], &[]), "no-red", "does not fail"),
            (report(&[("a", Failed, "x is not a function")], &[]), "no-red", "another reason"),
            (report(&[("a", Failed, "Exceeded timeout")], &[]), "no-red", "another reason"),
            (report(&[("b", Failed, &error)], &[]), "report-incomplete", "did not report"),
            (report(&[], &["TS2339: no such property"]), "no-red", "does not start"),
            (report(&[], &[&error]), "no-red", "does not start"),
        ];
        for (report, code, told) in table {
            let refusal = red(&spec(), &report).unwrap_err().refusal;
            assert_eq!(refusal.code, code);
            assert!(refusal.explanation.contains(told), "{told}: {}", refusal.explanation);
        }
    }

    #[test]
    fn a_baseline_needs_one_test_that_passes() {
        use TestStatus::{Failed, Passed};
        assert!(baseline(report(&[("a", Passed, ""), ("b", Failed, "x")], &["c"])).is_ok());
        assert!(baseline(report(&[], &[])).is_ok(), "a suite without tests breaks nothing");
        for broken in [report(&[("a", Failed, "boom")], &[]), report(&[], &["boom"])] {
            let Err(Halt::Refused(refusal)) = baseline(broken) else { panic!("accepted") };
            assert_eq!(refusal.code, "baseline-broken");
            assert!(refusal.explanation.contains("boom"), "{}", refusal.explanation);
        }
    }

    #[test]
    fn only_what_passed_before_can_fall() {
        use TestStatus::{Failed, Passed};
        let before = report(&[("a", Passed, ""), ("b", Failed, ""), ("gone", Passed, "")], &[]);
        let after = report(&[("a", Failed, "now"), ("b", Failed, "still")], &[]);
        let fallen = fallen(&before, &after);
        let names: Vec<&str> = fallen.iter().map(|test| test.name.as_str()).collect();
        assert_eq!(names, ["a", "gone"]);
        assert!(unaffected(&before, &after).is_empty());
        assert_eq!(unaffected(&before, &before), ["a", "gone"]);
        let refusal = regressed(&fallen, &BTreeSet::new()).unwrap_err();
        assert_eq!(refusal.code, "regressed");
        assert!(refusal.explanation.contains("`a` in a.spec.ts"), "{}", refusal.explanation);
        let all = fallen.iter().map(|test| (test.file.clone(), test.name.clone())).collect();
        assert!(regressed(&fallen, &all).is_ok(), "what flips by itself decides nothing");
    }

    #[test]
    fn green_needs_every_new_test() {
        use TestStatus::{Failed, Passed};
        assert!(green(&spec(), &report(&[("a", Passed, "")], &[])).is_ok());
        let twice = report(&[("a", Passed, ""), ("a", Failed, "after its end")], &[]);
        for bad in [report(&[("a", Failed, "no")], &[]), report(&[], &["no"]), twice] {
            assert_eq!(green(&spec(), &bad).unwrap_err().code, "not-green");
        }
        assert_eq!(green(&spec(), &report(&[], &[])).unwrap_err().code, "report-incomplete");
    }

    #[test]
    fn colours_and_length_are_taken_off() {
        assert_eq!(shortened("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(shortened(&"x".repeat(5_000)).len(), MAX_MESSAGE);
    }
}
