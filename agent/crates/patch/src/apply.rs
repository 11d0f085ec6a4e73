//! Putting edits into a text: all of a file's edits at once, or none.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::{Patch, Refusal, TextEdit};

impl Patch {
    /// The files that this patch changes, each once.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.sites.iter().map(|site| site.path.as_str()).collect::<BTreeSet<_>>().into_iter()
    }

    /// The whole patch on one file's unpatched text.
    ///
    /// # Errors
    /// `edits-collide` where the text is not the one that the patch was made for.
    pub fn apply(&self, path: &str, text: &str) -> Result<String, Refusal> {
        splice(text, &self.edits(path, None))
    }

    /// The same, with the bytes of the patched text that the patch wrote.
    pub(crate) fn apply_telling(
        &self,
        path: &str,
        text: &str,
    ) -> Result<(String, Vec<Range<usize>>), Refusal> {
        let edits = self.edits(path, None);
        let patched = splice(text, &edits)?;
        let mut written = Vec::new();
        let (mut added, mut removed) = (0, 0);
        for edit in &edits {
            let start = edit.start + added - removed;
            written.push(start..start + edit.text.len());
            added += edit.text.len();
            removed += edit.end - edit.start;
        }
        Ok((patched, written))
    }

    /// The same without the site `index`: what is red without it was needed. An edit that another
    /// site needs too stays.
    ///
    /// # Errors
    /// As [`Patch::apply`].
    pub fn apply_without(&self, index: usize, path: &str, text: &str) -> Result<String, Refusal> {
        splice(text, &self.edits(path, Some(index)))
    }

    fn edits(&self, path: &str, without: Option<usize>) -> Vec<TextEdit> {
        let mut sites: Vec<_> = self
            .sites
            .iter()
            .enumerate()
            .filter(|(index, site)| site.path == path && Some(*index) != without)
            .map(|(_, site)| site)
            .collect();
        sites.sort_by_key(|site| site.edits.first().map(|edit| edit.start));
        let mut edits: Vec<TextEdit> = Vec::new();
        for (order, site) in sites.iter().enumerate() {
            let shared =
                |edit: &TextEdit| sites[..order].iter().any(|earlier| earlier.edits.contains(edit));
            edits.extend(site.edits.iter().filter(|edit| !shared(edit)).cloned());
        }
        edits.sort_by_key(|edit| (edit.start, edit.end));
        edits
    }
}

/// Replaces each edit's range; edits are sorted by place.
pub(crate) fn splice(text: &str, edits: &[TextEdit]) -> Result<String, Refusal> {
    let mut patched = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let kept = text.get(at..edit.start).filter(|_| edit.start <= edit.end);
        let (Some(kept), Some(_)) = (kept, text.get(edit.start..edit.end)) else {
            return Err(Refusal::new(
                "edits-collide",
                format!(
                    "bytes {}..{} cannot be replaced: edits overlap, or the text is another one",
                    edit.start, edit.end
                ),
            ));
        };
        patched.push_str(kept);
        patched.push_str(&edit.text);
        at = edit.end;
    }
    patched.push_str(&text[at..]);
    Ok(patched)
}
