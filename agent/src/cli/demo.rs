//! `bugstack demo`: the whole loop on one machine. A real application fails under real clients,
//! a real agent takes the error and answers with an open proposal.

mod app;
mod processes;
mod report;
mod steps;
mod traffic;
mod watch;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use super::exit::{Exit, fail};
use super::progress::{print, say};
use app::App;
use processes::Agent;
use report::Report;

/// The whole loop on one machine: a chat application fails, a proposal answers.
///
/// Exit codes: 0 when a proven proposal is open; 1 when the demo fails.
#[derive(Args)]
pub(super) struct Demo {
    /// One JSON object on standard output, and nothing else
    #[arg(long)]
    json: bool,
    /// Leave the agent and the application running
    #[arg(long)]
    keep: bool,
    /// Where the proposal goes
    #[arg(long, value_enum, default_value_t = ForgeName::Local)]
    forge: ForgeName,
    /// Which application fails
    #[arg(long, value_enum, default_value_t = AppName::Nest)]
    app: AppName,
    /// Where the demo's folder is made
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ForgeName {
    Local,
}

#[derive(Clone, Copy, ValueEnum)]
enum AppName {
    Nest,
}

impl Demo {
    pub(super) fn run(self) -> Exit {
        let report = super::serve::runtime().and_then(|runtime| runtime.block_on(run(&self)));
        match report.and_then(|report| self.tell(&report)) {
            Ok(()) => Exit::Done,
            Err(error) => fail(Exit::Fault, &error),
        }
    }

    fn tell(&self, report: &Report) -> Result<()> {
        if self.json {
            print(&(serde_json::to_string_pretty(report)? + "\n"));
        } else {
            print(&report.told(self.keep));
        }
        Ok(())
    }
}

async fn run(demo: &Demo) -> Result<Report> {
    let start = Instant::now();
    let (ForgeName::Local, AppName::Nest) = (demo.forge, demo.app);
    let folder = folder(demo)?;
    say(&format!("· the demo lives in {}", folder.display()));
    say("· laying down nest-chat, a NestJS chat application, as a git repository");
    let app = App::lay_down(&folder.join("nest-chat"))?;
    say("· starting the agent");
    let agent = Agent::start(&folder, app.repository()).await?;
    say("· installing the application (npm ci)");
    app.install()?;
    say("· building it (tsc)");
    app.build()?;
    say("· starting it with the published client, bugstack-sdk");
    let running = app.start(&agent).await?;
    say("· two people chat; one leaves at the wrong moment");
    let failed_at = traffic::until_it_fails(running.port()).await?;
    running.wait_for_the_report().await?;
    say("· the application has died of it and reported the error");
    let ended = watch::until_proposed(&agent, |stage| say(&format!("· agent: {stage}"))).await?;
    say("· a proposal is open\n");
    let report = Report::new(&app, &agent, &ended, failed_at, start)?;
    if demo.keep {
        let app = app.start(&agent).await.context("restarting the application")?;
        say(&format!(
            "agent (pid {}) and application (pid {}) keep running; stop them with `kill`",
            agent.keep(),
            app.keep()
        ));
    } else {
        agent.stop().await.context("stopping the agent")?;
    }
    Ok(report)
}

/// A folder of its own that stays on disk: the result is a repository to look at.
fn folder(demo: &Demo) -> Result<PathBuf> {
    let parent = demo.into.clone().unwrap_or_else(std::env::temp_dir);
    std::fs::create_dir_all(&parent)?;
    let folder = tempfile::Builder::new()
        .prefix("bugstack-demo-")
        .tempdir_in(&parent)
        .with_context(|| format!("making a folder in {}", parent.display()))?;
    Ok(folder.keep().canonicalize()?)
}
