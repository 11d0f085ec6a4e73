//! `[proposals]`: how many there may be, how much they say, and who merges them.

use serde::Deserialize;

use super::ConfigError;
use super::check::{within, wrong};
use crate::follow::{Merge, Policy};
use crate::model::Details;
use crate::store::Caps;

/// What proposals may be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Proposals {
    /// New ones within an hour, over the installation.
    pub per_hour: u32,
    /// Open ones at the same time in one repository.
    pub open_per_repository: u32,
    /// How much of an event they show where everybody may read them.
    pub details: Details,
    /// `people`, or `auto`: the forge merges as soon as every guard is met.
    pub merge: Merge,
    /// With `auto`: the least lower bound of a template's record in a repository, in percent.
    pub least_record: u32,
}

impl Proposals {
    /// How many there may be.
    pub fn caps(&self) -> Caps {
        Caps { per_hour: self.per_hour, open_per_repository: self.open_per_repository }
    }

    /// What the follow lane may do.
    pub fn policy(&self) -> Policy {
        Policy { merge: self.merge, least_record: f64::from(self.least_record) / 100.0 }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        within("proposals.per_hour", self.per_hour.into(), 1, 1_000)?;
        within("proposals.open_per_repository", self.open_per_repository.into(), 1, 1_000)?;
        if self.least_record > 99 {
            let why = "is a lower bound in percent: at most 99 can ever be reached";
            return Err(wrong("proposals.least_record", why));
        }
        Ok(())
    }
}

impl Default for Proposals {
    fn default() -> Self {
        let Caps { per_hour, open_per_repository } = Caps::default();
        Self {
            per_hour,
            open_per_repository,
            merge: Merge::People,
            least_record: 80,
            details: Details::default(),
        }
    }
}
