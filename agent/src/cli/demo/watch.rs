//! Watches the agent over its API until the repair has ended.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::processes::Agent;
use crate::http::views::{IssueView, ProposalView};
use jiff::Timestamp;

/// The whole repair, from the event to the proposal.
const REPAIR: Duration = Duration::from_secs(900);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// How the repair ended.
pub(super) struct Ended {
    pub(super) issue: IssueView,
    pub(super) proposal: ProposalView,
}

impl Ended {
    /// The sum of a stage's runs, in milliseconds.
    pub(super) fn stage_ms(&self, name: &str) -> Option<u64> {
        let runs = self.issue.repairs.first()?.stages.iter().filter(|run| run.stage == name);
        Some(runs.map(|run| run.ms).sum())
    }

    /// When the last stage ended.
    pub(super) fn at(&self) -> Timestamp {
        let last = self.issue.repairs.first().and_then(|repair| repair.stages.last());
        last.map_or(self.proposal.created, |run| {
            run.started + jiff::SignedDuration::from_millis(i64::try_from(run.ms).unwrap_or(0))
        })
    }
}

#[derive(Deserialize)]
struct Listed {
    issues: Vec<Numbered>,
}

#[derive(Deserialize)]
struct Numbered {
    id: i64,
}

/// Waits for the proposal; says the stage whenever it changes.
pub(super) async fn until_proposed(agent: &Agent, mut say: impl FnMut(&str)) -> Result<Ended> {
    tokio::time::timeout(REPAIR, follow(agent, &mut say))
        .await
        .context("the repair takes too long")?
}

async fn follow(agent: &Agent, say: &mut impl FnMut(&str)) -> Result<Ended> {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let mut looks = tokio::time::interval(LOOK);
    let mut told = String::new();
    loop {
        looks.tick().await;
        let listed: Listed = get(&client, agent, "issues").await?;
        let Some(Numbered { id }) = listed.issues.first() else { continue };
        let issue: IssueView = get(&client, agent, &format!("issues/{id}")).await?;
        if let Some(number) = issue.proposal {
            let proposal = get(&client, agent, &format!("proposals/{number}")).await?;
            return Ok(Ended { issue, proposal });
        }
        let Some(repair) = issue.repairs.first() else { continue };
        if let Some(refusal) = &repair.refusal {
            bail!("the agent refused: {}: {}", refusal.code, refusal.explanation);
        }
        if repair.state == "failed" {
            bail!("the agent failed: {}", repair.error.as_deref().unwrap_or("no reason given"));
        }
        if let Some(next) = repair.next.as_deref().filter(|next| *next != told) {
            say(next);
            told = next.to_owned();
        }
    }
}

async fn get<T: DeserializeOwned>(
    client: &reqwest::Client,
    agent: &Agent,
    what: &str,
) -> Result<T> {
    let url = format!("{}/api/v1/{what}", agent.url());
    let answer = client.get(&url).send().await.with_context(|| format!("asking for {url}"))?;
    Ok(answer.error_for_status()?.json().await?)
}
