//! `bugstack project`: whose errors the agent takes.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};

use super::exit::{Exit, fail};
use super::progress::print;
use crate::config::Config;
use crate::forge::{Forge as _, Forges};
use crate::git::{Repository, is_http};
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
        /// The repository: a path on this machine, or a URL at the configured GitHub
        #[arg(long, value_name = "PATH|URL")]
        repo: String,
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
    pub(super) fn run(mut self) -> Exit {
        let config = match self.config.load() {
            Ok(config) => config,
            Err(error) => return fail(Exit::Usage, &error),
        };
        if let Command::Add { name, repo, branch } = &mut self.command
            && let Err(error) = find(&config, name, repo, branch)
        {
            return fail(Exit::Usage, &error);
        }
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
        Command::Add { name, repo, branch } => add(&store, &name, repo, branch).await,
        Command::List => list(&store).await,
        Command::RotateKey { name } => {
            let key = ProjectKey::generate()?;
            store.rotate_key(checked(&name)?, key.hash()).await?;
            Ok(format!("{}\n", key.reveal()))
        }
    }
}

/// Makes sure that the repository and its branch are there; a path becomes an absolute one.
fn find(config: &Config, name: &str, repo: &mut String, branch: &str) -> Result<()> {
    let id = checked(name)?;
    if is_http(repo) {
        let project = Project { id, repository: repo.clone(), base_branch: branch.to_owned() };
        let head = Forges::new(config.github.as_ref())?.head(&project, branch)?;
        return match head {
            Some(_) => Ok(()),
            None => bail!("{repo} has no branch `{branch}`, or does not show it: say --branch"),
        };
    }
    let place = Path::new(repo).canonicalize().with_context(|| format!("--repo {repo}"))?;
    if Repository::open(&place)?.branch_head(branch).is_none() {
        bail!("{} has no branch `{branch}`: say --branch", place.display());
    }
    *repo = place.to_str().context("the repository's path is not UTF-8")?.to_owned();
    Ok(())
}

async fn add(
    store: &SqliteStore,
    name: &str,
    repository: String,
    branch: String,
) -> Result<String> {
    let id = checked(name)?;
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
