//! A patch as files and as a diff, with the new test where the project's runner is known.

use bugstack_patch::{Patch, SpecSetting, render_spec};

use super::{Context, diagnose};
use crate::git::Tree;
use crate::model::{Diagnosis, Halt};
use crate::toolchain::node::NodeProject;

/// Path and text of every file that a candidate writes, without a proof: a project whose runner
/// is not recognised gets no test.
pub fn files(
    context: &Context<'_>,
    diagnosis: &Diagnosis,
    patch: &Patch,
) -> Result<Vec<(String, String)>, Halt> {
    let text = diagnose::source_text(context, &diagnosis.site)?;
    let path = diagnosis.found.path.clone();
    let patched = patch.apply(&path, &text)?;
    let tree = context.repository.tree(&diagnosis.site.base)?;
    let spec = spec(context, diagnosis, patch, &text, &tree);
    Ok([(path, patched)].into_iter().chain(spec).collect())
}

fn spec(
    context: &Context<'_>,
    diagnosis: &Diagnosis,
    patch: &Patch,
    text: &str,
    tree: &Tree<'_>,
) -> Option<(String, String)> {
    let project = NodeProject::detect(tree).ok()?;
    let path = project.spec_path(tree, &diagnosis.found.path).ok()?;
    let setting = setting(&project, &path, &diagnosis.site.evidence.message);
    let spec = render_spec(&context.workshop.specs, patch, text, &setting).ok()?;
    Some((path, spec.text))
}

/// What the project's tests look like.
pub(super) fn setting(project: &NodeProject, spec_path: &str, message: &str) -> SpecSetting {
    let lockfile = project.lockfile.as_ref();
    SpecSetting {
        runner: project.tests.runner,
        names_extensions: project.names_extensions,
        spec_path: spec_path.to_owned(),
        ws: lockfile.and_then(|lock| lock.versions().get("ws").cloned()),
        message: message.to_owned(),
    }
}

/// Files as a unified diff against the base commit.
pub fn diff(
    context: &Context<'_>,
    diagnosis: &Diagnosis,
    files: &[(String, String)],
) -> Result<String, Halt> {
    let tree = context.repository.tree(&diagnosis.site.base)?;
    let mut diff = String::new();
    for (path, text) in files {
        let old = tree.read_text(path);
        diff.push_str(&crate::git::unified(path, old.as_deref(), text)?);
    }
    Ok(diff)
}
