//! Small texts of ours inside a repository: a blob behind a ref of our own, changed only by who
//! has read what it says now.

use anyhow::{Context, Result};

use super::Repository;

/// A text and where it was read, so that a change of it meets no other one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The last part of its name.
    pub name: String,
    /// What it says.
    pub text: String,
    id: git2::Oid,
}

/// Somebody else changed the note between reading and writing.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` was changed by somebody else meanwhile")]
pub struct NoteChanged(String);

impl Repository {
    /// The notes below `folder`, a ref prefix without its slash at the end, by name.
    pub fn notes(&self, folder: &str) -> Result<Vec<Note>> {
        let references = self.0.references_glob(&format!("{folder}/*"))?;
        let mut notes = Vec::new();
        for reference in references {
            let reference = reference?;
            let name = reference.name().context("a ref's name is not UTF-8")?;
            let Some(id) = reference.target() else { continue };
            let Ok(blob) = self.0.find_blob(id) else { continue };
            notes.push(Note {
                name: name.rsplit('/').next().unwrap_or(name).to_owned(),
                text: String::from_utf8(blob.content().to_vec()).context("a note's text")?,
                id,
            });
        }
        notes.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(notes)
    }

    /// Writes a note; `before` is what it said when it was read, none when it is new.
    ///
    /// # Errors
    /// [`NoteChanged`] when it says something else by now; nothing is written then.
    pub fn note(&self, folder: &str, name: &str, text: &str, before: Option<&Note>) -> Result<()> {
        let blob = self.0.blob(text.as_bytes())?;
        let reference = format!("{folder}/{name}");
        let written = match before {
            None => self.0.reference(&reference, blob, false, "bugstack"),
            Some(note) => self.0.reference_matching(&reference, blob, true, note.id, "bugstack"),
        };
        match written {
            Ok(_) => Ok(()),
            Err(error)
                if matches!(error.code(), git2::ErrorCode::Exists | git2::ErrorCode::Modified) =>
            {
                Err(NoteChanged(reference).into())
            }
            Err(error) => Err(error).with_context(|| format!("writing {reference}")),
        }
    }
}
