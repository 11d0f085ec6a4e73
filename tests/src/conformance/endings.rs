//! Promises about how proposals end.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bugstack_agent::model::{Proposal, ProposalState};

use super::branches::moved;
use super::{BRANCH, FILE, Ground, Promise, Story, same};
use crate::wait::until;

/// A forge merges by itself within this time.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) const PROMISES: [Promise; 9] = [
    ("a merge that a person asked for happens once", merges),
    ("a merge by a person's own hand is seen", merged_by_hand),
    ("nothing is merged that is not ours", merges_ours_only),
    ("an automatic merge happens once its rules are met", merges_by_itself),
    ("nothing that is not ours merges by itself", merges_ours_only_by_itself),
    ("a close leaves a word and takes our branch away, once", closes),
    ("a close leaves a branch that others have pushed to", keeps_their_branch),
    ("a close by a person is seen", closed_by_hand),
    ("the newest proposal of a branch is found", finds_the_newest),
];

fn merges(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    let merged = story.forge.merge(story.project, &proposal)?;
    same("main", &story.main()?, &merged)?;
    same("the second answer", &story.forge.merge(story.project, &proposal)?, &merged)?;
    same("main after the second", &story.main()?, &merged)?;
    let mirror = ground.mirror()?;
    let text = mirror.tree(&merged)?.read_text(FILE);
    same("the file", &text.as_deref(), &Some("one\n"))?;
    is_merged(&story, &proposal)?;
    // Whoever closes it then comes too late.
    story.forge.close(story.project, &proposal, "no")?;
    is_merged(&story, &proposal)
}

fn is_merged(story: &Story<'_>, proposal: &Proposal) -> Result<()> {
    let found = story.look(proposal)?.found;
    same("the state", &found.state, &ProposalState::Merged)?;
    same("the head", &found.head, &proposal.commit)?;
    let merged = found.merge_commit.context("there is no merge commit")?;
    let mirror = story.ground.mirror()?;
    ensure!(mirror.contains("main", &merged)?, "main does not have the merge commit");
    let text = mirror.tree(&merged)?.read_text(FILE);
    same("the file", &text.as_deref(), &Some("one\n"))?;
    let listed = story.forge.find(story.project, BRANCH)?.context("it is not found")?;
    same("the state that is found", &listed.state, &ProposalState::Merged)
}

fn merged_by_hand(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    ground.merge(&proposal)?;
    is_merged(&story, &proposal)?;
    let merged = story.look(&proposal)?.found.merge_commit;
    // What comes later is not the merge.
    ground.push("main", ("b.txt", "b\n"))?;
    same("the merge commit", &story.look(&proposal)?.found.merge_commit, &merged)
}

fn merges_ours_only(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    ground.push(BRANCH, (FILE, "theirs\n"))?;
    let before = story.main()?;
    moved(story.forge.merge(story.project, &proposal).map_err(Into::into))?;
    same("main", &story.main()?, &before)
}

fn merges_by_itself(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    story.forge.auto_merge(story.project, &proposal)?;
    story.forge.auto_merge(story.project, &proposal)?;
    ground.approve(&proposal)?;
    until("it is merged", PATIENCE, || {
        let state = story.look(&proposal)?.found.state;
        Ok((state == ProposalState::Merged).then_some(()))
    })?;
    is_merged(&story, &proposal)
}

fn merges_ours_only_by_itself(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    ground.push(BRANCH, (FILE, "theirs\n"))?;
    let before = story.main()?;
    moved(story.forge.auto_merge(story.project, &proposal).map_err(Into::into))?;
    same("main", &story.main()?, &before)
}

fn closes(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    for _ in 0..2 {
        story.forge.close(story.project, &proposal, "The code has moved.")?;
        let found = story.look(&proposal)?.found;
        same("the state", &found.state, &ProposalState::Closed)?;
        same("the head", &found.head, &proposal.commit)?;
        ensure!(found.ended.is_some(), "it does not say when");
        same("the branch", &story.forge.head(story.project, BRANCH)?, &None)?;
    }
    let words = ground.seen(&proposal)?.comments;
    let told = words.iter().filter(|comment| comment.contains("The code has moved."));
    same("how often it is said", &told.count(), &1)
}

fn keeps_their_branch(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    let theirs = ground.push(BRANCH, (FILE, "theirs\n"))?;
    story.forge.close(story.project, &proposal, "no")?;
    same("the state", &story.look(&proposal)?.found.state, &ProposalState::Closed)?;
    same("the branch", &story.forge.head(story.project, BRANCH)?, &Some(theirs))
}

fn closed_by_hand(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    ground.close(&proposal)?;
    let found = story.look(&proposal)?.found;
    same("the state", &found.state, &ProposalState::Closed)?;
    same("the merge commit", &found.merge_commit, &None)?;
    let listed = story.forge.find(story.project, BRANCH)?.context("it is not found")?;
    same("the state that is found", &listed.state, &ProposalState::Closed)
}

fn finds_the_newest(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let first = story.opened("one\n")?;
    story.forge.close(story.project, &first, "no")?;
    let second = story.opened("two\n")?;
    ensure!(first.number != second.number, "it has the same number");
    let found = story.forge.find(story.project, BRANCH)?.context("it is not found")?;
    same("the number", &Some(found.number), &second.number)?;
    same("the state", &found.state, &ProposalState::Open)?;
    same("the first one's state", &story.look(&first)?.found.state, &ProposalState::Closed)
}
