//! A forge that ends with its connection: after so many calls nothing is answered any more.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use bugstack_agent::forge::{Answer, Forge, ForgeError, LocalForge, Opened, Presentation, Push};
use bugstack_agent::git::Repository;
use bugstack_agent::model::{Found, Project, Proposal, RepositoryFacts, Standing};

/// When the connection ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ends {
    /// The call is not made.
    Before,
    /// The call is made, and its answer is lost.
    After,
}

pub(crate) struct Flawed {
    ends: Ends,
    left: AtomicUsize,
    public: bool,
    /// How often a branch was pushed.
    pub(crate) pushes: AtomicUsize,
}

impl Flawed {
    /// Answers `calls` calls.
    pub(crate) fn after(calls: usize, ends: Ends) -> Self {
        let (left, pushes) = (AtomicUsize::new(calls), AtomicUsize::new(0));
        Self { ends, left, public: false, pushes }
    }

    /// Answers every call.
    pub(crate) fn never() -> Self {
        Self::after(usize::MAX, Ends::Before)
    }

    /// The same for a repository that everybody may read.
    pub(crate) fn public(self) -> Self {
        Self { public: true, ..self }
    }

    fn call<T>(&self, call: impl FnOnce() -> Answer<T>) -> Answer<T> {
        if self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok()
        {
            return call();
        }
        if matches!(self.ends, Ends::After) {
            let _ = call()?;
        }
        Err(ForgeError::Fault(anyhow::anyhow!("the connection ended")))
    }
}

impl Forge for Flawed {
    fn mirror(&self, project: &Project, place: &Path) -> Answer<Repository> {
        LocalForge.mirror(project, place)
    }

    fn facts(&self, project: &Project) -> Answer<RepositoryFacts> {
        let facts = self.call(|| LocalForge.facts(project))?;
        Ok(RepositoryFacts { public: self.public, ..facts })
    }

    fn find(&self, project: &Project, branch: &str) -> Answer<Option<Found>> {
        self.call(|| LocalForge.find(project, branch))
    }

    fn head(&self, project: &Project, branch: &str) -> Answer<Option<String>> {
        self.call(|| LocalForge.head(project, branch))
    }

    fn push(&self, project: &Project, mirror: &Repository, push: &Push<'_>) -> Answer<String> {
        self.pushes.fetch_add(1, Ordering::SeqCst);
        self.call(|| LocalForge.push(project, mirror, push))
    }

    fn open(&self, project: &Project, proposal: &Proposal, shown: &Presentation) -> Answer<Opened> {
        self.call(|| LocalForge.open(project, proposal, shown))
    }

    fn update(&self, project: &Project, proposal: &Proposal, shown: &Presentation) -> Answer<()> {
        self.call(|| LocalForge.update(project, proposal, shown))
    }

    fn look(&self, project: &Project, proposal: &Proposal) -> Answer<Standing> {
        self.call(|| LocalForge.look(project, proposal))
    }

    fn comment(&self, project: &Project, proposal: &Proposal, key: &str, text: &str) -> Answer<()> {
        self.call(|| LocalForge.comment(project, proposal, key, text))
    }

    fn ready(&self, project: &Project, proposal: &Proposal, reviewers: &[String]) -> Answer<()> {
        self.call(|| LocalForge.ready(project, proposal, reviewers))
    }

    fn merge(&self, project: &Project, proposal: &Proposal) -> Answer<String> {
        self.call(|| LocalForge.merge(project, proposal))
    }

    fn auto_merge(&self, project: &Project, proposal: &Proposal) -> Answer<()> {
        self.call(|| LocalForge.auto_merge(project, proposal))
    }

    fn close(&self, project: &Project, proposal: &Proposal, word: &str) -> Answer<()> {
        self.call(|| LocalForge.close(project, proposal, word))
    }

    fn may_write(&self, project: &Project, person: &str) -> Answer<bool> {
        self.call(|| LocalForge.may_write(project, person))
    }
}
