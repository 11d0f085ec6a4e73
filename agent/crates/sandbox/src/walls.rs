//! The self-test: each wall is attacked in a real sandbox, with canaries planted.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::helper::SUBCOMMAND;
use crate::outcome::Landlock;
use crate::probe::{DONE, Facts, PROBE, Probe};
use crate::{End, Job, MemoryLimit, Mount, MountKind, Outcome, Sandbox, Unavailable};

/// One wall of the sandbox and whether it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wall {
    /// What it keeps the job from.
    pub name: String,
    /// Whether it stands.
    pub stands: bool,
    /// What was seen.
    pub seen: String,
    /// What to do when it does not stand.
    pub remedy: String,
}

/// A secret that no job may see.
const CANARY: &str = "bugstack-canary";
/// Where the probing program is, inside.
const INSIDE: &str = "/opt/probe";
const MIB: u64 = 1 << 20;
const BROKEN: &str = "do not run tests here; report it with this text";

/// The groups of tries, whether they are to succeed, and what that shows.
const GROUPS: [(&str, bool, &str); 9] = [
    ("host file", false, "the host's files are out of reach"),
    ("host socket", false, "the host's sockets are out of reach"),
    ("loopback", true, "it has a loopback of its own"),
    ("system", false, "the system cannot be written"),
    ("overlay", true, "an overlay can be changed"),
    ("read-only", false, "a read-only mount cannot be changed"),
    ("output", true, "an output directory can be written"),
    ("call", false, "dangerous system calls are refused"),
    ("socket", false, "dangerous sockets are refused"),
];

impl Sandbox {
    /// Attacks every wall in real sandboxes and tells which ones stand. Takes
    /// about two seconds. When the sandbox cannot be had at all, that is the one
    /// wall that is told.
    pub fn walls(&self) -> Vec<Wall> {
        let result = Scene::plant(self.program()).map_err(|error| Unavailable {
            wall: "self-test".to_owned(),
            cause: error.to_string(),
            remedy: "free some space in the temporary directory".to_owned(),
        });
        result.and_then(|scene| scene.attack(self)).unwrap_or_else(|missing| {
            vec![Wall {
                name: missing.wall,
                stands: false,
                seen: missing.cause,
                remedy: missing.remedy,
            }]
        })
    }
}

/// What is planted on the host, and goes away with this value.
struct Scene {
    program: PathBuf,
    place: tempfile::TempDir,
    /// A process of the host with the canary in its environment.
    neighbour: Child,
    sockets: Vec<(String, String)>,
    _tcp: TcpListener,
    _udp: UdpSocket,
    _path: UnixListener,
    _abstract: UnixListener,
}

