//! What the job gives up for good: resources, capabilities, the right to gain any.

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::resource::{RLIM_INFINITY, Resource, setrlimit};
use nix::sys::signal::Signal;

use crate::channel::{Fault, OrFault};
use crate::{Limits, kernel};

/// Open files of each process.
const OPEN_FILES: u64 = 4096;

/// Sets the limits of each process. Where no control group holds the memory,
/// each process's data is limited too, as the watchdog looks only now and then;
/// elsewhere it is not, so that a job that needs too much is told as such and
/// not as one whose allocations failed.
pub(crate) fn limit(limits: &Limits, watch_memory: bool) -> Result<(), Fault> {
    let data = if watch_memory { limits.memory } else { RLIM_INFINITY };
    let seconds = limits.cpu.as_secs().max(1);
    let table = [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
        // Beyond the scratch space, so that a full one answers as a full disk does.
        (Resource::RLIMIT_FSIZE, limits.scratch.saturating_add(1 << 20)),
        (Resource::RLIMIT_CPU, seconds),
        (Resource::RLIMIT_MEMLOCK, 0),
        (Resource::RLIMIT_MSGQUEUE, 0),
        (Resource::RLIMIT_DATA, data),
        (Resource::RLIMIT_NPROC, u64::from(limits.processes)),
    ];
    for (resource, value) in table {
        let (_, hard) =
            nix::sys::resource::getrlimit(resource).or_fault("limits", "read a limit")?;
        let value = value.min(hard);
        setrlimit(resource, value, value).or_fault("limits", format!("set {resource:?}"))?;
    }
    Ok(())
}

/// Gives up every capability, the way back to them, and the sight of others
/// into this process; dies with its parent.
pub(crate) fn give_up() -> Result<(), Fault> {
    const WALL: &str = "privileges";
    for capability in 0.. {
        match kernel::drop_bounding(capability) {
            Err(Errno::EINVAL) => break,
            answer => answer.or_fault(WALL, "empty the bounding set")?,
        }
    }
    kernel::drop_capabilities().or_fault(WALL, "drop the capabilities")?;
    prctl::set_no_new_privs().or_fault(WALL, "refuse new privileges")?;
    prctl::set_dumpable(false).or_fault(WALL, "become undumpable")?;
    prctl::set_pdeathsig(Signal::SIGKILL).or_fault(WALL, "die with the helper")
}
