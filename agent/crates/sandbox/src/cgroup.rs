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
        Self::of(&mounts, &own, limits)
    }

    /// The same, where this is mounted and this process is in these groups.
    fn of(mounts: &str, own: &str, limits: &Limits) -> Option<Self> {
        second(mounts, own, limits).or_else(|| first(mounts, own, limits))
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;

    /// A directory that looks like a mounted hierarchy with this group in it.
    fn hierarchy(group: &str, offered: &str) -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join(group);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("cgroup.controllers"), offered).unwrap();
        (root, directory)
    }

    #[test]
    fn the_second_version_is_used_beside_a_delegated_subgroup() {
        let (root, service) = hierarchy("system.slice/bugstack.service", "cpu memory pids\n");
        fs::create_dir(service.join("agent")).unwrap();
        let mounts = format!("cgroup2 {} cgroup2 rw 0 0\n", root.path().display());
        let own = "0::/system.slice/bugstack.service/agent\n";
        let group = Cgroup::of(&mounts, own, &Limits::default()).unwrap();
        assert_eq!(group.kind(), MemoryLimit::CgroupV2);
        group.add(17).unwrap();
        let [directory] = group.directories.as_slice() else { unreachable!() };
        assert_eq!(directory.parent(), Some(service.as_path()));
        let read = |name| fs::read_to_string(directory.join(name)).unwrap();
        assert_eq!(read("memory.max"), Limits::MEMORY.to_string());
        assert_eq!(read("pids.max"), Limits::PROCESSES.to_string());
        assert_eq!(read("cgroup.procs"), "17");
        assert!(!group.ran_out());
        fs::write(directory.join("memory.events"), "oom 1\noom_kill 1\n").unwrap();
        assert!(group.ran_out());
    }

    #[test]
    fn controllers_that_are_not_offered_are_not_used() {
        let (root, _) = hierarchy("user.slice", "hugetlb\n");
        let mounts = format!("cgroup2 {} cgroup2 rw 0 0\n", root.path().display());
        assert!(Cgroup::of(&mounts, "0::/user.slice\n", &Limits::default()).is_none());
    }

    #[test]
    fn the_first_version_needs_memory_and_processes() {
        let (root, _) = hierarchy("memory", "");
        let at = root.path().display();
        let memory = format!("cgroup {at}/memory cgroup rw,memory 0 0\n");
        let both = format!("{memory}cgroup {at}/pids cgroup rw,pids 0 0\n");
        fs::create_dir(root.path().join("pids")).unwrap();
        let own = "8:pids:/\n4:memory:/\n0::/\n";
        let group = Cgroup::of(&both, own, &Limits::default()).unwrap();
        assert_eq!(group.kind(), MemoryLimit::CgroupV1);
        assert_eq!(group.directories.len(), 2);
        assert!(Cgroup::of(&memory, own, &Limits::default()).is_none());
    }
}
