//! Stage 5: a commit, a branch, and a proposal at the forge. Every byte of the commit follows from
//! the verdict and the event, so that a repeated stage makes the same commit and finds the same
//! proposal.

mod body;
mod codeowners;
mod decide;
mod marker;
mod replay;
mod reviewers;
mod upsert;

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::{Context, Settings};
use crate::forge::Forge;
use crate::git::NewCommit;
use crate::markdown;
use crate::model::{Halt, IssueId, Proposal, ProposalState, RepositoryFacts, Verdict};
use marker::Marker;

/// Characters of a commit's subject and of a proposal's title.
const MAX_TITLE: usize = 72;
/// The label that every proposal has.
const LABEL: &str = "bugstack";

/// Commits, pushes the branch and opens or updates the proposal.
pub(super) fn propose(context: &Context<'_>, verdict: &Verdict) -> Result<Proposal, Halt> {
    let forge = context.forge.context("this run has no forge to propose to")?;
    let draft = Draft::new(context, forge, verdict)?;
    upsert::upsert(context, forge, &draft)
}

/// A proposal before it has a branch.
struct Draft<'a> {
    verdict: &'a Verdict,
    issue: IssueId,
    fix_key: String,
    commit: String,
    title: String,
    template: String,
    labels: Vec<String>,
    reviewers: Vec<String>,
    people_merge: bool,
    facts: RepositoryFacts,
}

impl<'a> Draft<'a> {
    fn new(context: &Context<'_>, forge: &dyn Forge, verdict: &'a Verdict) -> Result<Self, Halt> {
        let issue = context.issue.context("a proposal answers an issue")?.id;
        let settings = Settings::read(&context.repository.tree(base(verdict))?)?;
        let title = markdown::inert(&verdict.patch.title, MAX_TITLE);
        let commit = context.repository.commit(&NewCommit {
            base: base(verdict),
            files: &verdict.files,
            message: &message(&title, verdict),
            time: commit_time(context),
        })?;
        let labels = [LABEL.to_owned()].into_iter().chain(settings.labels.clone());
        Ok(Self {
            verdict,
            issue,
            fix_key: verdict.diagnosis.fix_key.clone(),
            commit,
            title,
            template: format!("{}/{}", verdict.patch.template, verdict.patch.candidate),
            labels: labels.collect(),
            reviewers: reviewers::of(context, verdict, &settings)?,
            people_merge: settings.merge.is_some(),
            facts: forge.facts(context.project)?,
        })
    }

    /// The proposal from `branch`, whose commit the forge knows as `head`. `releases` are those of
    /// an earlier marker.
    fn proposal(
        &self,
        context: &Context<'_>,
        branch: &str,
        head: String,
        releases: Vec<String>,
    ) -> Result<Proposal> {
        let verdict = self.verdict;
        let mut marker = Marker {
            fix_key: self.fix_key.clone(),
            base: base(verdict).to_owned(),
            head: head.clone(),
            tree: context.repository.tree_id(&self.commit)?,
            template: self.template.clone(),
            releases,
        };
        marker.sees(context.event);
        let words = body::write(context, self, branch)?;
        Ok(Proposal {
            fix_key: self.fix_key.clone(),
            issue: self.issue,
            branch: branch.to_owned(),
            base_branch: context.project.base_branch.clone(),
            base: base(verdict).to_owned(),
            commit: head,
            title: self.title.clone(),
            body: format!("{}\n\n{marker}\n", words.trim_end()),
            diff: context.repository.diff(base(verdict), &self.commit)?,
            proof: verdict.proof.clone(),
            laps: verdict.laps.clone(),
            state: ProposalState::Open,
            created: commit_time(context),
            number: None,
            url: None,
            template: self.template.clone(),
            reviewers: self.reviewers.clone(),
            people_merge: self.people_merge,
        })
    }
}

fn base(verdict: &Verdict) -> &str {
    &verdict.diagnosis.site.base
}

/// The date of commits: the event's.
fn commit_time(context: &Context<'_>) -> Timestamp {
    context.event.timestamp
}

/// Forges act on what commits say, and people's tools on their last paragraph: that one is ours.
fn message(title: &str, verdict: &Verdict) -> String {
    const MAX_WORDS: usize = 1_000;
    let told = [&verdict.diagnosis.found.cause, &verdict.patch.summary];
    let told = told.map(|text| markdown::wrapped(&markdown::inert(text, MAX_WORDS), MAX_TITLE));
    format!("{title}\n\n{}\n\nBugstack-Fix-Key: {}\n", told.join("\n\n"), verdict.diagnosis.fix_key)
}
