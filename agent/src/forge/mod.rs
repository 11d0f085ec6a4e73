//! Where proposals live: primitives that every forge offers. A forge decides nothing: whether a
//! proposal is opened, updated or respected is `repair/propose`'s matter, its life `follow`'s.
//!
//! Every method may be repeated and then changes nothing more. All of them block.

mod error;
mod forges;
pub mod github;
mod local;

pub use error::ForgeError;
pub use forges::Forges;
pub use github::{Github, Timer};
pub use local::LocalForge;

use std::path::Path;

use crate::git::Repository;
use crate::model::{Found, Project, Proposal, RepositoryFacts, Standing};

/// The only branches that are ours to move.
pub const OURS: &str = "bugstack/";

/// A branch to move.
#[derive(Debug, Clone, Copy)]
pub struct Push<'a> {
    /// Its name, below [`OURS`].
    pub branch: &'a str,
    /// What it shall point at, full SHA; the mirror has it.
    pub commit: &'a str,
    /// What it points at now; none when it must not exist.
    pub expected: Option<&'a str>,
}

/// How a proposal is shown, beside its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presentation {
    /// Opened as a draft, until the checks are green.
    pub draft: bool,
    /// Words for the forge's filters.
    pub labels: Vec<String>,
}

/// A proposal that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The forge's number.
    pub number: i64,
    /// Where people see it.
    pub url: Option<String>,
}

/// A place that holds proposals and lets people review and merge them.
pub trait Forge: Send + Sync {
    /// The agent's own bare copy of the repository, kept at `place`, with every branch as it is
    /// there now.
    fn mirror(&self, project: &Project, place: &Path) -> Answer<Repository>;

    /// What the forge knows of the repository.
    fn facts(&self, project: &Project) -> Answer<RepositoryFacts>;

    /// The newest proposal that was made from this branch, whatever became of it.
    fn find(&self, project: &Project, branch: &str) -> Answer<Option<Found>>;

    /// What a branch points at.
    fn head(&self, project: &Project, branch: &str) -> Answer<Option<String>>;

    /// Moves a branch of ours and returns its new head, which is another than `commit` where the
    /// forge makes the commit itself. [`ForgeError::Moved`] when the branch is not where it was
    /// expected and not at its aim either. A branch that is not ours is refused before anything is
    /// sent.
    fn push(&self, project: &Project, mirror: &Repository, push: &Push<'_>) -> Answer<String>;

    /// Opens a proposal from its branch. One that is open from the same branch already is the
    /// answer.
    fn open(&self, project: &Project, proposal: &Proposal, shown: &Presentation) -> Answer<Opened>;

    /// Gives an open proposal its title, body and labels; labels of others stay.
    fn update(&self, project: &Project, proposal: &Proposal, shown: &Presentation) -> Answer<()>;

    /// How a proposal stands.
    fn look(&self, project: &Project, proposal: &Proposal) -> Answer<Standing>;

    /// Writes below a proposal. A comment of ours with the same hidden key is rewritten instead.
    fn comment(&self, project: &Project, proposal: &Proposal, key: &str, text: &str) -> Answer<()>;

    /// Offers a draft for review, and asks these people for one; who cannot be asked is left out.
    fn ready(&self, project: &Project, proposal: &Proposal, reviewers: &[String]) -> Answer<()>;

    /// Merges an open proposal whose head is still `proposal.commit`, because a person asked for
    /// it, and returns the merge commit.
    fn merge(&self, project: &Project, proposal: &Proposal) -> Answer<String>;

    /// Has the forge merge the proposal by itself as soon as the branch's rules are met, if its
    /// head is still `proposal.commit`.
    fn auto_merge(&self, project: &Project, proposal: &Proposal) -> Answer<()>;

    /// Closes an open proposal with a word below it, and removes its branch if it is still at
    /// `proposal.commit`.
    fn close(&self, project: &Project, proposal: &Proposal, word: &str) -> Answer<()>;

    /// Whether this person may push to the repository.
    fn may_write(&self, project: &Project, person: &str) -> Answer<bool>;
}

/// What a forge returns.
pub type Answer<T> = Result<T, ForgeError>;