impl Scene {
    fn plant(program: &Path) -> io::Result<Self> {
        let place = tempfile::tempdir()?;
        for directory in ["overlay", "fixed", "output"] {
            let directory = place.path().join(directory);
            fs::create_dir(&directory)?;
            fs::write(directory.join("changed"), CANARY)?;
            fs::write(directory.join("removed"), CANARY)?;
        }
        fs::write(place.path().join("secret"), CANARY)?;
        let (tcp, udp) = (TcpListener::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
        let path = place.path().join("socket");
        let name = place.path().display().to_string();
        let neighbour = Command::new(program)
            .args(order(&Probe::Stay))
            .env_clear()
            .env("CANARY", CANARY)
            .stdin(Stdio::piped())
            .spawn()?;
        let sockets = [
            ("tcp", tcp.local_addr()?.to_string()),
            ("udp", udp.local_addr()?.to_string()),
            ("path", path.display().to_string()),
            ("abstract", name.clone()),
        ];
        Ok(Self {
            program: fs::canonicalize(program)?,
            neighbour,
            sockets: sockets.map(|(kind, name)| (kind.to_owned(), name)).to_vec(),
            _path: UnixListener::bind(path)?,
            _abstract: UnixListener::bind_addr(&SocketAddr::from_abstract_name(name)?)?,
            _tcp: tcp,
            _udp: udp,
            place,
        })
    }

    fn attack(&self, sandbox: &Sandbox) -> Result<Vec<Wall>, Unavailable> {
        let mut walls = self.look(sandbox)?;
        walls.push(self.forks(sandbox)?);
        walls.push(self.memory(sandbox)?);
        walls.push(self.disk(sandbox)?);
        walls.push(self.output(sandbox)?);
        walls.push(self.time(sandbox)?);
        Ok(walls)
    }

    fn look(&self, sandbox: &Sandbox) -> Result<Vec<Wall>, Unavailable> {
        let home = std::env::var("HOME").unwrap_or_else(|_| "/root".to_owned());
        let secret = self.place.path().join("secret").display().to_string();
        let files = vec![secret, "/etc/shadow".to_owned(), format!("{home}/.profile")];
        let mut job = self.job(&Probe::Try { files, sockets: self.sockets.clone() });
        for (name, kind) in [
            ("overlay", MountKind::Overlay),
            ("fixed", MountKind::ReadOnly),
            ("output", MountKind::Writable),
        ] {
            let host = self.place.path().join(name);
            job.mounts.push(Mount { host, inside: Path::new("/").join(name), kind });
        }
        let outcome = sandbox.run(&job)?;
        let facts: Facts = serde_json::from_slice(&outcome.stdout).map_err(|_| Unavailable {
            wall: "self-test".to_owned(),
            cause: format!("{:?}: {}", outcome.end, String::from_utf8_lossy(&outcome.stderr)),
            remedy: BROKEN.to_owned(),
        })?;
        let mut walls = vec![self.user(), self.lower(), landlock(outcome.landlock)];
        walls.extend(GROUPS.iter().map(|(group, works, name)| tries(&facts, group, *works, name)));
        walls.extend(sights(&facts));
        Ok(walls)
    }

    fn user(&self) -> Wall {
        let owner = fs::metadata(self.place.path().join("output/new")).map(|about| about.uid());
        let seen = format!("its files belong to user {owner:?}");
        wall("it is not root outside", owner.is_ok_and(|uid| uid != 0), seen)
    }

    fn lower(&self) -> Wall {
        let read = |name| fs::read_to_string(self.place.path().join("overlay").join(name));
        let whole = ["changed", "removed"]
            .iter()
            .all(|name| read(*name).is_ok_and(|content| content == CANARY));
        let seen = if whole { "unchanged" } else { "changed" };
        wall("what is below an overlay stays as it is", whole, seen)
    }

    fn forks(&self, sandbox: &Sandbox) -> Result<Wall, Unavailable> {
        let mut job = self.job(&Probe::Fork);
        job.limits.processes = 40;
        let outcome = sandbox.run(&job)?;
        let stands = number(&outcome).is_some_and(|forks| forks < 40);
        Ok(wall("processes are limited", stands, shown(&outcome)))
    }

    fn memory(&self, sandbox: &Sandbox) -> Result<Wall, Unavailable> {
        let mut job = self.job(&Probe::Hold(96 << 20));
        job.limits.memory = 128 * MIB;
        let outcome = sandbox.run(&job)?;
        let by = match outcome.memory_limited_by {
            MemoryLimit::CgroupV2 => "a control group (version 2)",
            MemoryLimit::CgroupV1 => "a control group (version 1)",
            MemoryLimit::Watchdog => "a watchdog, as no control group is writable",
        };
        let seen = format!("{:?} after {:?}, by {by}", outcome.end, outcome.wall);
        Ok(wall("memory is limited", outcome.end == End::OutOfMemory, seen))
    }

    fn disk(&self, sandbox: &Sandbox) -> Result<Wall, Unavailable> {
        let mut job = self.job(&Probe::Fill);
        job.limits.scratch = 8 * MIB;
        let outcome = sandbox.run(&job)?;
        let stands = number(&outcome).is_some_and(|bytes| bytes <= 8 * MIB);
        Ok(wall("the disk is limited", stands, shown(&outcome)))
    }

    fn output(&self, sandbox: &Sandbox) -> Result<Wall, Unavailable> {
        let mut job = self.job(&Probe::Print);
        job.limits.output = MIB;
        let outcome = sandbox.run(&job)?;
        let seen = format!("{:?} with {} bytes", outcome.end, outcome.stdout.len());
        Ok(wall("output is limited", outcome.end == End::TooMuchOutput, seen))
    }

    fn time(&self, sandbox: &Sandbox) -> Result<Wall, Unavailable> {
        let mut job = self.job(&Probe::Ignore);
        job.limits.wall = Duration::from_millis(300);
        let outcome = sandbox.run(&job)?;
        let seen = format!("{:?} after {:?}", outcome.end, outcome.wall);
        Ok(wall("time is limited", outcome.end == End::TimedOut, seen))
    }

    /// The probing program inside, with this order.
    fn job(&self, probe: &Probe) -> Job {
        let mut job = Job::new(std::iter::once(INSIDE.into()).chain(order(probe)), "/tmp");
        job.limits.wall = Duration::from_secs(10);
        job.mounts.push(Mount {
            host: self.program.clone(),
            inside: INSIDE.into(),
            kind: MountKind::ReadOnly,
        });
        job
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = self.neighbour.kill();
        let _ = self.neighbour.wait();
    }
}

fn order(probe: &Probe) -> [OsString; 3] {
    // An order is numbers and text; it always has a form in JSON.
    let order = serde_json::to_string(probe).unwrap_or_default();
    [SUBCOMMAND.into(), PROBE.into(), order.into()]
}

fn tries(facts: &Facts, group: &str, works: bool, name: &str) -> Wall {
    let of_group = facts.tried.iter().filter_map(|(tried, answer)| {
        let detail = tried.strip_prefix(group)?.strip_prefix(": ")?;
        Some((detail, answer))
    });
    let (right, wrong): (Vec<_>, Vec<_>) =
        of_group.partition(|(_, answer)| (answer.as_str() == DONE) == works);
    let stands = wrong.is_empty() && !right.is_empty();
    let shown = if stands { right } else { wrong };
    let seen: Vec<_> = shown.iter().map(|(what, answer)| format!("{what}: {answer}")).collect();
    wall(name, stands, seen.join("; "))
}

/// What was seen without trying anything.
fn sights(facts: &Facts) -> [Wall; 4] {
    let field = |name: &str| {
        let value = facts.status.lines().find_map(|line| line.strip_prefix(name));
        value.unwrap_or_default().trim().to_owned()
    };
    let (effective, bounding) = (field("CapEff:"), field("CapBnd:"));
    let none = "0".repeat(16);
    let bare = effective == none
        && bounding == none
        && field("NoNewPrivs:") == "1"
        && field("Seccomp:") == "2";
    let clean = !facts.environments.contains(CANARY);
    [
        wall(
            "no other process is in sight",
            facts.processes.len() == 2,
            format!("{:?}", facts.processes),
        ),
        wall("no other environment is readable", clean, "the canary was looked for"),
        wall(
            "it has no capability and can gain none",
            bare,
            format!("effective {effective}, bounding {bounding}"),
        ),
        wall(
            "no descriptor is inherited",
            facts.descriptors == 4,
            format!("{} with the one that counts them", facts.descriptors),
        ),
    ]
}

fn landlock(landlock: Landlock) -> Wall {
    Wall {
        name: "Landlock is the second wall around files".to_owned(),
        stands: landlock != Landlock::None,
        seen: format!("{landlock:?}"),
        remedy: "Linux 6.12 or later has all of it, 5.19 the necessary part".to_owned(),
    }
}

fn wall(name: &str, stands: bool, seen: impl Into<String>) -> Wall {
    Wall { name: name.to_owned(), stands, seen: seen.into(), remedy: BROKEN.to_owned() }
}

fn number(outcome: &Outcome) -> Option<u64> {
    std::str::from_utf8(&outcome.stdout).ok()?.parse().ok()
}

fn shown(outcome: &Outcome) -> String {
    format!("{:?}: {}", outcome.end, String::from_utf8_lossy(&outcome.stdout))
}
