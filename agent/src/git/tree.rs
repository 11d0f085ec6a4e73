//! The tree of a commit: which files it has, what they say, and a copy of it on disk.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Component, Path};

use anyhow::{Context, Result, bail};

/// More entries than any repository that a test run here could bear.
const MAX_ENTRIES: usize = 200_000;
/// The largest file that `read` returns, in bytes: a source file, a lockfile.
const MAX_READ: usize = 32 * 1024 * 1024;

/// The tree of a commit. Paths are relative, `/` between parts.
pub struct Tree<'repo> {
    repository: &'repo git2::Repository,
    tree: git2::Tree<'repo>,
}

impl<'repo> Tree<'repo> {
    pub(super) fn new(repository: &'repo git2::Repository, tree: git2::Tree<'repo>) -> Self {
        Self { repository, tree }
    }

    /// The regular files, sorted.
    pub fn files(&self) -> Result<Vec<String>> {
        Ok(self.entries()?.into_iter().filter(|(_, e)| e.kind != Kind::Link).map(|e| e.0).collect())
    }

    /// Whether `path` is a regular file of this tree.
    pub fn contains(&self, path: &str) -> bool {
        self.blob(path).is_some()
    }

    /// The bytes of a regular file; none where the tree has no such file or it is too large.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        let blob = self.blob(path)?;
        (blob.size() <= MAX_READ).then(|| blob.content().to_vec())
    }

    /// The text of a regular file; none where it is missing, too large or not UTF-8.
    pub fn read_text(&self, path: &str) -> Option<String> {
        String::from_utf8(self.read(path)?).ok()
    }

    /// Writes the tree into the empty folder `into`, with `overlay` in place of, or beside, its
    /// own files. Symbolic links come last, so that no write can pass through one.
    pub fn export(&self, into: &Path, overlay: &BTreeMap<String, String>) -> Result<()> {
        let entries = self.entries()?;
        for (path, entry) in entries.iter().filter(|(_, e)| e.kind != Kind::Link) {
            if overlay.contains_key(path) {
                continue;
            }
            let blob = self.repository.find_blob(entry.id)?;
            write_new(into, path, blob.content(), entry.kind == Kind::Executable)?;
        }
        for (path, text) in overlay {
            write_new(into, path, text.as_bytes(), false)?;
        }
        for (path, entry) in entries.iter().filter(|(_, e)| e.kind == Kind::Link) {
            let target = self.repository.find_blob(entry.id)?;
            let target = std::str::from_utf8(target.content()).context("a link's target")?;
            let place = into.join(checked(path)?);
            fs::create_dir_all(place.parent().unwrap_or(into))?;
            symlink(target, &place).with_context(|| format!("linking {path}"))?;
        }
        Ok(())
    }

    fn blob(&self, path: &str) -> Option<git2::Blob<'repo>> {
        let entry = self.tree.get_path(Path::new(path)).ok()?;
        let regular = matches!(entry.filemode(), 0o100_644 | 0o100_755 | 0o100_664);
        regular.then(|| self.repository.find_blob(entry.id()).ok()).flatten()
    }

    fn entries(&self) -> Result<BTreeMap<String, Entry>> {
        let mut entries = BTreeMap::new();
        let mut fault = None;
        let walked = self.tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            let Ok(name) = entry.name() else {
                fault = Some("a file name that is not UTF-8".to_owned());
                return git2::TreeWalkResult::Abort;
            };
            if let Some(kind) = Kind::of(entry.filemode()) {
                entries.insert(format!("{folder}{name}"), Entry { id: entry.id(), kind });
            }
            if entries.len() > MAX_ENTRIES {
                fault = Some(format!("more than {MAX_ENTRIES} files"));
                return git2::TreeWalkResult::Abort;
            }
            git2::TreeWalkResult::Ok
        });
        match fault {
            Some(fault) => bail!("the tree has {fault}"),
            None => walked.map(|()| entries).context("walking the tree"),
        }
    }
}

struct Entry {
    id: git2::Oid,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Executable,
    Link,
}

impl Kind {
    /// Folders and submodules have no content of their own.
    fn of(mode: i32) -> Option<Self> {
        match mode {
            0o100_644 | 0o100_664 => Some(Self::File),
            0o100_755 => Some(Self::Executable),
            0o120_000 => Some(Self::Link),
            _ => None,
        }
    }
}

fn write_new(root: &Path, path: &str, bytes: &[u8], executable: bool) -> Result<()> {
    let place = root.join(checked(path)?);
    fs::create_dir_all(place.parent().unwrap_or(root))?;
    let mode = if executable { 0o755 } else { 0o644 };
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&place)
        .with_context(|| format!("writing {path}"))?;
    file.write_all(bytes).with_context(|| format!("writing {path}"))
}

/// A tree made by hand can name anything: only plain relative names pass.
fn checked(path: &str) -> Result<&Path> {
    let path = Path::new(path);
    let plain = path.components().all(|part| match part {
        Component::Normal(name) => !name.eq_ignore_ascii_case(".git"),
        _ => false,
    });
    if !plain {
        bail!("the path `{}` leaves the repository", path.display());
    }
    Ok(path)
}
