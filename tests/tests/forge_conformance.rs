//! Every forge keeps what `Forge` promises.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use bugstack_agent::forge::{Forge, LocalForge};
use bugstack_agent::git::Repository;
use bugstack_agent::model::{Project, ProjectId, Proposal};
use bugstack_tests::conformance::{FILE, Ground, Seen, broken};
use bugstack_tests::world::World;
use serde_json::Value;

#[test]
fn the_local_forge_keeps_its_promises() {
    let broken = broken(Local::new);
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A bare repository, and a person's own clone of it.
struct Local {
    world: World,
    project: Project,
}

impl Local {
    fn new() -> Result<Self> {
        let world = World::new(&[(FILE, "a\n")])?;
        let bare = world.beside("bare.git");
        let repository = bare.to_str().context("not UTF-8")?.to_owned();
        world.git(&["clone", "--quiet", "--bare", ".", &repository])?;
        world.git(&["remote", "add", "origin", &repository])?;
        let id = ProjectId("chat".into());
        Ok(Self { world, project: Project { id, repository, base_branch: "main".into() } })
    }

    fn place(&self) -> PathBuf {
        self.world.beside("mirror.git")
    }

    /// The proposal as it is written down in the repository.
    fn note(&self, proposal: &Proposal) -> Result<(String, Value)> {
        let name = format!("refs/bugstack/proposals/{}", proposal.number.context("no number")?);
        let text = bugstack_tests::world::git(
            self.project.repository.as_ref(),
            &["cat-file", "blob", &name],
        )?;
        Ok((name, serde_json::from_str(&text)?))
    }
}

impl Ground for Local {
    fn forge(&self) -> &dyn Forge {
        &LocalForge
    }

    fn project(&self) -> &Project {
        &self.project
    }

    fn mirror(&self) -> Result<Repository> {
        Repository::mirror(&self.place(), &self.project.repository, None)
    }

    fn push(&self, branch: &str, file: (&str, &str)) -> Result<String> {
        self.world.git(&["fetch", "--quiet", "origin"])?;
        self.world.git(&["switch", "--quiet", "--detach", &format!("origin/{branch}")])?;
        self.world.write(&[file])?;
        let commit = self.world.commit("Theirs")?;
        self.world.git(&["push", "--quiet", "origin", &format!("HEAD:refs/heads/{branch}")])?;
        Ok(commit)
    }

    fn delete(&self, branch: &str) -> Result<()> {
        self.world.git(&["push", "--quiet", "origin", &format!(":refs/heads/{branch}")])?;
        Ok(())
    }

    fn merge(&self, proposal: &Proposal) -> Result<()> {
        self.world.git(&["fetch", "--quiet", "origin"])?;
        self.world.git(&["switch", "--quiet", "--detach", "origin/main"])?;
        let branch = format!("origin/{}", proposal.branch);
        self.world.git(&["merge", "--quiet", "--no-ff", "-m", "Merge", &branch])?;
        self.world.git(&["push", "--quiet", "origin", "HEAD:refs/heads/main"])?;
        Ok(())
    }

    /// There is a button on our own page, and this.
    fn close(&self, proposal: &Proposal) -> Result<()> {
        self.delete(&proposal.branch)
    }

    fn label(&self, proposal: &Proposal, label: &str) -> Result<()> {
        let (name, mut note) = self.note(proposal)?;
        note["labels"].as_array_mut().context("no labels")?.push(label.into());
        self.world.write(&[("../note.json", &note.to_string())])?;
        let repository = self.project.repository.as_ref();
        let file = self.world.beside("note.json");
        let file = file.to_str().context("not UTF-8")?;
        let blob = bugstack_tests::world::git(repository, &["hash-object", "-w", file])?;
        bugstack_tests::world::git(repository, &["update-ref", &name, &blob])?;
        Ok(())
    }

    fn comment(&self, _: &Proposal, _: &str) -> Result<bool> {
        Ok(false)
    }

    fn seen(&self, proposal: &Proposal) -> Result<Seen> {
        let (_, note) = self.note(proposal)?;
        let text = |name: &str| note[name].as_str().unwrap().to_owned();
        let comments = note["comments"].as_object().context("no comments")?.values();
        let labels = note["labels"].as_array().context("no labels")?.iter();
        Ok(Seen {
            title: text("title"),
            body: text("body"),
            labels: labels.map(|it| it.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(),
            comments: comments.map(|it| it.as_str().unwrap().to_owned()).collect(),
        })
    }

    fn people(&self) -> (Option<&str>, &str) {
        (None, "mallory")
    }

    /// There are no rules here.
    fn approve(&self, _: &Proposal) -> Result<()> {
        Ok(())
    }
}
