//! Stage 2: the template that explains the place, or the reason why none does.

use bugstack_patch::{ProjectFacts, Source};
use sha2::{Digest, Sha256};

use super::Context;
use crate::model::{Diagnosis, Halt, Site};
use crate::toolchain::node::Lockfile;

/// Asks every template.
pub(super) fn diagnose(context: &Context<'_>, site: Site) -> Result<Diagnosis, Halt> {
    let text = source_text(context, &site)?;
    let source = Source { path: &site.evidence.path, text: &text };
    let facts = facts(context, &site.base)?;
    let found = context.workshop.library.diagnose(&source, &site.evidence, &facts)?;
    let function = found.function.as_deref().unwrap_or_default();
    let fix_key = fix_key(&context.project.repository, &found.path, function, &found.family);
    Ok(Diagnosis { site, found, fix_key })
}

/// At most one open repair and one open proposal have a given key: repository, path, enclosing
/// named function and family, hashed. Hex.
pub fn fix_key(repository: &str, path: &str, function: &str, family: &str) -> String {
    let mut hash = Sha256::new();
    for part in [repository, path, function, family] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// The text of the file under repair.
pub(super) fn source_text(context: &Context<'_>, site: &Site) -> Result<String, Halt> {
    let path = &site.evidence.path;
    context.repository.tree(&site.base)?.read_text(path).ok_or_else(|| {
        Halt::refused("does-not-parse", format!("`{path}` is not a UTF-8 text of a sensible size"))
    })
}

/// What the repository says about itself. A missing or unreadable lockfile only means that no
/// version is known.
pub(super) fn facts(context: &Context<'_>, base: &str) -> Result<ProjectFacts, Halt> {
    let lock_text = context.repository.tree(base)?.read_text("package-lock.json");
    let lockfile = lock_text.and_then(|text| Lockfile::parse(&text).ok());
    Ok(ProjectFacts { versions: lockfile.map(|lock| lock.versions()).unwrap_or_default() })
}
