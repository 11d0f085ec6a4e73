//! What a test runner said, the same for every runner.

/// A run of tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuiteReport {
    /// Every test that has a result.
    pub tests: Vec<TestResult>,
    /// Files whose tests could not even start.
    pub broken: Vec<BrokenFile>,
}

/// One test's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// Path in the repository.
    pub file: String,
    /// `describe` blocks first, joined by a space.
    pub name: String,
    /// How it ended.
    pub status: TestStatus,
    /// The runner's words, where it failed.
    pub message: String,
}

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestStatus {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It did not run.
    Skipped,
}

/// A file whose tests could not even start: it does not compile, or throws while loading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenFile {
    /// Path in the repository.
    pub file: String,
    /// The runner's words.
    pub message: String,
}

impl SuiteReport {
    /// The tests that ended with `status`.
    pub fn with(&self, status: TestStatus) -> impl Iterator<Item = &TestResult> {
        self.tests.iter().filter(move |test| test.status == status)
    }

    /// The result of one test. A test that is told of more than once, as by a runner that blames it
    /// for an error after its end, has failed if it failed once.
    pub fn find(&self, file: &str, name: &str) -> Option<&TestResult> {
        let mut told = self.tests.iter().filter(|test| test.file == file && test.name == name);
        let first = told.next()?;
        Some(told.find(|test| test.status == TestStatus::Failed).unwrap_or(first))
    }

    /// The result of one test, whichever file it stands in.
    pub fn named(&self, name: &str) -> Option<&TestResult> {
        let file = &self.tests.iter().find(|test| test.name == name)?.file;
        self.find(file, name)
    }

    /// Splits off what belongs to `file`: (that file's, everything else's).
    pub fn split(self, file: &str) -> (Self, Self) {
        let (own, others) = self.tests.into_iter().partition(|test| test.file == file);
        let (own_broken, other_broken) = self.broken.into_iter().partition(|b| b.file == file);
        (Self { tests: own, broken: own_broken }, Self { tests: others, broken: other_broken })
    }

    /// Whether anything failed.
    pub fn failed(&self) -> bool {
        !self.broken.is_empty() || self.with(TestStatus::Failed).next().is_some()
    }
}
