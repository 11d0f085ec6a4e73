//! Promises about proposals while they are open.

use std::time::Duration;

use anyhow::{Result, ensure};
use bugstack_agent::forge::Presentation;
use bugstack_agent::model::{Checks, Proposal, ProposalState};

use super::{BRANCH, FILE, Ground, Promise, Story, same, shown};
use crate::wait::until;

/// A forge may take its time to find out whether something merges.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) const PROMISES: [Promise; 8] = [
    ("a proposal is opened once from a branch", opened_once),
    ("a proposal says what it was given", says_what_it_was_given),
    ("an update changes words and keeps people's labels", updates),
    ("a look tells head, tip and checks", looks),
    ("a conflict with the base branch is seen", conflicts),
    ("a draft is offered for review, once", leaves_draft),
    ("a comment is written once for a key", comments),
    ("what people write is seen, with who wrote it", remarks),
];

fn opened_once(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    let again = story.forge.open(story.project, &proposal, &shown(false, &["bugstack"]))?;
    same("the number", &Some(again.number), &proposal.number)?;
    same("the address", &again.url, &proposal.url)?;
    let found = story.forge.find(story.project, BRANCH)?;
    let found = found.map(|found| (Some(found.number), found.state, found.head, found.ended));
    let expected = (proposal.number, ProposalState::Open, proposal.commit.clone(), None);
    same("what is found", &found, &Some(expected))
}

fn says_what_it_was_given(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    let seen = ground.seen(&proposal)?;
    same("the title", &seen.title, &proposal.title)?;
    same("the body", &seen.body, &proposal.body)?;
    same("the labels", &seen.labels, &labels(&["bugstack"]))?;
    let found = story.forge.find(story.project, BRANCH)?.map(|found| found.body);
    same("the body that is found", &found, &Some(proposal.body))
}

fn updates(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    ground.label(&proposal, "theirs")?;
    let commit = story.pushed(BRANCH, "two\n", Some(&proposal.commit))?;
    let (title, body) = ("fix: b".to_owned(), "Because.\n\n<!-- mark 2 -->".to_owned());
    let changed = Proposal { title, body, commit, ..proposal };
    for _ in 0..2 {
        story.forge.update(story.project, &changed, &shown(false, &["bugstack", "more"]))?;
        let seen = ground.seen(&changed)?;
        same("the title", &seen.title, &changed.title)?;
        same("the body", &seen.body, &changed.body)?;
        same("the labels", &seen.labels, &labels(&["bugstack", "more", "theirs"]))?;
        let found = story.look(&changed)?.found;
        same("the head", &found.head, &changed.commit)?;
        same("the number", &Some(found.number), &changed.number)?;
    }
    Ok(())
}

fn looks(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    let before = story.look(&proposal)?;
    same("the state", &before.found.state, &ProposalState::Open)?;
    same("the head", &before.found.head, &proposal.commit)?;
    same("the tip", &before.tip, &story.main()?)?;
    same("the checks", &before.checks, &Checks::None)?;
    same("the remarks", &before.remarks.len(), &0)?;
    let tip = ground.push("main", ("b.txt", "b\n"))?;
    let head = ground.push(BRANCH, ("c.txt", "c\n"))?;
    let after = story.look(&proposal)?;
    same("the tip after a push", &after.tip, &tip)?;
    same("the head after a push", &after.found.head, &head)
}

fn conflicts(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    mergeable(&story, &proposal, true)?;
    ground.push("main", (FILE, "other\n"))?;
    mergeable(&story, &proposal, false)
}

fn mergeable(story: &Story<'_>, proposal: &Proposal, expected: bool) -> Result<()> {
    until(&format!("mergeable is {expected}"), PATIENCE, || {
        let found = story.look(proposal)?.mergeable;
        Ok((found == Some(expected)).then_some(()))
    })
}

fn leaves_draft(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let commit = story.pushed(BRANCH, "one\n", None)?;
    let proposal = story.proposal(&commit)?;
    let draft = Presentation { draft: true, ..Presentation::default() };
    let opened = story.forge.open(story.project, &proposal, &draft)?;
    let proposal = Proposal { number: Some(opened.number), ..proposal };
    ensure!(story.look(&proposal)?.draft, "it is no draft");
    let (writer, stranger) = ground.people();
    let asked: Vec<String> = writer.into_iter().chain([stranger]).map(str::to_owned).collect();
    for _ in 0..2 {
        story.forge.ready(story.project, &proposal, &asked)?;
        ensure!(!story.look(&proposal)?.draft, "it is a draft still");
    }
    Ok(())
}

fn comments(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    for (key, text) in [("a", "first"), ("b", "other"), ("a", "second"), ("a", "second")] {
        story.forge.comment(story.project, &proposal, key, text)?;
    }
    let seen = ground.seen(&proposal)?.comments;
    same("how many there are", &seen.len(), &2)?;
    for text in ["second", "other"] {
        ensure!(seen.iter().any(|comment| comment.contains(text)), "no `{text}` in {seen:?}");
    }
    Ok(())
}

fn remarks(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let proposal = story.opened("one\n")?;
    story.forge.comment(story.project, &proposal, "a", "ours")?;
    if !ground.comment(&proposal, "/bugstack retry")? {
        return Ok(());
    }
    let remarks = story.look(&proposal)?.remarks;
    let theirs: Vec<_> = remarks.iter().filter(|remark| !remark.bot).collect();
    ensure!(theirs.len() == 1, "the remarks of people are {theirs:?}");
    let (writer, _) = ground.people();
    same("the author", &Some(theirs[0].author.as_str()), &writer)?;
    same("the words", &theirs[0].body.as_str(), &"/bugstack retry")
}

fn labels(names: &[&str]) -> std::collections::BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
