//! Unified diffs, as git prints them.

use anyhow::Result;

use super::Repository;

impl Repository {
    /// The unified diff between two commits.
    pub fn diff(&self, old: &str, new: &str) -> Result<String> {
        let old = self.find_commit(old)?.tree()?;
        let new = self.find_commit(new)?.tree()?;
        print(&self.0.diff_tree_to_tree(Some(&old), Some(&new), None)?)
    }
}

/// The unified diff that turns `old` into `new` at `path`; `old` is none for a new file.
pub fn unified(path: &str, old: Option<&str>, new: &str) -> Result<String> {
    let patch = git2::Patch::from_buffers(
        old.unwrap_or_default().as_bytes(),
        Some(path.as_ref()),
        new.as_bytes(),
        Some(path.as_ref()),
        None,
    );
    let text = patch?.to_buf()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok(if old.is_some() { text } else { as_new_file(path, &text) })
}

/// libgit2 compares an empty buffer with the new one: say that the file is new, so that
/// `git apply` creates it.
fn as_new_file(path: &str, diff: &str) -> String {
    let body = diff.find("@@").map_or("", |at| &diff[at..]);
    format!(
        "diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n{body}"
    )
}

fn print(diff: &git2::Diff<'_>) -> Result<String> {
    let mut text = Vec::new();
    diff.print(git2::DiffFormat::Patch, |_, _, line| {
        if matches!(line.origin(), '+' | '-' | ' ') {
            text.push(line.origin() as u8);
        }
        text.extend_from_slice(line.content());
        true
    })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
