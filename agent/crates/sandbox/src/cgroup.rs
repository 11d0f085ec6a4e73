//! The control group of one job, where the system lets us make one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Limits, MemoryLimit};

/// Groups of ours are called this, the supervisor's pid, and a number.
const PREFIX: &str = "bugstack-sandbox-";

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A control group that is removed when dropped.
#[derive(Debug)]
pub(crate) struct Cgroup {
    kind: MemoryLimit,
    /// One directory in the second version, one for each controller in the first.
    directories: Vec<PathBuf>,
}

impl Cgroup {
    /// Makes a group with these limits, after sweeping what killed supervisors
    /// left behind. `None`: no control group is writable here.
    pub(crate) fn create(limits: &Limits) -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        second(&mounts, &own, limits).or_else(|| first(&mounts, &own, limits))
    }

    pub(crate) fn kind(&self) -> MemoryLimit {
        self.kind
    }

    /// Puts a process in, and all that will come from it.
    pub(crate) fn add(&self, pid: u32) -> io::Result<()> {
        self.directories
            .iter()
            .try_for_each(|directory| fs::write(directory.join("cgroup.procs"), pid.to_string()))
    }

    /// Whether the kernel killed a process of the group for its memory.
    pub(crate) fn ran_out(&self) -> bool {
        let Some(directory) = self.directories.first() else { return false };
        let name = match self.kind {
            MemoryLimit::CgroupV2 => "memory.events",
            _ => "memory.oom_control",
        };
        let counts = fs::read_to_string(directory.join(name)).unwrap_or_default();
        let kills = counts.lines().find_map(|line| line.strip_prefix("oom_kill "));
        kills.is_some_and(|kills| kills.trim() != "0")
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        for directory in &self.directories {
            // What cannot be removed now is swept by the next job.
            let _ = fs::remove_dir(directory);
        }
    }
}

fn second(mounts: &str, own: &str, limits: &Limits) -> Option<Cgroup> {
    let root = mount_point(mounts, |kind, _| kind == "cgroup2")?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let here = root.join(path);
    // The kernel gives controllers only to groups that have no processes of
    // their own: usually the parent of a delegated subgroup.
    let parent = here.parent().filter(|parent| parent.starts_with(&root)).map(Path::to_owned);
    [Some(here), parent].into_iter().flatten().find_map(|base| {
        let offered = fs::read_to_string(base.join("cgroup.controllers")).ok()?;
        ["memory", "pids"]
            .iter()
            .all(|name| offered.split_whitespace().any(|offer| offer == *name))
            .then_some(())?;
        fs::write(base.join("cgroup.subtree_control"), "+memory +pids").ok()?;
        let settings = [
            ("memory.max", limits.memory.to_string()),
            ("memory.oom.group", "1".to_owned()),
            ("pids.max", limits.processes.to_string()),
        ];
        let group = make(MemoryLimit::CgroupV2, &[base])?;
        set(&group.directories[0], &settings).ok()?;
        // Only where swap is accounted for.
        let _ = fs::write(group.directories[0].join("memory.swap.max"), "0");
        Some(group)
    })
}

fn first(mounts: &str, own: &str, limits: &Limits) -> Option<Cgroup> {
    let base = |controller: &str| {
        let root = mount_point(mounts, |kind, options| {
            kind == "cgroup" && options.split(',').any(|option| option == controller)
        })?;
        let path = own.lines().find_map(|line| {
            let (names, path) = line.split_once(':')?.1.split_once(":/")?;
            names.split(',').any(|name| name == controller).then_some(path)
        })?;
        Some(root.join(path))
    };
    let group = make(MemoryLimit::CgroupV1, &[base("memory")?, base("pids")?])?;
    set(&group.directories[0], &[("memory.limit_in_bytes", limits.memory.to_string())]).ok()?;
    // Only where swap is accounted for.
    let _ = fs::write(
        group.directories[0].join("memory.memsw.limit_in_bytes"),
        limits.memory.to_string(),
    );
    set(&group.directories[1], &[("pids.max", limits.processes.to_string())]).ok()?;
    Some(group)
}

fn mount_point(mounts: &str, fits: impl Fn(&str, &str) -> bool) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (point, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
        fits(kind, options).then(|| point.into())
    })
}

fn make(kind: MemoryLimit, bases: &[PathBuf]) -> Option<Cgroup> {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("{PREFIX}{}-{number}", std::process::id());
    let mut group = Cgroup { kind, directories: Vec::new() };
    for base in bases {
        sweep(base);
        let directory = base.join(&name);
        fs::create_dir(&directory).ok()?;
        group.directories.push(directory);
    }
    Some(group)
}

fn set(directory: &Path, settings: &[(&str, String)]) -> io::Result<()> {
    settings.iter().try_for_each(|(name, value)| fs::write(directory.join(name), value))
}

/// Removes the groups of supervisors that are gone. The kernel keeps those that
/// still have processes.
fn sweep(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let pid = rest.split('-').next().unwrap_or_default();
        if !Path::new("/proc").join(pid).exists() {
            let _ = fs::remove_dir(entry.path());
        }
    }
}
