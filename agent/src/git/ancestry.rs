//! What a commit contains: whether a release has a merge, and a merge our patch. What is not in
//! the repository is unknown, which is neither yes nor no.

use std::path::Path;

use anyhow::Result;

use super::Repository;

impl Repository {
    /// Whether `commit`, a full or abbreviated SHA, is `ancestor` or came after it; none when one
    /// of them is not known here.
    pub fn includes(&self, commit: &str, ancestor: &str) -> Option<bool> {
        let commit = self.0.find_commit_by_prefix(commit).ok()?.id();
        let ancestor = self.0.find_commit_by_prefix(ancestor).ok()?.id();
        Some(commit == ancestor || self.0.graph_descendant_of(commit, ancestor).ok()?)
    }

    /// Whether a full or abbreviated SHA names one commit here.
    pub fn knows(&self, commit: &str) -> bool {
        self.0.find_commit_by_prefix(commit).is_ok()
    }

    /// How many parents a commit has; none when it is not known here.
    pub fn parents(&self, commit: &str) -> Option<usize> {
        Some(self.0.find_commit_by_prefix(commit).ok()?.parent_count())
    }

    /// The paths that differ between two commits.
    pub fn changed(&self, old: &str, new: &str) -> Result<Vec<String>> {
        let (old, new) = (self.find_commit(old)?.tree()?, self.find_commit(new)?.tree()?);
        let diff = self.0.diff_tree_to_tree(Some(&old), Some(&new), None)?;
        let paths = diff.deltas().filter_map(|delta| {
            let path = delta.new_file().path().or_else(|| delta.old_file().path());
            path.and_then(Path::to_str).map(str::to_owned)
        });
        Ok(paths.collect())
    }

    /// How many files that were there before differ between two commits, and in how many lines,
    /// added plus deleted. New files are tests.
    pub fn size(&self, old: &str, new: &str) -> Result<(usize, usize)> {
        let (old, new) = (self.find_commit(old)?.tree()?, self.find_commit(new)?.tree()?);
        let diff = self.0.diff_tree_to_tree(Some(&old), Some(&new), None)?;
        let (mut files, mut lines) = (0, 0);
        for (index, delta) in diff.deltas().enumerate() {
            if delta.status() != git2::Delta::Added {
                files += 1;
                let patch = git2::Patch::from_diff(&diff, index)?;
                let (_, added, deleted) =
                    patch.map_or(Ok((0, 0, 0)), |patch| patch.line_stats())?;
                lines += added + deleted;
            }
        }
        Ok((files, lines))
    }

    /// Whether the base branch, from `merge` on, holds `commit`, made on `base`, without a change:
    /// each file of it is as git itself would have merged it. None when one of the commits is not
    /// known here.
    pub fn holds_unchanged(&self, merge: &str, base: &str, commit: &str) -> Option<bool> {
        let merge = self.0.find_commit_by_prefix(merge).ok()?;
        let ours = self.0.find_commit_by_prefix(commit).ok()?;
        if merge.id() == ours.id() {
            return Some(true);
        }
        let expected = self.0.merge_commits(&merge.parent(0).ok()?, &ours, None).ok()?;
        if expected.has_conflicts() {
            return Some(false);
        }
        let tree = merge.tree().ok()?;
        let same = |path: &String| {
            let path = Path::new(path);
            expected.get_path(path, 0).map(|entry| entry.id)
                == tree.get_path(path).ok().map(|entry| entry.id())
        };
        Some(self.changed(base, commit).ok()?.iter().all(same))
    }
}
