//! `bugstack project`: whose errors the agent takes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};

use super::exit::{Exit, fail};
use super::progress::print;
use crate::config::Config;
use crate::git::Repository;
use crate::model::{Project, ProjectId};
use crate::store::sqlite::SqliteStore;
use crate::store::{ProjectKey, Store};

/// Whose errors the agent takes.
#[derive(Args)]
pub(super) struct Projects {
    #[command(flatten)]
    config: super::serve::ConfigArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add a project, and show its key once
    Add {
        /// Lower-case letters, digits and dashes
        name: String,
        /// The repository: a path on this machine
        #[arg(long, value_name = "PATH")]
        repo: PathBuf,
        /// The branch that proposals aim at
        #[arg(long, value_name = "BRANCH", default_value = "main")]
        branch: String,
    },
    /// One line a project
    List,
    /// Replace a project's key, and show the new one once
    RotateKey {
        /// The project's name
        name: String,
    },
}

impl Projects {
    pub(super) fn run(self) -> Exit {
        let config = match self.config.load() {
            Ok(config) => config,
            Err(error) => return fail(Exit::Usage, &error),
        };
        match super::serve::runtime()
            .and_then(|runtime| runtime.block_on(run(self.command, &config)))
        {
            Ok(text) => {
                print(&text);
                Exit::Done
            }
            Err(error) => fail(Exit::Usage, &error),
        }
    }
}

async fn run(command: Command, config: &Config) -> Result<String> {
    let clock = Arc::new(jiff::Timestamp::now);
    let store = SqliteStore::open(&config.data_dir, clock).context("opening the store")?;
    match command {
        Command::Add { name, repo, branch } => add(&store, &name, &repo, branch).await,
        Command::List => list(&store).await,
        Command::RotateKey { name } => {
            let key = ProjectKey::generate()?;
            store.rotate_key(checked(&name)?, key.hash()).await?;
            Ok(format!("{}\n", key.reveal()))
        }
    }
}

async fn add(store: &SqliteStore, name: &str, repo: &Path, branch: String) -> Result<String> {
    let id = checked(name)?;
    let place = repo.canonicalize().with_context(|| format!("--repo {}", repo.display()))?;
    if Repository::open(&place)?.branch_head(&branch).is_none() {
        bail!("{} has no branch `{branch}`: say --branch", place.display());
    }
    let repository = place.to_str().context("the repository's path is not UTF-8")?.to_owned();
    let key = ProjectKey::generate()?;
    store.add_project(Project { id, repository, base_branch: branch }, key.hash()).await?;
    Ok(format!("{}\n", key.reveal()))
}

async fn list(store: &SqliteStore) -> Result<String> {
    let projects = store.projects().await?;
    let lines = projects.iter().map(|summary| {
        let project = &summary.project;
        format!("{:<20} {:<8} {}\n", project.id.0, project.base_branch, project.repository)
    });
    Ok(lines.collect())
}

fn checked(name: &str) -> Result<ProjectId> {
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if name.is_empty() || name.len() > 64 || !plain {
        bail!("`{name}` is no project name: 1 to 64 lower-case letters, digits and dashes");
    }
    Ok(ProjectId(name.to_owned()))
}
