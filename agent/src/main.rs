//! `bugstack`: parse, run.

use std::process::ExitCode;

fn main() -> ExitCode {
    bugstack_sandbox::enter_if_asked();
    bugstack_agent::cli::main()
}
