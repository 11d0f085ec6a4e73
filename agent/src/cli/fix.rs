//! `bugstack fix`: repair one error on a scratch copy, and show the proven diff.

mod report;
mod run;

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use super::exit::{Exit, fail};
use super::progress::{print, say};
use crate::intake;
use crate::model::Event;
use report::Report;

/// Repair one error, one shot: no service, nothing is proposed.
///
/// Works on a scratch copy of the base commit and leaves the repository alone unless --write is
/// given. The diff goes to standard output, talk to standard error.
///
/// Exit codes: 0 fixed; 1 our own fault; 2 bad usage or unreadable input; 3 no patch, with the
/// refusal; 4 a patch exists and is not proven, nothing written.
#[derive(Args)]
pub(super) struct Fix {
    /// The repository: a path on this machine, or a file:// or https:// URL
    #[arg(long, value_name = "PATH|URL")]
    repo: String,
    /// The event: our wire format, a BugStack or Sentry client's payload, or a pasted stack trace
    #[arg(long, value_name = "FILE|-")]
    event: PathBuf,
    /// The commit to repair
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    base: String,
    /// Only this template may answer
    #[arg(long, value_name = "ID")]
    template: Option<String>,
    /// Put the patch into the work tree, which must be clean
    #[arg(long)]
    write: bool,
    /// Stop after the patch: nothing is installed and nothing is run
    #[arg(long)]
    no_verify: bool,
    /// What goes to standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
    Diff,
}

impl Fix {
    pub(super) fn run(self) -> Exit {
        let event = match self.read_event() {
            Ok(event) => event,
            Err(error) => return fail(Exit::Usage, &error),
        };
        let repository = match run::open(&self) {
            Ok(repository) => repository,
            Err(error) => return fail(Exit::Usage, &error),
        };
        match run::run(&self, &event, &repository) {
            Ok(report) => self.finish(&report),
            Err(error) => fail(Exit::Fault, &error),
        }
    }

    fn read_event(&self) -> Result<Event> {
        let name = self.event.display();
        let mut bytes = Vec::new();
        let limit = intake::MAX_BYTES as u64 + 1;
        if self.event.as_os_str() == "-" {
            std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(&self.event)
                .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        }
        .with_context(|| format!("reading the event from {name}"))?;
        let (_, event) =
            intake::read(&bytes).with_context(|| format!("the event in {name} is unreadable"))?;
        Ok(event)
    }

    fn finish(&self, report: &Report) -> Exit {
        match self.format {
            Format::Json => match serde_json::to_string_pretty(report) {
                Ok(json) => print(&format!("{json}\n")),
                Err(error) => return fail(Exit::Fault, &error.into()),
            },
            Format::Diff => print(report.diff.as_deref().unwrap_or_default()),
            Format::Human => {
                say(&report.told());
                print(report.diff.as_deref().unwrap_or_default());
            }
        }
        report.exit()
    }
}
