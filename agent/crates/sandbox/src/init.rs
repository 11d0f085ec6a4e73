//! Process 1 of the sandbox: finishes the walls, starts the program, reaps, and
//! hands back the files when it is alone.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat2};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;

use crate::channel::{Answer, Fault, OrFault, Request};
use crate::trees::{self, Early};
use crate::{End, Job, Network, channel, kernel, landlock_wall, privileges, root, seccomp_wall};

/// How often the memory is added up, in milliseconds.
const WATCH: u16 = 100;

/// Builds the rest, runs the job, and answers. Runs as process 1.
pub(crate) fn run(request: &Request, channel: &UnixStream, early: Early) -> Result<(), Fault> {
    if request.job.network == Network::None {
        kernel::raise_loopback().or_fault("network namespace", "bring up the loopback")?;
    }
    nix::unistd::sethostname("sandbox").or_fault("namespaces", "set the host name")?;
    // Here and not with the others: the helper keeps the host's root.
    unshare(CloneFlags::CLONE_NEWNS).or_fault("mount namespace", "unshare the mount namespace")?;
    let pieces = trees::take(request, early)?;
    let writable = root::build(request, pieces)?;
    privileges::limit(&request.job.limits, request.watch_memory)?;
    privileges::give_up()?;
    let landlock = landlock_wall::enforce(&writable, request.without_landlock)?;
    seccomp_wall::enforce()?;
    let children = watch_children()?;
    let say = |answer: Answer, body: &[u8]| {
        channel::send(channel, &answer, body).or_fault("helper", "answer")
    };
    // Before the program can print anything.
    say(Answer::Started(landlock), &[])?;
    let main = start(&request.job)?;
    let memory = request.watch_memory.then_some(request.job.limits.memory);
    let end = wait(&children, main, memory)?;
    kill_everyone()?;
    say(Answer::Ended(end), &[])?;
    for path in &request.job.collect {
        match collect(path, request.job.limits.file) {
            Ok(content) => say(Answer::File(path.clone()), &content)?,
            Err(error) => say(Answer::Missing(path.clone(), error.to_string()), &[])?,
        }
    }
    say(Answer::Finished, &[])
}

fn watch_children() -> Result<SignalFd, Fault> {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGCHLD);
    signals.thread_block().or_fault("helper", "block SIGCHLD")?;
    SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
        .or_fault("helper", "watch the children")
}

fn start(job: &Job) -> Result<Pid, Fault> {
    const WALL: &str = "program";
    let Some((program, arguments)) = job.argv.split_first() else {
        return Err(Fault::new(WALL, "start nothing", Errno::EINVAL));
    };
    std::env::set_current_dir(&job.cwd).or_fault(WALL, format!("enter {}", job.cwd.display()))?;
    let child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(job.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .spawn()
        .or_fault(WALL, format!("start {}", program.display()))?;
    Ok(Pid::from_raw(child.id().cast_signed()))
}

/// Reaps until the program itself has ended, or until there is too much in memory.
fn wait(children: &SignalFd, main: Pid, memory: Option<u64>) -> Result<End, Fault> {
    let pause = memory.map_or(PollTimeout::NONE, |_| PollTimeout::from(WATCH));
    loop {
        let mut events = [PollFd::new(children.as_fd(), PollFlags::POLLIN)];
        match poll(&mut events, pause) {
            Err(Errno::EINTR) => continue,
            answer => answer.or_fault("helper", "wait for the program")?,
        };
        children.read_signal().or_fault("helper", "read a signal")?;
        if let Some(end) = reap(main)? {
            return Ok(end);
        }
        if memory.is_some_and(|limit| resident() > limit) {
            return Ok(End::OutOfMemory);
        }
    }
}

fn reap(main: Pid) -> Result<Option<End>, Fault> {
    while let Some((pid, status)) = kernel::reap(false).or_fault("helper", "reap")? {
        if pid == main {
            let killed = || End::Killed(status.signal().unwrap_or_default());
            return Ok(Some(status.code().map_or_else(killed, End::Exited)));
        }
    }
    Ok(None)
}

/// What all processes hold in memory, in bytes; shared pages count for each.
fn resident() -> u64 {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pages = processes.filter_map(|entry| {
        let numbers = std::fs::read_to_string(entry.path().join("statm")).ok()?;
        numbers.split(' ').nth(1)?.parse::<u64>().ok()
    });
    pages.sum::<u64>().saturating_mul(page())
}

fn page() -> u64 {
    let size = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten();
    size.and_then(|size| u64::try_from(size).ok()).unwrap_or(4096)
}

/// Kills every other process and reaps until it is alone.
fn kill_everyone() -> Result<(), Fault> {
    loop {
        match kill(Pid::from_raw(-1), Signal::SIGKILL) {
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(errno) => return Err(Fault::new("helper", "kill what is left", errno)),
        }
        if kernel::reap(true).or_fault("helper", "reap what is left")?.is_none() {
            return Ok(());
        }
    }
}

fn collect(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let how = OpenHow::new()
        .flags(OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC)
        .resolve(ResolveFlag::RESOLVE_NO_SYMLINKS | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    let file = File::from(openat2(AT_FDCWD, path, how)?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut content = Vec::new();
    (&file).take(limit.saturating_add(1)).read_to_end(&mut content)?;
    if u64::try_from(content.len()).is_ok_and(|length| length > limit) {
        return Err(io::Error::other(format!("longer than {limit} bytes")));
    }
    Ok(content)
}
