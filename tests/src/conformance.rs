//! What every forge promises, and what people do there meanwhile: one suite for all of them.
//!
//! A promise is a function over a fresh [`Ground`]; what is not kept is its error.

mod branches;
mod endings;
mod proposals;

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use bugstack_agent::forge::{Forge, Presentation, Push};
use bugstack_agent::git::{NewCommit, Repository};
use bugstack_agent::model::{Project, Proposal, Standing};
use jiff::Timestamp;
use serde_json::json;

/// A forge with one repository, and the people who use it. The base branch is `main`; it has the
/// file [`FILE`].
pub trait Ground {
    /// The forge.
    fn forge(&self) -> &dyn Forge;

    /// The repository's project.
    fn project(&self) -> &Project;

    /// A mirror of the repository as it is now.
    fn mirror(&self) -> Result<Repository>;

    /// A person commits to a branch; returns its new head.
    fn push(&self, branch: &str, file: (&str, &str)) -> Result<String>;

    /// A person deletes a branch.
    fn delete(&self, branch: &str) -> Result<()>;

    /// A person merges a proposal, by whatever means the forge has.
    fn merge(&self, proposal: &Proposal) -> Result<()>;

    /// A person closes a proposal without merging it.
    fn close(&self, proposal: &Proposal) -> Result<()>;

    /// A person puts a label on a proposal.
    fn label(&self, proposal: &Proposal, label: &str) -> Result<()>;

    /// A person writes below a proposal; returns whether people can do that here.
    fn comment(&self, proposal: &Proposal, text: &str) -> Result<bool>;

    /// What a person sees of a proposal.
    fn seen(&self, proposal: &Proposal) -> Result<Seen>;

    /// Somebody who may push to the repository, and somebody who may not.
    fn people(&self) -> (Option<&str>, &str);

    /// Lets whatever auto-merge waits for come true.
    fn approve(&self, proposal: &Proposal) -> Result<()>;
}

/// A proposal as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its title.
    pub title: String,
    /// Its body.
    pub body: String,
    /// Its labels.
    pub labels: BTreeSet<String>,
    /// What we wrote below it, in any order.
    pub comments: Vec<String>,
}

/// A promise, in words and as what checks it.
pub type Promise = (&'static str, fn(&dyn Ground) -> Result<()>);

/// A file of the base branch.
pub const FILE: &str = "a.txt";
/// The branch that proposals are made from.
pub const BRANCH: &str = "bugstack/c0ffee00c0ff";

/// Every promise.
pub fn promises() -> impl Iterator<Item = Promise> {
    branches::PROMISES.into_iter().chain(proposals::PROMISES).chain(endings::PROMISES)
}

/// Checks every promise, each on a ground of its own, and returns those that are not kept.
pub fn broken<G: Ground>(begin: impl Fn() -> Result<G>) -> Vec<String> {
    let broken = promises().filter_map(|(words, check)| {
        let checked = begin().and_then(|ground| check(&ground));
        checked.err().map(|error| format!("{words}: {error:#}"))
    });
    broken.collect()
}

/// What the checks are written with.
struct Story<'a> {
    ground: &'a dyn Ground,
    forge: &'a dyn Forge,
    project: &'a Project,
}

impl<'a> Story<'a> {
    fn on(ground: &'a dyn Ground) -> Self {
        Self { ground, forge: ground.forge(), project: ground.project() }
    }

    /// A commit of ours on the base branch, in a mirror where `branch` points at it.
    fn commit(&self, branch: &str, text: &str) -> Result<(Repository, String)> {
        let mirror = self.ground.mirror()?;
        let base = mirror.branch_head("main").context("there is no main")?;
        let files = [(FILE.to_owned(), text.to_owned())];
        let time: Timestamp = "2026-11-22T19:00:00Z".parse()?;
        let commit = NewCommit { base: &base, files: &files, message: "fix: a", time };
        let commit = mirror.commit(&commit)?;
        if branch.starts_with("bugstack/") {
            mirror.set_branch(branch, &commit)?;
        }
        Ok((mirror, commit))
    }

    fn pushed(&self, branch: &str, text: &str, expected: Option<&str>) -> Result<String> {
        let (mirror, commit) = self.commit(branch, text)?;
        Ok(self.forge.push(self.project, &mirror, &Push { branch, commit: &commit, expected })?)
    }

    /// A proposal that is open.
    fn opened(&self, text: &str) -> Result<Proposal> {
        let head = self.forge.head(self.project, BRANCH)?;
        let commit = self.pushed(BRANCH, text, head.as_deref())?;
        let proposal = self.proposal(&commit)?;
        let opened = self.forge.open(self.project, &proposal, &shown(false, &["bugstack"]))?;
        Ok(Proposal { number: Some(opened.number), url: opened.url, ..proposal })
    }

    /// A proposal of a commit that was pushed.
    fn proposal(&self, commit: &str) -> Result<Proposal> {
        let base = self.ground.mirror()?.branch_head("main").context("there is no main")?;
        let count = json!({ "passed": 1, "failed": 0, "flaky": 0 });
        Ok(serde_json::from_value(json!({
            "fix_key": "c0ffee00c0ffee00", "issue": 1, "branch": BRANCH, "base_branch": "main",
            "base": base, "commit": commit, "title": "fix: a", "body": "Why.\n\n<!-- mark -->",
            "diff": "", "laps": [], "state": "open", "created": "2026-11-22T19:00:00Z",
            "number": null,
            "proof": {
                "baseline": count, "red": { "test": "t", "message": "m", "reason": "r" },
                "green": { "test": "t", "suite": count }, "types": null, "sites": [],
                "mutants": [], "unaffected": [], "tests_edited": [], "tried": [],
                "environment": { "node": null, "ws": null, "lockfile": null },
            },
        }))?)
    }

    fn look(&self, proposal: &Proposal) -> Result<Standing> {
        Ok(self.forge.look(self.project, proposal)?)
    }

    fn main(&self) -> Result<String> {
        self.ground.mirror()?.branch_head("main").context("there is no main")
    }
}

fn shown(draft: bool, labels: &[&str]) -> Presentation {
    Presentation { draft, labels: labels.iter().map(|&label| label.to_owned()).collect() }
}

/// Two values that must be equal.
fn same<T: std::fmt::Debug + PartialEq>(what: &str, found: &T, expected: &T) -> Result<()> {
    ensure!(found == expected, "{what} is {found:?}, not {expected:?}");
    Ok(())
}
