//! What goes into the store and comes out of it, beside the nouns of `model`.

use bugstack_patch::Diagnosis;
use jiff::Timestamp;
use serde::Serialize;

use crate::model::{
    Errand, Event, Issue, IssueId, Progress, Project, ProjectId, Proposal, ProposalId, Refusal,
    RepairId, UnknownState,
};

/// An event on its way into the store.
#[derive(Debug, Clone)]
pub struct Occurrence {
    /// Whose it is.
    pub project: ProjectId,
    /// What happened.
    pub event: Event,
    /// The grouping key of its issue.
    pub key: String,
    /// The title of its issue, if this event is the first.
    pub title: String,
}

/// What became of an [`Occurrence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// The issue it belongs to.
    pub issue: IssueId,
    /// Whether the project had sent this id before; then nothing was changed.
    pub duplicate: bool,
    /// Whether a repair was queued with it.
    pub new_repair: bool,
}

/// The right to store what the next stage of a repair finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Which repair.
    pub repair: RepairId,
    /// Grows with every claim; a smaller one is stale.
    pub fence: i64,
}

/// A repair that this worker may take one step further.
#[derive(Debug, Clone)]
pub struct Job {
    /// The right to do so.
    pub lease: Lease,
    /// Whose repository it is.
    pub project: Project,
    /// What is repaired.
    pub issue: Issue,
    /// What the repair was begun for.
    pub errand: Errand,
    /// The occurrence that started the repair.
    pub event: Event,
    /// How far the repair has come.
    pub progress: Progress,
    /// How often the present stage was begun, this time included.
    pub attempts: u32,
}

/// A project and what it has sent.
#[derive(Debug, Clone)]
pub struct ProjectSummary {
    /// The project.
    pub project: Project,
    /// Whether it has a key, without which it cannot send.
    pub has_key: bool,
    /// Events kept.
    pub events: u64,
    /// Its newest event's arrival; none while the first is awaited.
    pub last_event: Option<Timestamp>,
    /// Its newest pulse's arrival.
    pub last_pulse: Option<Timestamp>,
}

/// Everything about one issue.
#[derive(Debug, Clone)]
pub struct IssuePage {
    /// The issue.
    pub issue: Issue,
    /// The event of its newest repair, else its newest event.
    pub event: Option<Event>,
    /// Its repairs, newest first.
    pub repairs: Vec<Repair>,
    /// Its newest proposal.
    pub proposal: Option<(ProposalId, Proposal)>,
}

/// A repair as the pages show it.
#[derive(Debug, Clone)]
pub struct Repair {
    /// Its number.
    pub id: RepairId,
    /// Where it stands.
    pub state: RepairState,
    /// The stage that runs or waits; none when the repair has ended well.
    pub next: Option<String>,
    /// How often that stage was begun.
    pub attempts: u32,
    /// The cause, once known.
    pub diagnosis: Option<Diagnosis>,
    /// Why there is no patch.
    pub refusal: Option<Refusal>,
    /// The last fault of our own.
    pub error: Option<String>,
    /// Every run of a stage, in order.
    pub stages: Vec<StageRun>,
}

/// Where a repair stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepairState {
    /// Waits for a worker.
    Queued,
    /// A worker has it.
    Leased,
    /// Ended with a proposal.
    Done,
    /// Ended with a refusal.
    Refused,
    /// Ended by our own fault.
    Failed,
}

/// One run of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRun {
    /// `locate`, `diagnose`, …
    pub stage: String,
    /// When a worker took it.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// `found`, a refusal's code, or the fault's words.
    pub outcome: String,
}

/// A proposal with its number and project.
#[derive(Debug, Clone)]
pub struct KeptProposal {
    /// Its number in our pages.
    pub id: ProposalId,
    /// Whose repository it is.
    pub project: Project,
    /// The proposal.
    pub proposal: Proposal,
    /// The commit that merged it.
    pub merge_commit: Option<String>,
}

/// Rows of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// Projects.
    pub projects: u64,
    /// Events.
    pub events: u64,
    /// Issues.
    pub issues: u64,
    /// Repairs that wait or run.
    pub open_repairs: u64,
    /// Every repair.
    pub repairs: u64,
    /// Every proposal.
    pub proposals: u64,
    /// Instances that sent pulses.
    pub pulses: u64,
}

impl RepairState {
    /// The word used in the store and the pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

impl std::str::FromStr for RepairState {
    type Err = UnknownState;

    fn from_str(word: &str) -> Result<Self, UnknownState> {
        [Self::Queued, Self::Leased, Self::Done, Self::Refused, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| UnknownState(word.to_owned()))
    }
}
