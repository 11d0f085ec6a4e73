//! The nouns. Data only: nothing here reads, writes or waits.

mod event;
mod halt;
mod issue;
mod lap;
mod occasion;
mod proof;
mod proposal;
mod repair;
mod standing;

pub use bugstack_patch::Refusal;
pub use event::{Event, SendFailure};
pub use halt::Halt;
pub use issue::{Issue, IssueId, IssueState, Project, ProjectId, UnknownState};
pub use lap::{Lap, Phase, spent};
pub use occasion::{Errand, Occasion};
pub use proof::{
    Baseline, Environment, Green, Mutant, MutantEnd, Proof, ProvenSite, Red, Tried, TypeCheck,
};
pub use proposal::{Details, Proposal, ProposalId, ProposalState};
pub use repair::{Diagnosis, Progress, RepairId, Site, Verdict};
pub use standing::{Checks, FailedCheck, Found, Remark, RepositoryFacts, Review, Standing};
