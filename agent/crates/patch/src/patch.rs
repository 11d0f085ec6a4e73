//! What the engine found at a place, and the edits that answer it.

use serde::{Deserialize, Serialize};

use crate::{Refusal, Subject};

/// The best template for a place. The cause comes from the template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The template's id: `guard-send`.
    pub template: String,
    /// The template's family: `websocket-closed`.
    pub family: String,
    /// The cause, for a person, names of this place filled in.
    pub cause: String,
    /// Path in the repository.
    pub path: String,
    /// Where the faulty statement's call stands, from 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// The enclosing named function, qualified by its class: `RoomsGateway.announce`.
    pub function: Option<String>,
}

/// One way to repair a diagnosis. Candidates come ranked, the best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// The template's id.
    pub template: String,
    /// Which of the template's answers: `allow-list`.
    pub candidate: String,
    /// The commit's subject: `fix: check readyState before sending in RoomsGateway`.
    pub title: String,
    /// The change in words, Markdown.
    pub summary: String,
    /// What else the change alters, for a reviewer, Markdown.
    #[serde(default)]
    pub risk: String,
    /// Every changed place; each stands or falls as a whole.
    pub sites: Vec<PatchedSite>,
    /// Places of the same shape that were not touched, and why.
    pub left_alone: Vec<LeftAlone>,
    /// What a test must know to drive the changed code.
    pub subject: Subject,
}

/// One changed place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatchedSite {
    /// The template that changes it: a companion differs from the patch's own.
    pub template: String,
    /// Path in the repository.
    pub path: String,
    /// First and last line in the unpatched text, from 1.
    pub lines: (u32, u32),
    /// Why this place may be changed.
    pub evidence: SiteEvidence,
    /// Sorted by start, none overlapping. An edit that two sites need stands in both.
    pub edits: Vec<TextEdit>,
}

/// Why a place may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteEvidence {
    /// The trace went through it.
    Proved,
    /// Its receiver's type says so.
    Typed,
    /// The template asks for it beside another site.
    Companion,
}

/// Replaces bytes `start..end` of the unpatched text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TextEdit {
    /// Byte offset.
    pub start: usize,
    /// Byte offset, not before `start`.
    pub end: usize,
    /// What stands there afterwards.
    pub text: String,
}

/// A place of the same shape that was not touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftAlone {
    /// Path in the repository.
    pub path: String,
    /// From 1.
    pub line: u32,
    /// A refusal's code and words: `already-guarded`.
    pub reason: Refusal,
}
