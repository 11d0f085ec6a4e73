//! The deployed commit is not always the base commit: where did the line go?

use bugstack_patch::Place;
use similar::{DiffOp, TextDiff};

use super::Found;
use crate::git::Tree;
use crate::model::Halt;

/// Follows a place from the deployed tree to the base tree. A line that changed leaves its
/// function as the place; without a function's name there is nothing to go by.
pub(super) fn follow(found: &Found, deployed: &Tree<'_>, base: &Tree<'_>) -> Result<Place, Halt> {
    let Place::Exact { line, column } = found.place else { return Ok(found.place) };
    let old = deployed.read_text(&found.path).unwrap_or_default();
    let Some(new) = base.read_text(&found.path) else {
        let words = format!("`{}` is gone from the base branch", found.path);
        return Err(Halt::refused("drifted", words));
    };
    match line_after(&old, &new, line) {
        Some(line) => Ok(Place::Exact { line, column }),
        None if found.function.is_some() => Ok(Place::Function),
        None => Err(Halt::refused(
            "drifted",
            format!("line {line} of `{}` has changed since the deployed commit", found.path),
        )),
    }
}

/// The line's number in `new`, where the line is unchanged. Both count from 1.
fn line_after(old: &str, new: &str, line: u32) -> Option<u32> {
    let index = line.checked_sub(1)? as usize;
    TextDiff::from_lines(old, new).ops().iter().find_map(|op| match *op {
        DiffOp::Equal { old_index, new_index, len }
            if (old_index..old_index + len).contains(&index) =>
        {
            u32::try_from(new_index + (index - old_index) + 1).ok()
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::line_after;

    #[test]
    fn a_line_is_followed_while_it_is_unchanged() {
        let old = "a\nb\nc\n";
        assert_eq!(line_after(old, "x\na\nb\nc\n", 3), Some(4));
        assert_eq!(line_after(old, "a\nB\nc\n", 2), None);
        assert_eq!(line_after(old, old, 9), None);
        assert_eq!(line_after(old, old, 0), None);
    }
}
