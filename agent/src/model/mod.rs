//! The nouns. Data only: nothing here reads, writes or waits.

mod event;
mod followed;
mod halt;
mod issue;
mod lap;
mod occasion;
mod production;
mod proof;
mod proposal;
mod record;
mod repair;
mod secret;
mod standing;
mod watched;

pub use bugstack_patch::Refusal;
pub use event::{Event, SendFailure};
pub use followed::{AtHead, Evidence, Followed, Handled, NextRepair, Outcome, Shown};
pub use halt::Halt;
pub use issue::{Issue, IssueId, IssueState, Project, ProjectId, UnknownState};
pub use lap::{Lap, Phase, spent};
pub use occasion::{Errand, Occasion};
pub use production::{Exposure, Production, ReleaseSeen, Unit};
pub use proof::{
    Baseline, Environment, Green, Mutant, MutantEnd, Proof, ProvenSite, Red, Tried, TypeCheck,
};
pub use proposal::{Details, Proposal, ProposalId, ProposalState};
pub use record::Record;
pub use repair::{Diagnosis, Progress, RepairId, Site, Verdict};
pub use secret::Secret;
pub use standing::{Checks, FailedCheck, Found, Remark, RepositoryFacts, Review, Standing};
pub use watched::{LaterRepair, RepairEnd, Watched};
