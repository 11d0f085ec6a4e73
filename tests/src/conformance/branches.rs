//! Promises about the repository and its branches.

use anyhow::{Result, bail, ensure};
use bugstack_agent::forge::{ForgeError, Push};

use super::{BRANCH, FILE, Ground, Promise, Story, same};

pub(super) const PROMISES: [Promise; 7] = [
    ("the repository's default branch is known", default_branch),
    ("a branch that does not exist has no head", no_head),
    ("a push makes a branch with the commit's tree, once", makes_a_branch),
    ("a push moves a branch from where it is expected", moves_a_branch),
    ("a push never moves a branch that is elsewhere", leaves_a_branch),
    ("a push to any other branch is refused", only_ours),
    ("who may push is known", may_write),
];

fn default_branch(ground: &dyn Ground) -> Result<()> {
    let facts = ground.forge().facts(ground.project())?;
    same("the default branch", &facts.default_branch.as_str(), &"main")
}

fn no_head(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    same("the head", &story.forge.head(story.project, BRANCH)?, &None)?;
    ensure!(story.forge.find(story.project, BRANCH)?.is_none(), "there is a proposal");
    same("the head", &story.forge.head(story.project, "main")?, &Some(story.main()?))
}

fn makes_a_branch(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let (mirror, commit) = story.commit(BRANCH, "one\n")?;
    let push = Push { branch: BRANCH, commit: &commit, expected: None };
    let head = story.forge.push(story.project, &mirror, &push)?;
    same("the head", &story.forge.head(story.project, BRANCH)?, &Some(head.clone()))?;
    let tree = ground.mirror()?.tree_id(&head)?;
    same("its tree", &tree, &mirror.tree_id(&commit)?)?;
    // Once more, after an answer that never came.
    same("the second answer", &story.forge.push(story.project, &mirror, &push)?, &head)
}

fn moves_a_branch(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let first = story.pushed(BRANCH, "one\n", None)?;
    let second = story.pushed(BRANCH, "two\n", Some(&first))?;
    ensure!(first != second, "it did not move");
    same("the head", &story.forge.head(story.project, BRANCH)?, &Some(second.clone()))?;
    let again = story.pushed(BRANCH, "two\n", Some(&first))?;
    same("the head after the same push", &again, &second)
}

fn leaves_a_branch(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let first = story.pushed(BRANCH, "one\n", None)?;
    let theirs = ground.push(BRANCH, (FILE, "theirs\n"))?;
    for expected in [None, Some(first.as_str())] {
        moved(story.pushed(BRANCH, "two\n", expected))?;
        same("the head", &story.forge.head(story.project, BRANCH)?, &Some(theirs.clone()))?;
    }
    ground.delete(BRANCH)?;
    moved(story.pushed(BRANCH, "two\n", Some(&first)))?;
    same("the head", &story.forge.head(story.project, BRANCH)?, &None)
}

pub(super) fn moved<T>(pushed: Result<T>) -> Result<()> {
    match pushed.map_err(anyhow::Error::downcast) {
        Err(Ok(ForgeError::Moved { .. })) => Ok(()),
        Err(Ok(other)) => bail!("the answer is `{other}`"),
        Err(Err(other)) => Err(other),
        Ok(_) => bail!("it was done"),
    }
}

fn only_ours(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let before = story.main()?;
    for branch in ["main", "feature", "bugstack", "bugstacks/x"] {
        for expected in [None, Some(before.as_str())] {
            let pushed = story.pushed(branch, "one\n", expected);
            ensure!(pushed.is_err(), "`{branch}` was pushed");
        }
    }
    same("main", &story.main()?, &before)?;
    same("the head", &story.forge.head(story.project, "feature")?, &None)
}

fn may_write(ground: &dyn Ground) -> Result<()> {
    let story = Story::on(ground);
    let (writer, stranger) = ground.people();
    ensure!(!story.forge.may_write(story.project, stranger)?, "`{stranger}` may");
    match writer {
        Some(writer) => {
            ensure!(story.forge.may_write(story.project, writer)?, "`{writer}` may not");
            Ok(())
        }
        None => Ok(()),
    }
}
