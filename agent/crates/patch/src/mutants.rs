//! Small changes to a patch, each of which a good test notices: what survives was not tested.
//!
//! Only what the patch wrote is changed, and in it only what it claims: the state that it asks for,
//! what it removes, and where a loop goes on.

mod condition;
mod removal;

use std::ops::Range;

use crate::syntax::{Node, Tree, is_any, line_of, text};
use crate::{Patch, Refusal};

/// More than any template's edits give; what comes later in the file is left out.
const MOST: usize = 40;

/// A file with one small change to what the patch wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// In words, with the line of the patched file.
    pub change: String,
    /// The whole file.
    pub text: String,
    /// Why no test can notice, where it changes nothing that runs.
    pub equivalent: Option<String>,
}

impl Patch {
    /// The mutants of one file's patched text, in the order of their places.
    ///
    /// # Errors
    /// As [`Patch::apply`].
    pub fn mutants(&self, path: &str, text: &str) -> Result<Vec<Mutant>, Refusal> {
        let (patched, written) = self.apply_telling(path, text)?;
        let tree = Tree::parse(path, &patched)?;
        let page = Page { tree: &tree, written: &written };
        let mut changes: Vec<Change> = Vec::new();
        for node in tree.root().dfs().filter(|node| page.wrote(node)) {
            changes.extend(condition::changes(&page, &node));
            changes.extend(removal::changes(&page, &node));
            changes.extend(for_the_compiler(&node));
        }
        changes.sort_by_key(|change| change.range.start);
        let mut mutants: Vec<Mutant> = Vec::new();
        for change in changes {
            let mutant = change.of(&patched);
            let new = mutant.text != patched && mutants.iter().all(|it| it.text != mutant.text);
            if new && mutants.len() < MOST {
                mutants.push(mutant);
            }
        }
        Ok(mutants)
    }
}

/// A patched file, and the bytes in it that the patch wrote.
struct Page<'t> {
    tree: &'t Tree,
    written: &'t [Range<usize>],
}

impl Page<'_> {
    /// Whether all of a node was written by one edit.
    fn wrote(&self, node: &Node<'_>) -> bool {
        let range = node.range();
        self.written.iter().any(|it| it.start <= range.start && range.end <= it.end)
    }
}

/// One replacement in the patched text.
struct Change {
    range: Range<usize>,
    with: String,
    words: String,
    equivalent: Option<&'static str>,
}

impl Change {
    /// `what` happens to the node's text, which `with` replaces.
    fn to(node: &Node<'_>, with: impl Into<String>, what: &str) -> Self {
        let shown = text(node).split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            range: node.range(),
            with: with.into(),
            words: format!("line {}: `{shown}` {what}", line_of(node)),
            equivalent: None,
        }
    }

    fn of(self, patched: &str) -> Mutant {
        let (before, after) = (&patched[..self.range.start], &patched[self.range.end..]);
        Mutant {
            change: self.words,
            text: format!("{before}{}{after}", self.with),
            equivalent: self.equivalent.map(str::to_owned),
        }
    }
}

/// An interface that the class promises: the program runs the same without it.
fn for_the_compiler(node: &Node<'_>) -> Option<Change> {
    let promise = node.parent().filter(|parent| is_any(parent, &["implements_clause"]))?;
    let of_class = is_any(node, &["type_identifier", "generic_type", "nested_type_identifier"]);
    of_class.then(|| Change {
        with: "object".to_owned(),
        equivalent: Some("an interface is there for the compiler alone"),
        ..Change::to(node, "", &format!("taken out of `{}`", text(&promise)))
    })
}

#[cfg(test)]
mod tests;
