//! The agent's side: starts the helper, drains what comes, and ends it in time.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, PipeReader, Read};
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::cgroup::Cgroup;
use crate::channel::{self, Answer, Fault, OrFault, Request};
use crate::diagnosis::{self, System};
use crate::helper::SUBCOMMAND;
use crate::{End, Job, Landlock, Limits, MemoryLimit, Outcome, Unavailable};

/// The uid and gid of the job outside when the agent is root; no account of a
/// usual system has it.
pub const SANDBOX_UID: u32 = 60_600;

/// The longest time that building the sandbox may take.
const SETUP: Duration = Duration::from_secs(20);
/// The longest time that a job may run, whatever its limit.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest time between the order to die and the last process's death.
const GRACE: Duration = Duration::from_secs(5);
/// How often the control group is looked at when nothing else happens.
const LOOK: Duration = Duration::from_millis(100);

/// Runs jobs, each in a sandbox of its own.
#[derive(Debug, Clone)]
pub struct Sandbox {
    helper: PathBuf,
    without_landlock: bool,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// With this program as the helper: its `main` calls
    /// [`enter_if_asked`](crate::enter_if_asked) first.
    pub fn new() -> Self {
        Self::with_helper("/proc/self/exe")
    }

    /// With another program as the helper.
    pub fn with_helper(path: impl Into<PathBuf>) -> Self {
        Self { helper: path.into(), without_landlock: false }
    }

    /// Goes on where the kernel has no Landlock: the mounts are then the only
    /// wall around files. For operators who accept that.
    #[must_use]
    pub fn accept_no_landlock(mut self) -> Self {
        self.without_landlock = true;
        self
    }

    /// The helper program.
    pub(crate) fn program(&self) -> &Path {
        &self.helper
    }

    /// Runs one job to its end. Blocks; no longer than the job's time limit, the
    /// twenty seconds that building may take, and five for killing.
    ///
    /// # Errors
    /// A wall is missing, or the job names a path or a program that is not
    /// there. Then nothing has run.
    pub fn run(&self, job: &Job) -> Result<Outcome, Unavailable> {
        self.try_run(job).map_err(|fault| diagnosis::explain(fault, System::look()))
    }

    fn try_run(&self, job: &Job) -> Result<Outcome, Fault> {
        let cgroup = Cgroup::create(&job.limits);
        let mut run = Run::start(&self.helper, cgroup)?;
        let request = Request {
            job: job.clone(),
            uid: SANDBOX_UID,
            watch_memory: run.cgroup.is_none(),
            without_landlock: self.without_landlock,
        };
        channel::send(&run.channel, &request, &[]).or_fault("helper", "ask")?;
        run.drain(job)?;
        run.outcome(job)
    }
}

/// A job on its way.
struct Run {
    began: Instant,
    cgroup: Option<Cgroup>,
    child: Child,
    channel: UnixStream,
    stdout: Stream,
    stderr: Stream,
    /// What the helper said and is not yet a whole answer.
    heard: Vec<u8>,
    started: Option<Instant>,
    landlock: Landlock,
    ended: Option<Instant>,
    end: Option<End>,
    /// The end that we brought about.
    forced: Option<End>,
    failed: Option<Fault>,
    files: BTreeMap<PathBuf, Vec<u8>>,
    missing: BTreeMap<PathBuf, String>,
    finished: bool,
}

/// One of the two streams of output.
struct Stream {
    pipe: Option<PipeReader>,
    bytes: Vec<u8>,
}

impl Run {
    fn start(helper: &Path, cgroup: Option<Cgroup>) -> Result<Self, Fault> {
        const WALL: &str = "helper";
        let began = Instant::now();
        let (channel, theirs) = UnixStream::pair().or_fault(WALL, "make the channel")?;
        let (stdout, out) = io::pipe().or_fault(WALL, "make a pipe")?;
        let (stderr, err) = io::pipe().or_fault(WALL, "make a pipe")?;
        let child = Command::new(helper)
            .arg(SUBCOMMAND)
            .env_clear()
            .current_dir("/")
            .stdin(OwnedFd::from(theirs))
            .stdout(out)
            .stderr(err)
            .spawn()
            .or_fault(WALL, format!("start {}", helper.display()))?;
        // One that takes no process is none; the watchdog stands in then, and the outcome says so.
        let cgroup = cgroup.filter(|cgroup| cgroup.add(child.id()).is_ok());
        let run = Self {
            began,
            cgroup,
            child,
            channel,
            stdout: Stream { pipe: Some(stdout), bytes: Vec::new() },
            stderr: Stream { pipe: Some(stderr), bytes: Vec::new() },
            heard: Vec::new(),
            started: None,
            landlock: Landlock::None,
            ended: None,
            end: None,
            forced: None,
            failed: None,
            files: BTreeMap::new(),
            missing: BTreeMap::new(),
            finished: false,
        };
        run.channel.set_write_timeout(Some(SETUP)).or_fault(WALL, "limit the asking")?;
        Ok(run)
    }

    /// Reads everything until the helper, and all that it started, is gone.
    fn drain(&mut self, job: &Job) -> Result<(), Fault> {
        let mut deadline = self.began + SETUP;
        let mut open = true;
        while open || self.stdout.pipe.is_some() || self.stderr.pipe.is_some() {
            if self.started.is_some() && self.forced.is_none() {
                deadline = self.started.unwrap_or(self.began) + job.limits.wall.min(LONGEST);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                if self.forced.is_some() {
                    return Err(silent("did not die"));
                }
                if self.started.is_none() {
                    self.failed = Some(late());
                }
                self.force(End::TimedOut);
                deadline = Instant::now() + GRACE;
                continue;
            }
            open = self.step(open, left.min(LOOK))?;
            if self.forced.is_none()
                && let Some(end) = self.excess(&job.limits)
            {
                self.force(end);
                deadline = Instant::now() + GRACE;
            }
            if self.forced.is_some() {
                self.cut(job.limits.output);
            }
        }
        Ok(())
    }

