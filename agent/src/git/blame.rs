//! Who changed a line last. Bounded: libgit2's own blame walks a whole history.

use anyhow::Result;

use super::Repository;

/// Commits that are looked at before the answer is "nobody known".
const MAX_COMMITS: usize = 5_000;

/// Who made a commit, by its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The commit, full SHA.
    pub commit: String,
    /// The address that the commit gives; text from outside.
    pub email: String,
}

impl Repository {
    /// The author of the last commit up to `commit` that changed this line, from 1, of the file. A
    /// file that was renamed was changed as a whole then.
    ///
    /// None when the file has no such line, or when the search takes too long.
    pub fn last_change(&self, commit: &str, path: &str, line: u32) -> Result<Option<Author>> {
        let mut commit = self.find_commit(commit)?;
        let Some(mut blob) = blob(&commit, path) else { return Ok(None) };
        let lines = self.0.find_blob(blob)?.content().split(|byte| *byte == b'\n').count();
        if line == 0 || line as usize > lines {
            return Ok(None);
        }
        let mut line = line;
        for _ in 0..MAX_COMMITS {
            let Some((parent, before, place)) = self.before(&commit, path, blob, line)? else {
                let email = String::from_utf8_lossy(commit.author().email_bytes()).into_owned();
                return Ok(Some(Author { commit: commit.id().to_string(), email }));
            };
            (commit, blob, line) = (parent, before, place);
        }
        Ok(None)
    }

    /// The parent that has the same line, and where.
    fn before(
        &self,
        commit: &git2::Commit<'_>,
        path: &str,
        now: git2::Oid,
        line: u32,
    ) -> Result<Option<(git2::Commit<'_>, git2::Oid, u32)>> {
        for parent in commit.parent_ids() {
            let parent = self.0.find_commit(parent)?;
            let Some(before) = blob(&parent, path) else { continue };
            if let Some(place) = self.same_line(before, now, line)? {
                return Ok(Some((parent, before, place)));
            }
        }
        Ok(None)
    }

    fn same_line(&self, before: git2::Oid, now: git2::Oid, line: u32) -> Result<Option<u32>> {
        if before == now {
            return Ok(Some(line));
        }
        let (before, now) = (self.0.find_blob(before)?, self.0.find_blob(now)?);
        let mut options = git2::DiffOptions::new();
        options.context_lines(0);
        let patch = git2::Patch::from_blobs(&before, None, &now, None, Some(&mut options))?;
        let mut place = line;
        for hunk in 0..patch.num_hunks() {
            let (hunk, _) = patch.hunk(hunk)?;
            let (start, lines) = (hunk.new_start(), hunk.new_lines());
            // A hunk that only deletes stands behind the line that it names.
            let first = if lines == 0 { start + 1 } else { start };
            if line < first {
                break;
            }
            if line < first + lines {
                return Ok(None);
            }
            place = (place + hunk.old_lines()).saturating_sub(lines);
        }
        Ok(Some(place))
    }
}

fn blob(commit: &git2::Commit<'_>, path: &str) -> Option<git2::Oid> {
    let entry = commit.tree().ok()?.get_path(std::path::Path::new(path)).ok()?;
    (entry.kind() == Some(git2::ObjectType::Blob)).then(|| entry.id())
}
