//! Stage 3: the ranked candidates, within the limits of what a proposal may touch.

mod limits;
mod rank;

use bugstack_patch::{Patch, Source};

use super::{Context, Settings, diagnose};
use crate::model::{Diagnosis, Halt, Refusal};
use limits::Limits;

/// Renders every candidate and keeps those that stay within the limits and are not banned.
pub(super) fn patch(
    context: &Context<'_>,
    diagnosis: Diagnosis,
) -> Result<(Diagnosis, Vec<Patch>), Halt> {
    let settings = Settings::read(&context.repository.tree(&diagnosis.site.base)?)?;
    let limits = Limits::tightened_by(&settings);
    let text = diagnose::source_text(context, &diagnosis.site)?;
    let source = Source { path: &diagnosis.found.path, text: &text };
    let facts = diagnose::facts(context, &diagnosis.site.base)?;
    let library = &context.workshop.library;
    let patches = library.patches(&source, &diagnosis.site.evidence, &diagnosis.found, &facts)?;
    let (banned, patches) = rank::without_banned(patches, &context.errand.banned);
    let mut refused = None;
    let mut kept = Vec::new();
    for patch in rank::by_record(patches, &context.errand.record) {
        match limits.hold(&patch, &text) {
            Ok(()) => kept.push(patch),
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    match kept.is_empty() {
        false => Ok((diagnosis, kept)),
        true => Err(none(&banned, refused).into()),
    }
}

fn none(banned: &[String], refused: Option<Refusal>) -> Refusal {
    if !banned.is_empty() {
        let names = banned.join("`, `");
        let others = refused.map_or("there is no other", |_| "what else there is, is too large");
        let words = format!("the forge's checks failed with `{names}`, and {others}");
        return Refusal::new("no-candidate-left", words);
    }
    refused
        .unwrap_or_else(|| Refusal::new("no-candidate", "no template has an edit for this place"))
}
