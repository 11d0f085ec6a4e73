//! `bugstack templates`: look at the templates.

use std::fmt::Write as _;

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};

use super::exit::{Exit, fail};
use super::progress::print;
use crate::templates;

/// Look at the templates.
#[derive(Args)]
pub(super) struct Templates {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// One line a template
    List,
    /// A template's cause, signature and answers
    Show {
        /// The template's id
        id: String,
    },
}

impl Templates {
    pub(super) fn run(self) -> Exit {
        let text = match self.command {
            Command::List => list(),
            Command::Show { id } => show(&id),
        };
        match text {
            Ok(text) => {
                print(&text);
                Exit::Done
            }
            Err(error) => fail(Exit::Usage, &error),
        }
    }
}

fn list() -> Result<String> {
    let mut text = String::new();
    for template in templates::builtin()?.templates() {
        writeln!(text, "{:<28} {:<20} {}", template.id, template.family, template.title)?;
    }
    Ok(text)
}

fn show(id: &str) -> Result<String> {
    templates::text(id).map(str::to_owned).ok_or_else(|| {
        anyhow!("there is no template `{id}`; `bugstack templates list` names them all")
    })
}
