//! Why a repair begins.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Proposal, UnknownState};

/// Why a repair begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    /// The first event that deserves one.
    Event,
    /// A person asked for it.
    Person,
    /// The error was seen in a release that is newer than the proposal that a person closed.
    NewRelease,
    /// The error was seen in a release that contains the merged proposal.
    Regression,
    /// The base branch moved and the open proposal no longer merges: it is made anew on the new
    /// base.
    Conflict,
    /// The base branch changed a file of the open proposal: does the fault still exist there?
    BaseMoved,
    /// The forge's checks failed on the open proposal: the next candidate is tried.
    ChecksFailed,
}

impl Occasion {
    const ALL: [Self; 7] = [
        Self::Event,
        Self::Person,
        Self::NewRelease,
        Self::Regression,
        Self::Conflict,
        Self::BaseMoved,
        Self::ChecksFailed,
    ];

    /// The word used in the store, the API and the pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Person => "person",
            Self::NewRelease => "new-release",
            Self::Regression => "regression",
            Self::Conflict => "conflict",
            Self::BaseMoved => "base-moved",
            Self::ChecksFailed => "checks-failed",
        }
    }

    /// Whether the repair is about a proposal that is open already.
    pub fn updates(self) -> bool {
        matches!(self, Self::Conflict | Self::BaseMoved | Self::ChecksFailed)
    }
}

impl std::str::FromStr for Occasion {
    type Err = UnknownState;

    fn from_str(word: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|occasion| occasion.as_str() == word)
            .ok_or_else(|| UnknownState(word.to_owned()))
    }
}

/// What a repair was begun for, and what is known from those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Errand {
    /// Why it was begun.
    pub occasion: Occasion,
    /// Candidates whose patch for this fix key the forge's checks have turned down, newest last, as
    /// [`Proposal::template`] names them; a template's id alone means all of its candidates.
    pub banned: Vec<String>,
    /// Our newest proposal for the issue, whatever became of it.
    pub last: Option<Proposal>,
    /// How proposals of a candidate fared in this repository, by [`Proposal::template`]: a lower
    /// bound of the share that people merge, 0 to 1. What has no outcome yet is not in it.
    pub record: BTreeMap<String, f64>,
}

impl Errand {
    /// A repair that nothing came before.
    pub fn first() -> Self {
        Self { occasion: Occasion::Event, banned: Vec::new(), last: None, record: BTreeMap::new() }
    }
}
