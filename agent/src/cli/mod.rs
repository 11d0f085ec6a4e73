//! The command line: one file or folder a command, and what all of them share.

mod demo;
mod doctor;
mod exit;
mod fix;
mod progress;
mod project;
mod scan;
mod serve;
mod templates;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// From a production error to a proven pull request, on your own machine.
#[derive(Parser)]
#[command(name = "bugstack", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole loop on one machine: an application fails, a proposal answers
    Demo(demo::Demo),
    /// HTTP, pages and workers in one process
    Serve(serve::Serve),
    /// Repair one error, one shot: no service, nothing is proposed
    Fix(fix::Fix),
    /// Find the same faults before they happen
    Scan(scan::Scan),
    /// Whose errors the agent takes
    Project(project::Projects),
    /// Look at the templates
    Templates(templates::Templates),
    /// Say what this machine lacks, and which walls of the sandbox stand
    Doctor(doctor::Doctor),
}

/// Parses the arguments and runs the command. Bad usage ends with 2, as clap has it.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    crate::net::use_ring();
    let exit = match cli.command {
        Command::Demo(demo) => demo.run(),
        Command::Serve(serve) => serve.run(),
        Command::Fix(fix) => fix.run(),
        Command::Scan(scan) => scan.run(),
        Command::Project(project) => project.run(),
        Command::Templates(templates) => templates.run(),
        Command::Doctor(doctor) => doctor.run(),
    };
    exit.into()
}

/// The log goes to standard error; `BUGSTACK_LOG` filters it, `warn` unless it says otherwise.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("BUGSTACK_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
