//! The one place that writes into somebody's work tree: `bugstack fix --write`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Repository;

impl Repository {
    /// Whether the work tree and the index are as the last commit left them; untracked files
    /// count as changes, ignored ones do not.
    pub fn is_clean(&self) -> Result<bool> {
        let mut options = git2::StatusOptions::new();
        options.include_untracked(true).include_ignored(false);
        let changes = self.0.statuses(Some(&mut options)).context("reading the work tree")?;
        Ok(changes.is_empty())
    }

    /// Whether a work tree shows `branch`: moving the branch would leave that work tree behind.
    pub fn has_checked_out(&self, branch: &str) -> bool {
        let head = self.0.find_reference("HEAD").ok();
        let target = head.as_ref().and_then(|head| head.symbolic_target().ok().flatten());
        !self.0.is_bare() && target == Some(super::commit::reference(branch).as_str())
    }

    /// Writes the files into the work tree. Nothing is written unless every path can be.
    pub fn write(&self, files: &[(String, String)]) -> Result<()> {
        let root = self.0.workdir().context("a bare repository has no work tree to write to")?;
        for (path, _) in files {
            refuse_links(root, path)?;
        }
        for (path, text) in files {
            let place = root.join(path);
            fs::create_dir_all(place.parent().unwrap_or(root))?;
            fs::write(&place, text).with_context(|| format!("writing {path}"))?;
        }
        Ok(())
    }
}

/// A link in the work tree could lead a write out of it.
fn refuse_links(root: &Path, path: &str) -> Result<()> {
    let mut place = root.to_path_buf();
    for part in Path::new(path).components() {
        place.push(part);
        if place.is_symlink() {
            bail!("`{path}` passes through the symbolic link {}", place.display());
        }
    }
    Ok(())
}
