//! The proposals of a local repository: one note each, `refs/bugstack/proposals/<number>`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::forge::{Answer, ForgeError, Presentation};
use crate::git::{Note, NoteChanged, Repository};
use crate::model::{Proposal, ProposalState};

const FOLDER: &str = "refs/bugstack/proposals";
/// How often a change is tried again that met another one.
const TRIES: usize = 10;

/// A proposal as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) number: i64,
    pub(super) branch: String,
    pub(super) base_branch: String,
    pub(super) head: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) draft: bool,
    pub(super) labels: BTreeSet<String>,
    pub(super) state: ProposalState,
    pub(super) ended: Option<Timestamp>,
    pub(super) merge_commit: Option<String>,
    /// By key.
    pub(super) comments: BTreeMap<String, String>,
}

/// The proposals of one repository.
pub(super) struct Register<'a>(&'a Repository);

impl<'a> Register<'a> {
    pub(super) fn of(repository: &'a Repository) -> Self {
        Self(repository)
    }

    /// The newest that is like this.
    pub(super) fn newest(&self, like: impl Fn(&Entry) -> bool) -> Answer<Option<Entry>> {
        let entries = self.entries()?.into_iter().map(|(_, entry)| entry);
        Ok(entries.filter(like).max_by_key(|entry| entry.number))
    }

    pub(super) fn get(&self, number: i64) -> Answer<Entry> {
        self.note(number).map(|(_, entry)| entry)
    }

    /// Writes a new proposal down and returns its number.
    pub(super) fn add(&self, proposal: &Proposal, shown: &Presentation) -> Answer<i64> {
        for _ in 0..TRIES {
            let number =
                self.entries()?.iter().map(|(_, entry)| entry.number).max().unwrap_or(0) + 1;
            let entry = Entry {
                number,
                branch: proposal.branch.clone(),
                base_branch: proposal.base_branch.clone(),
                head: proposal.commit.clone(),
                title: proposal.title.clone(),
                body: proposal.body.clone(),
                draft: shown.draft,
                labels: shown.labels.iter().cloned().collect(),
                state: ProposalState::Open,
                ended: None,
                merge_commit: None,
                comments: BTreeMap::new(),
            };
            if self.write(&entry, None)? {
                return Ok(number);
            }
        }
        Err(busy())
    }

    /// Changes a proposal as it is written down by then.
    pub(super) fn change(&self, number: i64, edit: impl Fn(&mut Entry)) -> Answer<()> {
        for _ in 0..TRIES {
            let (note, before) = self.note(number)?;
            let mut entry = before.clone();
            edit(&mut entry);
            if entry == before || self.write(&entry, Some(&note))? {
                return Ok(());
            }
        }
        Err(busy())
    }

    fn note(&self, number: i64) -> Answer<(Note, Entry)> {
        let entries = self.entries()?.into_iter();
        let mut found = entries.filter(|(_, entry)| entry.number == number);
        found.next().ok_or_else(|| ForgeError::Missing(format!("proposal {number}")))
    }

    fn entries(&self) -> Answer<Vec<(Note, Entry)>> {
        let notes = self.0.notes(FOLDER)?.into_iter();
        notes
            .map(|note| {
                let entry = serde_json::from_str(&note.text)
                    .with_context(|| format!("reading {FOLDER}/{}", note.name))?;
                Ok((note, entry))
            })
            .collect()
    }

    /// Whether it was written; not if somebody else was faster.
    fn write(&self, entry: &Entry, before: Option<&Note>) -> Answer<bool> {
        let text = serde_json::to_string_pretty(entry).context("writing a proposal down")?;
        match self.0.note(FOLDER, &entry.number.to_string(), &text, before) {
            Ok(()) => Ok(true),
            Err(error) if error.is::<NoteChanged>() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn busy() -> ForgeError {
    ForgeError::Fault(anyhow::anyhow!(
        "the repository's proposals are changed by others all the time"
    ))
}
