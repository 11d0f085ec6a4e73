//! Which files are looked at, several at a time, and what is found in them.

use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use bugstack_patch::{Finding, Language, Library, Source};
use ignore::{DirEntry, WalkBuilder, WalkState};

/// Folders of what others wrote or a tool made.
const FOLDERS: [&str; 8] =
    ["node_modules", "dist", "build", "out", "coverage", "vendor", "bower_components", ".next"];
/// Folders and names of tests: their sockets are their own.
const TEST_FOLDERS: [&str; 5] = ["__tests__", "__mocks__", "test", "tests", "e2e"];
const TEST_NAMES: [&str; 4] = [".spec.", ".test.", ".e2e-spec.", ".stories."];
/// Names of what a tool made.
const MADE: [&str; 3] = [".d.", ".min.", ".bundle."];
/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// What a scan has seen.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// How many files were looked at.
    pub(super) files: usize,
    /// By path, then place. Paths are relative to what was scanned.
    pub(super) findings: Vec<Finding>,
    /// Files that could not be read, and why.
    pub(super) unread: Vec<(String, String)>,
}

/// Looks at every file below `path` that is somebody's own code, or at `path` itself.
pub(super) fn scan(library: &Library, path: &Path) -> Result<Scanned> {
    if !path.exists() {
        bail!("there is no file or folder `{}`", path.display());
    }
    let seen = Mutex::new(Scanned::default());
    let root = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    walker(path).build_parallel().run(|| {
        Box::new(|entry| {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    keep(&seen, |seen| seen.unread.push((String::new(), error.to_string())));
                    return WalkState::Continue;
                }
            };
            if entry.file_type().is_some_and(|kind| kind.is_file()) && is_source(entry.path()) {
                look(library, root, entry.path(), &seen);
            }
            WalkState::Continue
        })
    });
    let mut seen = seen.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    seen.findings.sort_by(|one, other| {
        (&one.path, one.line, one.column).cmp(&(&other.path, other.line, other.column))
    });
    seen.unread.sort();
    Ok(seen)
}

fn walker(path: &Path) -> WalkBuilder {
    let mut walker = WalkBuilder::new(path);
    walker.require_git(false).follow_links(false).filter_entry(is_own);
    walker
}

/// What was named on the command line is looked at whatever it is called.
fn is_own(entry: &DirEntry) -> bool {
    if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    let name = entry.file_name().to_string_lossy();
    !FOLDERS.contains(&name.as_ref()) && !TEST_FOLDERS.contains(&name.as_ref())
}

fn is_source(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    Language::of_path(name).is_some()
        && !TEST_NAMES.iter().chain(&MADE).any(|part| name.contains(part))
}

fn look(library: &Library, root: &Path, path: &Path, seen: &Mutex<Scanned>) {
    let shown = shown(root, path);
    match read(path).map(|text| library.scan(&Source { path: &shown, text: &text })) {
        Ok(Ok(findings)) => keep(seen, |seen| {
            seen.files += 1;
            seen.findings.extend(findings);
        }),
        Ok(Err(refusal)) => keep(seen, |seen| {
            seen.files += 1;
            seen.unread.push((shown, refusal.explanation));
        }),
        Err(error) => keep(seen, |seen| seen.unread.push((shown, format!("{error:#}")))),
    }
}

pub(super) fn read(path: &Path) -> Result<String> {
    let size = std::fs::metadata(path)?.len();
    if size > LARGEST {
        bail!("larger than {LARGEST} bytes: a tool made it");
    }
    String::from_utf8(std::fs::read(path)?).context("not UTF-8")
}

/// The path as it is told: below `root`, with `/` between its parts.
fn shown(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts = below.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

fn keep(seen: &Mutex<Scanned>, change: impl FnOnce(&mut Scanned)) {
    change(&mut seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
}
