//! The first page: projects, proposals, issues.

use axum::response::Response;
use serde::Serialize;

use super::time::Moment;
use super::{Service, Trouble};
use crate::model::{Issue, Proposal, ProposalId};
use crate::store::{KeptProposal, ProjectSummary, TemplateRecord};

/// Issues on the first page.
const ISSUES: usize = 200;
/// Proposals on the first page.
const PROPOSALS: usize = 50;

pub(super) async fn page(service: &Service) -> Result<Response, Trouble> {
    let now = (service.clock)();
    let projects = service.store.projects().await?;
    let waiting = projects.iter().any(|project| project.last_event.is_none());
    let issues = service.store.issues(ISSUES).await?;
    let proposals = service.store.proposals(PROPOSALS).await?;
    let view = HomeView {
        base_url: &service.settings.base_url,
        projects: projects.iter().map(|project| ProjectRow::new(now, project)).collect(),
        issues: issues.into_iter().map(|issue| IssueRow::new(now, issue)).collect(),
        records: service.store.records().await?.into_iter().map(RecordRow::new).collect(),
        proposals: proposals.into_iter().map(ProposalRow::new).collect(),
    };
    service.pages.page("home.html", waiting, view)
}

#[derive(Serialize)]
struct HomeView<'a> {
    base_url: &'a str,
    projects: Vec<ProjectRow<'a>>,
    issues: Vec<IssueRow>,
    proposals: Vec<ProposalRow>,
    records: Vec<RecordRow>,
}

/// How a template's proposals fared in a project.
#[derive(Serialize)]
struct RecordRow {
    project: String,
    template: String,
    merged: u32,
    edited: u32,
    closed: u32,
    /// Percent.
    least: u32,
}

impl RecordRow {
    fn new(TemplateRecord { project, template, record }: TemplateRecord) -> Self {
        let least = (record.lower_bound() * 100.0) as u32;
        let (merged, edited, closed) = (record.merged, record.edited, record.closed);
        Self { project: project.0, template, merged, edited, closed, least }
    }
}

#[derive(Serialize)]
struct ProjectRow<'a> {
    id: &'a str,
    repository: &'a str,
    base_branch: &'a str,
    has_key: bool,
    events: u64,
    last_event: Option<Moment>,
    last_pulse: Option<Moment>,
}

impl<'a> ProjectRow<'a> {
    fn new(now: jiff::Timestamp, of: &'a ProjectSummary) -> Self {
        Self {
            id: &of.project.id.0,
            repository: &of.project.repository,
            base_branch: &of.project.base_branch,
            has_key: of.has_key,
            events: of.events,
            last_event: of.last_event.map(|at| Moment::seen(now, at)),
            last_pulse: of.last_pulse.map(|at| Moment::seen(now, at)),
        }
    }
}

#[derive(Serialize)]
struct IssueRow {
    issue: Issue,
    last_seen: Moment,
}

impl IssueRow {
    fn new(now: jiff::Timestamp, issue: Issue) -> Self {
        Self { last_seen: Moment::seen(now, issue.last_seen), issue }
    }
}

#[derive(Serialize)]
struct ProposalRow {
    id: ProposalId,
    project: String,
    proposal: Proposal,
}

impl ProposalRow {
    fn new(kept: KeptProposal) -> Self {
        Self { id: kept.id, project: kept.project.id.0, proposal: kept.proposal }
    }
}
