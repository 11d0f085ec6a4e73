//! Answers what people ask for below a proposal. Only who may write to the repository is heard,
//! and each remark once.

use std::collections::BTreeMap;

use super::commands::{Asked, Command, asked};
use super::{Context, outcome, words};
use crate::forge::Answer;
use crate::model::{
    Followed, IssueState, NextRepair, Occasion, Outcome, ProposalState, RepairEnd, Standing,
    Watched,
};

/// Answers remarks, oldest first.
pub(super) fn answer(
    context: &Context<'_>,
    watched: &Watched,
    standing: &Standing,
    followed: &mut Followed,
) -> Answer<()> {
    let mut allowed: BTreeMap<&str, bool> = BTreeMap::new();
    for asked in asked(&standing.remarks, &watched.handled.remarks) {
        let author = asked.remark.author.as_str();
        let allowed = match allowed.get(author) {
            Some(allowed) => *allowed,
            None => {
                let may = context.forge.may_write(&watched.project, author)?;
                allowed.insert(author, may);
                may
            }
        };
        if allowed {
            obey(context, watched, standing, &asked, followed)?;
        }
        followed.handled.remarks.insert(asked.remark.id, asked.lines);
    }
    let still: Vec<i64> = standing.remarks.iter().map(|remark| remark.id).collect();
    followed.handled.remarks.retain(|id, _| still.contains(id));
    Ok(())
}

fn obey(
    context: &Context<'_>,
    watched: &Watched,
    standing: &Standing,
    asked: &Asked<'_>,
    followed: &mut Followed,
) -> Answer<()> {
    let mut answers: Vec<String> = Vec::new();
    for command in &asked.commands {
        let answer = match command {
            Command::Retry => retry(watched, standing, followed).to_owned(),
            Command::Ignore(why) => {
                ignore(context, watched, why.as_deref(), followed)?;
                words::IGNORED.to_owned()
            }
            Command::Explain => words::explained(watched, &followed.shown),
            Command::Unknown => words::unknown(),
        };
        if !answers.contains(&answer) {
            answers.push(answer);
        }
    }
    let key = format!("remark-{}", asked.remark.id);
    context.forge.comment(&watched.project, &watched.proposal, &key, &answers.join("\n\n"))
}

/// Queues a repair where one can be had.
fn retry(watched: &Watched, standing: &Standing, followed: &mut Followed) -> &'static str {
    let busy = watched.repair.as_ref().is_some_and(|repair| repair.end == RepairEnd::Open);
    if !watched.newest {
        return words::OLDER;
    }
    if busy || followed.repair.is_some() {
        return words::BUSY;
    }
    let back = watched.handled.regressed;
    match followed.state {
        ProposalState::Merged if !back => return words::MERGED,
        ProposalState::Open if standing.found.head != watched.proposal.commit => {
            return words::THEIRS;
        }
        _ => {}
    }
    followed.repair = Some(NextRepair { occasion: Occasion::Person, ban: None });
    words::RETRIED
}

/// Closes the proposal, if it is open, and takes the issue out of the agent's hands.
fn ignore(
    context: &Context<'_>,
    watched: &Watched,
    why: Option<&str>,
    followed: &mut Followed,
) -> Answer<()> {
    if followed.state == ProposalState::Open {
        let word = words::closed(super::decide::Reason::Ignored);
        context.forge.close(&watched.project, &watched.proposal, word)?;
        (followed.state, followed.ended) = (ProposalState::Closed, Some(context.now));
    }
    if followed.state == ProposalState::Closed {
        // Said in the same breath as the close, it is the reason for it.
        followed.outcome = Some(Outcome::Ignored(why.and_then(outcome::reason)));
    }
    followed.issue = Some(IssueState::Ignored);
    followed.repair = None;
    Ok(())
}