    /// Whether the job has used up what this side counts.
    fn excess(&self, limits: &Limits) -> Option<End> {
        if over(self.stdout.bytes.len() + self.stderr.bytes.len(), limits.output) {
            return Some(End::TooMuchOutput);
        }
        // The kernel kills one process of the group; what the others do then proves nothing.
        self.cgroup.as_ref().is_some_and(Cgroup::ran_out).then_some(End::OutOfMemory)
    }

    /// Waits for something to read and reads it. Says whether the channel is still open.
    fn step(&mut self, open: bool, left: Duration) -> Result<bool, Fault> {
        let (channel, stdout, stderr) = {
            let mut events = Vec::with_capacity(3);
            if open {
                events.push(PollFd::new(self.channel.as_fd(), PollFlags::POLLIN));
            }
            for pipe in [&self.stdout.pipe, &self.stderr.pipe].into_iter().flatten() {
                events.push(PollFd::new(pipe.as_fd(), PollFlags::POLLIN));
            }
            // Rounded up, so that the deadline has passed when the wait ends.
            let pause =
                PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
            match poll(&mut events, pause) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(Fault::new("helper", "wait for the job", errno)),
            }
            let mut ready = events.iter().map(|event| event.any().unwrap_or(false));
            let mut next = |is_there: bool| is_there && ready.next().unwrap_or(false);
            (next(open), next(self.stdout.pipe.is_some()), next(self.stderr.pipe.is_some()))
        };
        if stdout {
            self.stdout.read()?;
        }
        if stderr {
            self.stderr.read()?;
        }
        if channel { self.listen() } else { Ok(open) }
    }

    fn listen(&mut self) -> Result<bool, Fault> {
        let read = read_some(&self.channel, &mut self.heard)?;
        while let Some((answer, body)) =
            channel::take(&mut self.heard).or_fault("helper", "understand the answer")?
        {
            match answer {
                Answer::Failed(fault) => self.failed = Some(fault),
                Answer::Started(landlock) => {
                    self.started = Some(Instant::now());
                    self.landlock = landlock;
                }
                Answer::Ended(end) => {
                    self.end = Some(end);
                    self.ended = Some(Instant::now());
                }
                Answer::File(path) => drop(self.files.insert(path, body)),
                Answer::Missing(path, reason) => drop(self.missing.insert(path, reason)),
                Answer::Finished => self.finished = true,
            }
        }
        Ok(read > 0)
    }

    /// Tells the helper to kill everything.
    fn force(&mut self, end: End) {
        self.forced = Some(end);
        if self.channel.shutdown(Shutdown::Write).is_err() {
            // The helper is gone already, or is not ours to talk to any more.
            let _ = self.child.kill();
        }
    }

    /// Forgets what was printed beyond the limit.
    fn cut(&mut self, limit: u64) {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.stdout.bytes.truncate(limit);
        self.stderr.bytes.truncate(limit.saturating_sub(self.stdout.bytes.len()));
    }

    fn outcome(mut self, job: &Job) -> Result<Outcome, Fault> {
        self.child.wait().or_fault("helper", "reap the helper")?;
        if let Some(fault) = self.failed.take() {
            return Err(fault);
        }
        let Some(started) = self.started else {
            let last = String::from_utf8_lossy(&self.stderr.bytes);
            return Err(silent(format!("died while building: {}", last.trim())));
        };
        let ran_out = self.cgroup.as_ref().is_some_and(Cgroup::ran_out);
        let end = match (self.forced, self.end) {
            (Some(end), _) => end,
            _ if ran_out => End::OutOfMemory,
            (None, Some(end)) if self.finished => end,
            _ => return Err(silent("died while the job ran")),
        };
        self.cut(job.limits.output);
        let ended = self.ended.unwrap_or_else(Instant::now);
        Ok(Outcome {
            end,
            stdout: std::mem::take(&mut self.stdout.bytes),
            stderr: std::mem::take(&mut self.stderr.bytes),
            files: std::mem::take(&mut self.files),
            missing: std::mem::take(&mut self.missing),
            wall: ended - started,
            setup: started - self.began,
            memory_limited_by: self.cgroup.as_ref().map_or(MemoryLimit::Watchdog, Cgroup::kind),
            landlock: self.landlock,
        })
    }
}

/// A run that is given up half-way leaves nothing behind either.
impl Drop for Run {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Stream {
    fn read(&mut self) -> Result<(), Fault> {
        if let Some(pipe) = &self.pipe
            && read_some(pipe, &mut self.bytes)? == 0
        {
            self.pipe = None;
        }
        Ok(())
    }
}

fn read_some(mut from: impl Read, to: &mut Vec<u8>) -> Result<usize, Fault> {
    let mut part = [0; 64 << 10];
    match from.read(&mut part) {
        Ok(length) => {
            to.extend_from_slice(&part[..length]);
            Ok(length)
        }
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(1),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(0),
        answer => answer.or_fault("helper", "read what the job says"),
    }
}

fn over(length: usize, limit: u64) -> bool {
    u64::try_from(length).map_or(true, |length| length > limit)
}

fn late() -> Fault {
    let step = format!("not built after {} s", SETUP.as_secs());
    Fault { wall: "setup in time".to_owned(), step, errno: 0 }
}

fn silent(what: impl Display) -> Fault {
    Fault { wall: "helper".to_owned(), step: format!("the helper {what}"), errno: 0 }
}
