//! Every attack that the sandbox has to hold, run for real: as this user and,
//! when this user is root, once more as an ordinary one.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod attacker;
mod files;
mod lifetime;
mod limits;
mod load;
mod missing;
mod network;
mod privileges;
mod scene;

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Trial};

/// A secret in the environment of the supervisor.
const CANARY: (&str, &str) = ("BUGSTACK_TEST_CANARY", "canary-in-the-environment");
/// Set in the run as an ordinary user.
const ORDINARY: &str = "BUGSTACK_TEST_ORDINARY";

fn main() -> ExitCode {
    bugstack_sandbox::enter_if_asked();
    attacker::enter_if_asked();
    lifetime::supervise_if_asked();
    missing::lack_if_asked();
    missing::mask_if_asked();
    if std::env::var_os(CANARY.0).is_none() {
        let arguments = std::env::args_os().skip(1);
        let again = Command::new("/proc/self/exe").args(arguments).env(CANARY.0, CANARY.1).exec();
        panic!("cannot start again: {again}");
    }
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for room in [
        files::trials,
        lifetime::trials,
        limits::trials,
        load::trials,
        missing::trials,
        network::trials,
        privileges::trials,
    ] {
        trials.extend(room().into_iter().map(|(name, test)| {
            Trial::test(name, move || {
                test();
                Ok(())
            })
        }));
    }
    if nix::unistd::geteuid().is_root() && std::env::var_os(ORDINARY).is_none() {
        trials.push(Trial::test("all_of_it_holds_for_an_ordinary_user", ordinary));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs this program again as a user without any right.
fn ordinary() -> Result<(), libtest_mimic::Failed> {
    let place = scene::directory();
    let program = place.path().join("attacks");
    std::fs::copy("/proc/self/exe", &program)?;
    let output =
        Command::new(program).env(ORDINARY, "1").current_dir("/").uid(65534).gid(65534).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stdout).into_owned().into())
}
