//! The second wall around files: Landlock says again what the mounts say.

use std::error::Error;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope,
};

use crate::Landlock;
use crate::channel::Fault;

const WALL: &str = "Landlock";

/// What has to be there (Linux 5.19), and what is taken when it is (Linux 6.12).
const NEEDED: ABI = ABI::V2;
const WANTED: ABI = ABI::V6;

/// Restricts this process and all that come from it: everything may be read and
/// executed, only `writable` may be written, and signals and abstract sockets
/// stay among themselves.
pub(crate) fn enforce(writable: &[PathBuf], optional: bool) -> Result<Landlock, Fault> {
    let fault = |step: String| Fault { wall: WALL.to_owned(), step, errno: 0 };
    match restrict(writable) {
        Ok(RulesetStatus::FullyEnforced) => Ok(Landlock::Full),
        Ok(RulesetStatus::PartiallyEnforced) => Ok(Landlock::Partial),
        _ if optional => Ok(Landlock::None),
        Ok(RulesetStatus::NotEnforced) => Err(fault("the kernel has none".to_owned())),
        Err(error) => Err(fault(format!("restrict the files: {error}"))),
    }
}

fn restrict(writable: &[PathBuf]) -> Result<RulesetStatus, Box<dyn Error>> {
    let all = AccessFs::from_all(WANTED);
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(NEEDED))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?
        .add_rule(rule("/", AccessFs::from_read(WANTED))?)?
        .add_rule(rule("/dev", AccessFs::from_read(WANTED) | AccessFs::WriteFile)?)?;
    for path in writable {
        rules = rules.add_rule(rule(path, all)?)?;
    }
    Ok(rules.restrict_self()?.ruleset)
}

fn rule(
    path: impl AsRef<Path>,
    access: landlock::BitFlags<AccessFs>,
) -> Result<PathBeneath<PathFd>, landlock::PathFdError> {
    Ok(PathBeneath::new(PathFd::new(path)?, access))
}
