//! A repository of its own for a story, with everything around it. Goes away when dropped.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::app::{self, apps};
use crate::program::{self, Run};

/// Every commit of a world is made then, so that equal worlds have equal commits.
const DATE: &str = "2026-11-22T12:00:00Z";

/// A folder with a git repository in `repository`, and room for caches and events beside it.
#[derive(Debug)]
pub struct World {
    folder: TempDir,
}

/// What a command that changes nothing must leave as it was.
#[derive(Debug, PartialEq, Eq)]
pub struct Untouched {
    references: String,
    status: String,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl World {
    /// A repository whose `main` has one commit with these files, path and text.
    pub fn new(files: &[(&str, &str)]) -> Result<Self> {
        let world = Self { folder: TempDir::new()? };
        world.begin()?;
        world.write(files)?;
        world.commit("Begin")?;
        Ok(world)
    }

    /// A repository whose `main` has one commit with an application of `tests/apps`.
    pub fn app(name: &str) -> Result<Self> {
        let world = Self { folder: TempDir::new()? };
        world.begin()?;
        app::copy(&apps().join(name), &world.repository())?;
        world.commit("Begin")?;
        Ok(world)
    }

    fn begin(&self) -> Result<()> {
        fs::create_dir(self.repository())?;
        self.git(&["init", "--quiet", "--initial-branch=main"])?;
        Ok(())
    }

    /// The repository's folder.
    pub fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    /// A path beside the repository.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes files into the work tree.
    pub fn write(&self, files: &[(&str, &str)]) -> Result<()> {
        for (path, text) in files {
            let place = self.repository().join(path);
            fs::create_dir_all(place.parent().context("no parent")?)?;
            fs::write(place, text)?;
        }
        Ok(())
    }

    /// The text of a file of the work tree.
    pub fn read(&self, path: &str) -> Result<String> {
        fs::read_to_string(self.repository().join(path)).with_context(|| path.to_owned())
    }

    /// Commits the whole work tree and returns the commit.
    pub fn commit(&self, message: &str) -> Result<String> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message])?;
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git in the repository.
    pub fn git(&self, arguments: &[&str]) -> Result<String> {
        git(&self.repository(), arguments)
    }

    /// `bugstack fix` on the repository with the event on standard input.
    pub fn fix(&self, event: &str, flags: &[&str]) -> Result<Run> {
        self.fix_by(program::command(&["fix"])?, event, flags)
    }

    /// The same by another way of starting `bugstack fix`.
    pub fn fix_by(&self, mut fix: Command, event: &str, flags: &[&str]) -> Result<Run> {
        fix.arg("--repo").arg(self.repository()).args(["--event", "-"]).args(flags);
        self.run(fix, event)
    }

    /// Runs a command of the program with this standard input.
    pub fn run(&self, mut command: Command, input: &str) -> Result<Run> {
        let mut child = command
            .env("BUGSTACK_CACHE", self.beside("cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // A program that refuses its arguments reads nothing.
        let _ = child.stdin.take().context("no input")?.write_all(input.as_bytes());
        Run::of(child.wait_with_output()?)
    }

    /// Everything of the repository that a person could see.
    pub fn look(&self) -> Result<Untouched> {
        let mut files = Vec::new();
        collect(&self.repository(), &mut files)?;
        files.sort();
        Ok(Untouched {
            references: self.git(&["for-each-ref"])? + &self.git(&["rev-parse", "HEAD"])?,
            status: self.git(&["status", "--porcelain", "--ignored"])?,
            files,
        })
    }
}

/// Runs git in a repository, away from the machine's own settings.
pub fn git(repository: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .args(["-c", "user.name=story", "-c", "user.email=story@example.invalid"])
        .args(arguments)
        .current_dir(repository)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_DATE", DATE)
        .env("GIT_COMMITTER_DATE", DATE)
        .output()
        .context("git does not run")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "git {arguments:?}: {said}");
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with(".git") {
                collect(&path, files)?;
            }
        } else {
            let content = fs::read(&path)?;
            files.push((path, content));
        }
    }
    Ok(())
}
