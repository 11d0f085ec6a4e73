//! Stage 2: the template that explains the place, or the reason why none does.

use bugstack_patch::{Diagnosis as Found, Evidence, Place, ProjectFacts, Refusal, Source};
use sha2::{Digest, Sha256};

use super::Context;
use crate::model::{Diagnosis, Halt, Site};
use crate::toolchain::node::Lockfile;

/// Asks every template.
pub(super) fn diagnose(context: &Context<'_>, site: Site) -> Result<Diagnosis, Halt> {
    let text = source_text(context, &site)?;
    let path = site.evidence.path.clone();
    let source = Source { path: &path, text: &text };
    let facts = facts(context, &site.base)?;
    let (site, found) = in_function_if_stale(site, |evidence| {
        context.workshop.library.diagnose(&source, evidence, &facts)
    })?;
    let function = found.function.as_deref().unwrap_or_default();
    let fix_key = fix_key(&context.project.repository, &found.path, function, &found.family);
    Ok(Diagnosis { site, found, fix_key })
}

/// A line may be stale although nobody said that the build is another one: then the function that
/// the runtime named is the place, if only one call in it can be meant.
fn in_function_if_stale(
    mut site: Site,
    ask: impl Fn(&Evidence) -> Result<Found, Refusal>,
) -> Result<(Site, Found), Refusal> {
    let refusal = match ask(&site.evidence) {
        Ok(found) => return Ok((site, found)),
        Err(refusal) => refusal,
    };
    if let (Place::Exact { .. }, "no-such-call", true) =
        (site.evidence.place, refusal.code.as_str(), site.evidence.function.is_some())
    {
        let evidence = Evidence { place: Place::Function, ..site.evidence.clone() };
        return match ask(&evidence) {
            Ok(found) => {
                site.evidence = evidence;
                Ok((site, found))
            }
            Err(_) => Err(refusal),
        };
    }
    Err(match (&site.unmapped, refusal.code.as_str()) {
        (Some(built), "ambiguous-site" | "no-such-call") => Refusal::new(
            "no-source-map",
            format!(
                "the trace names `{built}`, and the repository has no source map for it; {}",
                refusal.explanation
            ),
        ),
        _ => refusal,
    })
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
