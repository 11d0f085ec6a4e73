//! The helper: builds the outer namespaces, starts process 1 in them, and kills
//! it when the supervisor says so or is gone.

use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, dup2_stderr, dup2_stdin, dup2_stdout};

use crate::channel::{Answer, Fault, OrFault, Request};
use crate::trees::{self, Early};
use crate::{Network, channel, identity, init, kernel, probe};

/// The subcommand that means "you are the helper".
pub(crate) const SUBCOMMAND: &str = "__sandbox";

/// Must be the first thing `main` does: takes over and never returns when the
/// process was started as the sandbox's helper; otherwise returns at once.
pub fn enter_if_asked() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|argument| argument != SUBCOMMAND) {
        return;
    }
    let well = match (arguments.next(), arguments.next()) {
        (None, _) => serve().is_ok(),
        (Some(word), Some(order)) if word == probe::PROBE => {
            order.to_str().is_some_and(|order| probe::run(order).is_ok())
        }
        _ => false,
    };
    std::process::exit(i32::from(!well));
}

fn serve() -> Result<(), Fault> {
    let channel = take_channel()?;
    let answered = channel::receive(&channel)
        .or_fault("helper", "read the request")
        .and_then(|request| run(&request, &channel));
    if let Err(fault) = &answered {
        channel::send(&channel, &Answer::Failed(fault.clone()), &[])
            .or_fault("helper", "say what failed")?;
    }
    answered
}

/// Moves the socket away from standard input and closes whatever was inherited.
fn take_channel() -> Result<UnixStream, Fault> {
    const WALL: &str = "helper";
    kernel::close_from(3).or_fault(WALL, "close what was inherited")?;
    let stdin = std::io::stdin();
    let channel = stdin.as_fd().try_clone_to_owned().or_fault(WALL, "keep the channel")?;
    fcntl(&channel, FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC))
        .or_fault(WALL, "keep the channel from programs")?;
    dup2_stdin(nothing()?).or_fault(WALL, "empty standard input")?;
    nix::unistd::setsid().or_fault(WALL, "start a session")?;
    nix::sys::stat::umask(Mode::from_bits_truncate(0o022));
    // The agent may be kept from the kernel's choice when memory runs out; a job never is.
    std::fs::write("/proc/self/oom_score_adj", "1000").or_fault(WALL, "be killed first")?;
    Ok(UnixStream::from(channel))
}

fn nothing() -> Result<OwnedFd, Fault> {
    open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())
        .or_fault("helper", "open /dev/null")
}

fn run(request: &Request, channel: &UnixStream) -> Result<(), Fault> {
    let early = trees::take_as_root(request)?;
    identity::give_up_root(request.uid)?;
    identity::enter_user_namespace()?;
    let mut namespaces = CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWCGROUP;
    if request.job.network == Network::None {
        namespaces |= CloneFlags::CLONE_NEWNET;
    }
    unshare(namespaces).or_fault("namespaces", "unshare the other namespaces")?;
    match kernel::fork().or_fault("namespaces", "fork process 1")? {
        ForkResult::Child => start(request, channel, early),
        ForkResult::Parent { child } => watch(child, channel),
    }
}

fn start(request: &Request, channel: &UnixStream, early: Early) -> Result<(), Fault> {
    prctl::set_pdeathsig(Signal::SIGKILL).or_fault("privileges", "die with the helper")?;
    init::run(request, channel, early)
}

/// Waits for the end of process 1, and brings it about when the channel closes.
/// The kernel kills the whole namespace with it.
fn watch(child: Pid, channel: &UnixStream) -> Result<(), Fault> {
    const WALL: &str = "helper";
    let process = kernel::open_process(child).or_fault(WALL, "watch process 1")?;
    let silent = nothing()?;
    dup2_stdout(&silent).or_fault(WALL, "leave standard output")?;
    dup2_stderr(&silent).or_fault(WALL, "leave standard error")?;
    loop {
        let mut events = [
            PollFd::new(process.as_fd(), PollFlags::POLLIN),
            PollFd::new(channel.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut events, PollTimeout::NONE) {
            Err(Errno::EINTR) => continue,
            answer => answer.or_fault(WALL, "wait for process 1")?,
        };
        let any = |event: &PollFd<'_>| event.any().unwrap_or(true);
        if any(&events[0]) {
            break;
        }
        // The supervisor says nothing more: whatever comes is its end.
        if any(&events[1]) && !matches!((&*channel).read(&mut [0]), Ok(1)) {
            kill(child, Signal::SIGKILL).or_fault(WALL, "kill process 1")?;
            break;
        }
    }
    waitpid(child, None).map(drop).or_fault(WALL, "reap process 1")
}
