//! What must hold at any time, and what must be true at rest.

use anyhow::{Context, Result, ensure};
use bugstack_agent::model::{IssueId, IssueState};
use bugstack_agent::store::IssuePage;

use super::world::World;
use crate::github::model::PullRequest;

/// At any time: one open pull request at most, people's commits stay, the base branch is theirs.
pub(super) fn always(world: &World) -> Result<()> {
    let open: Vec<PullRequest> = world.ours()?.into_iter().filter(|pull| pull.open).collect();
    let numbers: Vec<u64> = open.iter().map(|pull| pull.number).collect();
    ensure!(open.len() <= 1, "open at the same time: {numbers:?}");
    let base = world.repo().head("main")?;
    ensure!(base.as_deref() == Some(world.base.as_str()), "somebody moved the base: {base:?}");
    for theirs in &world.theirs {
        let kept = world
            .ours()?
            .iter()
            .any(|pull| pull.head_sha == *theirs || contains(world, &pull.head_sha, theirs));
        ensure!(kept, "the commit {theirs} of a person is gone");
    }
    Ok(())
}

/// When nothing moves any more, the issue says what is true at the forge and in production.
pub(super) fn at_rest(world: &World) -> Result<IssueState> {
    let agent = world.agent()?;
    let page = agent.ask(agent.store.issue(IssueId(1)))?.context("no issue")?;
    let state = page.issue.state;
    let ours = world.ours()?;
    let Some(newest) = ours.last() else {
        let fine = matches!(state, IssueState::New | IssueState::Refused | IssueState::Failed);
        ensure!(fine, "there was never a proposal, and the issue is {state:?}");
        return Ok(state);
    };
    let merged = newest.merged.as_ref().map(|merged| merged.sha.clone());
    let fine = match (newest.open, merged) {
        (true, _) => state == IssueState::Proposed,
        (false, Some(commit)) => after_merge(world, &commit, state)?,
        (false, None) => matches!(
            state,
            IssueState::New | IssueState::Refused | IssueState::Failed | IssueState::Resolved
        ),
    };
    let PullRequest { number, open, draft, merged, closed, head_sha, .. } = newest;
    ensure!(
        fine,
        "pull request {number} at {head_sha}: open {open}, draft {draft}, merged {merged:?}, closed \
         {closed:?}; the issue is {state:?}; {}\nevents {:?}\npulses {:?}",
        words(&page),
        world.events,
        world.pulses
    );
    ensure!(
        page.proposal
            .as_ref()
            .and_then(|it| it.proposal.number)
            .and_then(|it| u64::try_from(it).ok())
            == Some(newest.number),
        "the issue does not know {}",
        newest.number
    );
    Ok(state)
}

/// What the issue's page says of its repairs.
fn words(page: &IssuePage) -> String {
    let repairs = page.repairs.iter().map(|repair| {
        let why = repair.refusal.as_ref().map(|it| it.code.as_str()).or(repair.error.as_deref());
        format!("{:?} {}", repair.state, why.unwrap_or_default())
    });
    format!("repairs, newest first: {:?}", repairs.collect::<Vec<_>>())
}

/// Merged until releases that contain the merge have said something.
fn after_merge(world: &World, commit: &str, state: IssueState) -> Result<bool> {
    let has = |release: &str| release == commit || contains(world, release, commit);
    let came_back = world.events.iter().any(|(release, _)| has(release));
    let exposed: u64 =
        world.pulses.iter().filter(|(release, _)| has(release)).map(|(_, sends)| sends).sum();
    Ok(match state {
        IssueState::Regressed | IssueState::Refused | IssueState::Failed => came_back,
        IssueState::Resolved => !came_back && exposed > 0,
        IssueState::Merged => !came_back,
        _ => false,
    })
}

fn contains(world: &World, commit: &str, ancestor: &str) -> bool {
    world.repo().git().is_ok_and(|git| git.contains(commit, ancestor))
}
