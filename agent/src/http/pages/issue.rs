//! An issue as its page shows it.

use bugstack_patch::Diagnosis;
use bugstack_proto::{Exception, Frame};
use jiff::Timestamp;
use serde::Serialize;

use super::time::{Moment, length};
use crate::model::{Event, Issue, IssueState, Occasion, Progress, ProposalId, Refusal};
use crate::store::{IssuePage, Repair, RepairState, StageRun};

#[derive(Serialize)]
pub(super) struct IssueView<'a> {
    issue: &'a Issue,
    first_seen: Moment,
    last_seen: Moment,
    event: Option<EventView<'a>>,
    repairs: Vec<RepairView<'a>>,
    proposal: Option<ProposalLink<'a>>,
    /// What is waited for, or what production says.
    note: &'a str,
    muted_until: Option<Moment>,
    /// Whether a person has taken it out of the agent's hands.
    unwanted: bool,
    /// Whether a person may ask for another repair.
    repairable: bool,
    /// Whether a repair waits or runs.
    pub(super) under_way: bool,
}

#[derive(Serialize)]
struct ProposalLink<'a> {
    id: ProposalId,
    title: &'a str,
    state: &'static str,
}

#[derive(Serialize)]
struct EventView<'a> {
    facts: Vec<(&'static str, &'a str)>,
    exceptions: Vec<ExceptionView<'a>>,
}

#[derive(Serialize)]
struct ExceptionView<'a> {
    kind: &'a str,
    message: &'a str,
    frames: Vec<FrameView<'a>>,
}

#[derive(Serialize)]
struct FrameView<'a> {
    function: &'a str,
    place: String,
    in_app: bool,
}

#[derive(Serialize)]
struct RepairView<'a> {
    id: i64,
    occasion: &'static str,
    state: &'static str,
    diagnosis: Option<&'a Diagnosis>,
    refusal: Option<&'a Refusal>,
    error: Option<&'a str>,
    steps: Vec<Step<'a>>,
}

/// One of the stages, whether or not it ran.
#[derive(Serialize)]
struct Step<'a> {
    name: &'static str,
    /// `done`, `refused`, `failed`, `running`, `waiting` or `none`.
    state: &'static str,
    took: Option<String>,
    note: Option<&'a str>,
    tries: usize,
}

impl<'a> IssueView<'a> {
    pub(super) fn new(now: Timestamp, page: &'a IssuePage) -> Self {
        let open =
            |repair: &Repair| matches!(repair.state, RepairState::Queued | RepairState::Leased);
        let under_way = page.repairs.iter().any(open);
        let ended =
            [IssueState::New, IssueState::Refused, IssueState::Failed, IssueState::Regressed];
        Self {
            issue: &page.issue,
            first_seen: Moment::seen(now, page.issue.first_seen),
            last_seen: Moment::seen(now, page.issue.last_seen),
            event: page.event.as_ref().map(event),
            repairs: page.repairs.iter().map(repair).collect(),
            proposal: page.proposal.as_ref().map(|kept| ProposalLink {
                id: kept.id,
                title: &kept.proposal.title,
                state: kept.proposal.state.as_str(),
            }),
            note: page.proposal.as_ref().map_or("", |kept| &kept.shown.note),
            muted_until: page.issue.muted_until.map(|until| Moment::seen(now, until)),
            unwanted: matches!(page.issue.state, IssueState::Ignored | IssueState::Muted),
            repairable: !under_way && page.event.is_some() && ended.contains(&page.issue.state),
            under_way,
        }
    }
}

fn event(event: &Event) -> EventView<'_> {
    let facts = [
        ("Release", &event.release),
        ("Commit", &event.commit),
        ("Environment", &event.environment),
        ("Runtime", &event.platform),
    ];
    EventView {
        facts: facts
            .into_iter()
            .filter_map(|(name, value)| value.as_deref().map(|value| (name, value)))
            .collect(),
        exceptions: event.exceptions.iter().map(exception).collect(),
    }
}

fn exception(exception: &Exception) -> ExceptionView<'_> {
    ExceptionView {
        kind: &exception.kind,
        message: &exception.message,
        frames: exception.frames.iter().map(frame).collect(),
    }
}

fn frame(frame: &Frame) -> FrameView<'_> {
    let numbers = [frame.line, frame.column].into_iter().map_while(|number| number);
    let mut place = frame.file.clone().unwrap_or_default();
    for number in numbers {
        place.push_str(&format!(":{number}"));
    }
    FrameView {
        function: frame.function.as_deref().unwrap_or("<anonymous>"),
        place,
        in_app: frame.in_app.unwrap_or(false),
    }
}

fn repair(repair: &Repair) -> RepairView<'_> {
    RepairView {
        id: repair.id.0,
        occasion: occasion(repair.occasion),
        state: repair.state.as_str(),
        diagnosis: repair.diagnosis.as_ref(),
        refusal: repair.refusal.as_ref(),
        error: repair.error.as_deref(),
        steps: Progress::STAGES.into_iter().map(|name| step(repair, name)).collect(),
    }
}

/// Why a repair began, in words.
fn occasion(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Event => "because of an event",
        Occasion::Person => "because a person asked for it",
        Occasion::NewRelease => "because it was seen in a newer release",
        Occasion::Regression => "because it came back after the merge",
        Occasion::Conflict => "because the proposal conflicted with the base branch",
        Occasion::BaseMoved => "because the base branch changed a file of the proposal",
        Occasion::ChecksFailed => "because checks failed on the proposal",
    }
}

fn step<'a>(repair: &'a Repair, name: &'static str) -> Step<'a> {
    let runs: Vec<&StageRun> = repair.stages.iter().filter(|run| run.stage == name).collect();
    let next = repair.next.as_deref() == Some(name);
    let state = match repair.state {
        RepairState::Leased if next => "running",
        RepairState::Queued if next => "waiting",
        RepairState::Refused if next => "refused",
        RepairState::Failed if next => "failed",
        _ if runs.is_empty() => "none",
        _ => "done",
    };
    let note = runs.last().map(|run| run.outcome.as_str()).filter(|outcome| *outcome != "found");
    Step {
        name,
        state,
        took: (!runs.is_empty()).then(|| length(runs.iter().map(|run| run.ms).sum())),
        note,
        tries: runs.len(),
    }
}
