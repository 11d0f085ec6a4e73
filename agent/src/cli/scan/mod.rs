//! `bugstack scan`: the same faults before they happen.

mod files;
mod report;
mod sarif;
mod write;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::exit::{Exit, fail};
use super::progress::{print, say};
use crate::templates;
use files::Scanned;

/// Find the same faults before they happen, in every TypeScript and JavaScript file below a path.
///
/// Files that git ignores, installed packages, built files, declarations and tests are left out.
/// Nothing is run and nothing is proven: `--write` changes files as the best candidate of each
/// template would, for you to review. Exit codes: 0 nothing found; 1 findings; 2 anything else.
#[derive(Args)]
pub(super) struct Scan {
    /// A folder, or one file
    path: PathBuf,
    /// Change the files
    #[arg(long)]
    write: bool,
    /// How findings are told
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
    Sarif,
}

impl Scan {
    pub(super) fn run(self) -> Exit {
        match self.look() {
            Ok(scanned) if scanned.findings.is_empty() => Exit::Done,
            Ok(_) => Exit::Fault,
            Err(error) => fail(Exit::Usage, &error),
        }
    }

    fn look(&self) -> Result<Scanned> {
        let library = templates::builtin()?;
        let scanned = files::scan(&library, &self.path)?;
        for (path, why) in &scanned.unread {
            say(&format!("bugstack: {path}: {why}"));
        }
        print(&match self.format {
            Format::Human => report::human(&scanned),
            Format::Json => report::json(&scanned)?,
            Format::Sarif => sarif::text(&library, &scanned)?,
        });
        if self.write {
            for path in write::all(&library, &self.path, &scanned)? {
                say(&format!("changed {path}"));
            }
        }
        Ok(scanned)
    }
}
