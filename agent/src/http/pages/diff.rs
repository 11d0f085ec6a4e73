//! A unified diff, line by line, for colours and line numbers.

use serde::Serialize;

/// The changes of one file.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(super) struct FileDiff {
    path: String,
    added: usize,
    removed: usize,
    lines: Vec<Line>,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
struct Line {
    /// `hunk`, `added`, `removed`, `same` or `note`.
    kind: &'static str,
    old: Option<u32>,
    new: Option<u32>,
    text: String,
}

/// Where the next line stands in both files, and how much of the hunk is left.
#[derive(Default)]
struct Place {
    old: u32,
    new: u32,
    old_left: u32,
    new_left: u32,
}

/// Reads a diff. Whatever is no diff comes out as notes, so that nothing is hidden.
pub(super) fn read(diff: &str) -> Vec<FileDiff> {
    let mut files: Vec<FileDiff> = Vec::new();
    let mut place = Place::default();
    for text in diff.lines() {
        let inside = place.old_left > 0 || place.new_left > 0;
        if !inside && let Some(names) = text.strip_prefix("diff --git ") {
            files.push(FileDiff::named(names.split_once(" b/").map_or(names, |(_, new)| new)));
            continue;
        }
        if !inside && ["--- ", "+++ ", "index "].iter().any(|start| text.starts_with(start)) {
            continue;
        }
        if files.is_empty() {
            files.push(FileDiff::named(""));
        }
        if let Some(file) = files.last_mut() {
            file.push(&mut place, inside, text);
        }
    }
    files
}

impl FileDiff {
    fn named(path: &str) -> Self {
        Self { path: path.to_owned(), added: 0, removed: 0, lines: Vec::new() }
    }

    fn push(&mut self, place: &mut Place, inside: bool, text: &str) {
        let line = match (inside, text.chars().next()) {
            (false, Some('@')) => {
                *place = hunk(text).unwrap_or_default();
                Line { kind: "hunk", old: None, new: None, text: text.to_owned() }
            }
            (true, Some('+')) => {
                self.added += 1;
                Line { kind: "added", old: None, new: place.take_new(), text: rest(text) }
            }
            (true, Some('-')) => {
                self.removed += 1;
                Line { kind: "removed", old: place.take_old(), new: None, text: rest(text) }
            }
            (true, Some(' ') | None) => {
                let (old, new) = (place.take_old(), place.take_new());
                Line { kind: "same", old, new, text: rest(text) }
            }
            _ => Line { kind: "note", old: None, new: None, text: text.to_owned() },
        };
        self.lines.push(line);
    }
}

impl Place {
    fn take_old(&mut self) -> Option<u32> {
        self.old_left = self.old_left.saturating_sub(1);
        self.old = self.old.saturating_add(1);
        Some(self.old - 1)
    }

    fn take_new(&mut self) -> Option<u32> {
        self.new_left = self.new_left.saturating_sub(1);
        self.new = self.new.saturating_add(1);
        Some(self.new - 1)
    }
}

fn rest(text: &str) -> String {
    text.chars().skip(1).collect()
}

/// `@@ -28,7 +28,9 @@ …`; a missing count is 1.
fn hunk(text: &str) -> Option<Place> {
    let mut ranges = text.strip_prefix("@@ -")?.split(' ');
    let (old, old_left) = range(ranges.next()?)?;
    let (new, new_left) = range(ranges.next()?.strip_prefix('+')?)?;
    Some(Place { old, new, old_left, new_left })
}

fn range(text: &str) -> Option<(u32, u32)> {
    match text.split_once(',') {
        Some((start, count)) => Some((start.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn shown(diff: &str) -> String {
        let mut out = String::new();
        for file in read(diff) {
            writeln!(out, "{} +{} -{}", file.path, file.added, file.removed).unwrap();
            for line in file.lines {
                let number = |n: Option<u32>| n.map_or(String::new(), |n| n.to_string());
                let (old, new) = (number(line.old), number(line.new));
                writeln!(out, "{:>7} {old:>3} {new:>3} |{}", line.kind, line.text).unwrap();
            }
        }
        out
    }

    #[test]
    fn lines_carry_their_kind_and_numbers() {
        let diff = "diff --git a/src/a b.ts b/src/a b.ts\nindex 1..2 100644\n--- a/src/a b.ts\n+++ b/src/a b.ts\n@@ -3,3 +3,3 @@ class A\n one\n--- two\n+++ three\n four\ndiff --git a/new.ts b/new.ts\nnew file mode 100644\n--- /dev/null\n+++ b/new.ts\n@@ -0,0 +1 @@\n+five\n\\ No newline at end of file\n";
        insta::assert_snapshot!(shown(diff), @r"
        src/a b.ts +1 -1
           hunk         |@@ -3,3 +3,3 @@ class A
           same   3   3 |one
        removed   4     |-- two
          added       4 |++ three
           same   5   5 |four
        new.ts +1 -0
           note         |new file mode 100644
           hunk         |@@ -0,0 +1 @@
          added       1 |five
           note         |\ No newline at end of file
        ");
    }

    proptest! {
        #[test]
        fn no_text_is_lost_or_harmful(diff in "(diff --git a/x b/x\n|@@ -1,2 \\+1,9 @@\n|[ +-@]{0,3}[a-z<]{0,5}\n){0,20}") {
            let lines: usize = read(&diff).iter().map(|file| file.lines.len()).sum();
            let hidden = diff.lines().filter(|line| {
                ["diff --git ", "--- ", "+++ ", "index "].iter().any(|start| line.starts_with(start))
            });
            prop_assert!(lines + hidden.count() >= diff.lines().count());
        }
    }
}
