//! Issues and proposals as JSON: the same words as on the pages, for programs.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Service;
use crate::model::{Issue, IssueId, Lap, Outcome, Proof, Proposal, ProposalId, Refusal, Shown};
use crate::store::{KeptProposal, Repair, StoreError, TemplateRecord};

/// Issues in one answer.
const LISTED: usize = 100;

/// One issue.
#[derive(Debug, Serialize, Deserialize)]
pub struct IssueView {
    /// Its number.
    pub id: i64,
    /// The project's name.
    pub project: String,
    /// The error in one line.
    pub title: String,
    /// Where it stands.
    pub state: String,
    /// Events counted so far.
    pub events: u64,
    /// The first event's time.
    pub first_seen: Timestamp,
    /// The newest event's time.
    pub last_seen: Timestamp,
    /// Until when it is muted.
    #[serde(default)]
    pub muted_until: Option<Timestamp>,
    /// Its repairs, newest first; none in a list.
    #[serde(default)]
    pub repairs: Vec<RepairView>,
    /// The number of its newest proposal; none in a list.
    #[serde(default)]
    pub proposal: Option<i64>,
}

/// One repair.
#[derive(Debug, Serialize, Deserialize)]
pub struct RepairView {
    /// Why it began.
    #[serde(default)]
    pub occasion: String,
    /// Where it stands.
    pub state: String,
    /// The stage that runs or waits.
    pub next: Option<String>,
    /// Why there is no patch.
    pub refusal: Option<Refusal>,
    /// The last fault of our own.
    pub error: Option<String>,
    /// Every run of a stage, in order.
    pub stages: Vec<StageView>,
}

/// One run of a stage.
#[derive(Debug, Serialize, Deserialize)]
pub struct StageView {
    /// `locate`, `diagnose`, …
    pub stage: String,
    /// When a worker took it.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// `found`, a refusal's code, or the fault's words.
    pub outcome: String,
}

/// One proposal.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProposalView {
    /// Its number.
    pub id: i64,
    /// The project's name.
    pub project: String,
    /// The commit's subject.
    pub title: String,
    /// Where it stands.
    pub state: String,
    /// The branch that holds it.
    pub branch: String,
    /// The commit that the patch was made on.
    pub base: String,
    /// Its head.
    pub commit: String,
    /// Unified diff from `base` to `commit`.
    pub diff: String,
    /// Markdown.
    pub body: String,
    /// Why to believe it.
    pub proof: Proof,
    /// What the project's own tools took.
    pub laps: Vec<Lap>,
    /// The event's time.
    pub created: Timestamp,
    /// The commit that merged it.
    pub merge_commit: Option<String>,
    /// The forge's number.
    #[serde(default)]
    pub number: Option<i64>,
    /// Where people see it at the forge.
    #[serde(default)]
    pub url: Option<String>,
    /// The template that made the patch.
    #[serde(default)]
    pub template: String,
    /// What it came to, once that is known.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// Checks, review, what is waited for, what production says.
    #[serde(default)]
    pub shown: Shown,
}

/// How the proposals of one template fared in one project.
#[derive(Debug, Serialize, Deserialize)]
pub struct RecordView {
    /// The project's name.
    pub project: String,
    /// The template.
    pub template: String,
    /// Merged as they were.
    pub merged: u32,
    /// Merged with changes.
    pub edited: u32,
    /// Closed by a person.
    pub closed: u32,
    /// Lower bound of the share that is merged as it was.
    pub lower_bound: f64,
}

pub(super) async fn issues(State(service): State<Arc<Service>>) -> Response {
    match service.store.issues(LISTED).await {
        Ok(issues) => {
            let issues: Vec<IssueView> = issues.into_iter().map(IssueView::listed).collect();
            Json(json!({ "issues": issues })).into_response()
        }
        Err(error) => failed(&error),
    }
}

pub(super) async fn issue(
    State(service): State<Arc<Service>>,
    Path(number): Path<i64>,
) -> Response {
    match service.store.issue(IssueId(number)).await {
        Ok(Some(page)) => {
            let mut view = IssueView::listed(page.issue);
            view.repairs = page.repairs.into_iter().map(RepairView::from).collect();
            view.proposal = page.proposal.map(|kept| kept.id.0);
            Json(view).into_response()
        }
        Ok(None) => missing("issue", number),
        Err(error) => failed(&error),
    }
}

pub(super) async fn proposal(
    State(service): State<Arc<Service>>,
    Path(number): Path<i64>,
) -> Response {
    match service.store.proposal(ProposalId(number)).await {
        Ok(Some(kept)) => Json(ProposalView::from(kept)).into_response(),
        Ok(None) => missing("proposal", number),
        Err(error) => failed(&error),
    }
}

pub(super) async fn records(State(service): State<Arc<Service>>) -> Response {
    match service.store.records().await {
        Ok(records) => {
            let records: Vec<RecordView> = records.into_iter().map(RecordView::from).collect();
            Json(json!({ "records": records })).into_response()
        }
        Err(error) => failed(&error),
    }
}

fn missing(what: &str, number: i64) -> Response {
    let told = Json(json!({ "error": format!("there is no {what} {number}") }));
    (StatusCode::NOT_FOUND, told).into_response()
}

fn failed(error: &StoreError) -> Response {
    tracing::error!(%error, "the store did not answer");
    let told = Json(json!({ "error": "the store did not answer; try again" }));
    (StatusCode::SERVICE_UNAVAILABLE, told).into_response()
}

impl IssueView {
    fn listed(issue: Issue) -> Self {
        Self {
            id: issue.id.0,
            project: issue.project.0,
            title: issue.title,
            state: issue.state.as_str().to_owned(),
            events: issue.events,
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
            muted_until: issue.muted_until,
            repairs: Vec::new(),
            proposal: None,
        }
    }
}

impl From<Repair> for RepairView {
    fn from(repair: Repair) -> Self {
        let stages = repair.stages.into_iter().map(|run| StageView {
            stage: run.stage,
            started: run.started,
            ms: run.ms,
            outcome: run.outcome,
        });
        Self {
            occasion: repair.occasion.as_str().to_owned(),
            state: repair.state.as_str().to_owned(),
            next: repair.next,
            refusal: repair.refusal,
            error: repair.error,
            stages: stages.collect(),
        }
    }
}

impl From<KeptProposal> for ProposalView {
    fn from(kept: KeptProposal) -> Self {
        let Proposal {
            title,
            state,
            branch,
            base,
            commit,
            diff,
            body,
            proof,
            laps,
            created,
            number,
            url,
            template,
            ..
        } = kept.proposal;
        Self {
            id: kept.id.0,
            project: kept.project.id.0,
            state: state.as_str().to_owned(),
            merge_commit: kept.merge_commit,
            outcome: kept.outcome,
            shown: kept.shown,
            number,
            url,
            template,
            title,
            branch,
            base,
            commit,
            diff,
            body,
            proof,
            laps,
            created,
        }
    }
}

impl From<TemplateRecord> for RecordView {
    fn from(TemplateRecord { project, template, record }: TemplateRecord) -> Self {
        Self {
            project: project.0,
            template,
            merged: record.merged,
            edited: record.edited,
            closed: record.closed,
            lower_bound: record.lower_bound(),
        }
    }
}
