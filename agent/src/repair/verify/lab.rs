//! One repair's bench: the project, its packages, and the trees to run on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bugstack_patch::{Patch, Spec, render_spec};

use crate::git::Tree;
use crate::model::{Diagnosis, Environment, Halt, Refusal};
use crate::repair::{Context, change};
use crate::toolchain::node::{Dependencies, Node, NodeProject, Packages, Runs};

/// Everything that the runs of one repair share.
pub(super) struct Lab<'a> {
    context: &'a Context<'a>,
    node: &'a Node,
    project: NodeProject,
    dependencies: Dependencies,
    tree: Tree<'a>,
    /// Path and text of the file under repair.
    source: (String, String),
    spec_path: String,
    message: String,
    scratch: tempfile::TempDir,
}

impl<'a> Lab<'a> {
    /// Reads the project and fetches its packages.
    pub(super) fn prepare(context: &'a Context<'a>, diagnosis: &Diagnosis) -> Result<Self, Halt> {
        let site = &diagnosis.site;
        let tree = context.repository.tree(&site.base)?;
        let project = NodeProject::detect(&tree)?;
        let node = context.workshop.node()?;
        let packages = Packages {
            sandbox: &context.workshop.sandbox,
            node,
            cache: &context.workshop.packages(),
            repository: &context.project.repository,
            limits: context.workshop.limits,
            stopwatch: context.stopwatch,
        };
        let dependencies = match packages.kept(&project) {
            Some(kept) => kept,
            None => packages.fetch(&project, context.workshop.registry()?)?,
        };
        let path = diagnosis.found.path.clone();
        let text = crate::repair::diagnose::source_text(context, site)?;
        Ok(Self {
            spec_path: project.spec_path(&tree, &path)?,
            message: site.evidence.message.clone(),
            scratch: context.workshop.scratch()?,
            source: (path, text),
            context,
            node,
            project,
            dependencies,
            tree,
        })
    }

    /// The new test for a candidate.
    pub(super) fn spec(&self, patch: &Patch) -> Result<Spec, Refusal> {
        let setting = change::setting(&self.project, &self.spec_path, &self.message);
        render_spec(&self.context.workshop.specs, patch, &self.source.1, &setting)
    }

    pub(super) fn spec_path(&self) -> &str {
        &self.spec_path
    }

    /// Every file that the proposal would write.
    pub(super) fn files(&self, patch: &Patch, spec: &Spec) -> Vec<(String, String)> {
        let text = patch.apply(&self.source.0, &self.source.1).unwrap_or_default();
        vec![(self.source.0.clone(), text), (self.spec_path.clone(), spec.text.clone())]
    }

    /// The tree as it is, with the new spec.
    pub(super) fn unpatched(&self, spec: &Spec) -> Result<PathBuf, Halt> {
        self.export("unpatched", &self.overlay(&self.source.1, spec))
    }

    /// The tree as it would be.
    pub(super) fn patched(&self, patch: &Patch, spec: &Spec) -> Result<PathBuf, Halt> {
        let text = self.patched_text(patch)?;
        self.export(&format!("patched-{}", patch.candidate), &self.overlay(&text, spec))
    }

    /// The tree with another text of the changed file.
    pub(super) fn variant(&self, text: &str, spec: &Spec) -> Result<PathBuf, Halt> {
        self.export("variant", &self.overlay(text, spec))
    }

    /// The changed file.
    pub(super) fn patched_text(&self, patch: &Patch) -> Result<String, Refusal> {
        patch.apply(&self.source.0, &self.source.1)
    }

    /// The changed file without each of the patch's sites, in their order.
    pub(super) fn texts_without(&self, patch: &Patch) -> Result<Vec<String>, Refusal> {
        let without = |site| patch.apply_without(site, &self.source.0, &self.source.1);
        (0..patch.sites.len()).map(without).collect()
    }

    /// The changed file with each small change.
    pub(super) fn mutants(&self, patch: &Patch) -> Result<Vec<bugstack_patch::Mutant>, Refusal> {
        patch.mutants(&self.source.0, &self.source.1)
    }

    /// Another place for the changed file, beside its own, with a spec that looks for it there.
    pub(super) fn copy(&self, patch: &Patch, number: usize) -> Result<Copy, Refusal> {
        let source = beside(&self.source.0, number);
        let spec_path = beside(&self.spec_path, number);
        let mut moved = patch.clone();
        moved.subject.path.clone_from(&source);
        let setting = change::setting(&self.project, &spec_path, &self.message);
        let spec = render_spec(&self.context.workshop.specs, &moved, &self.source.1, &setting)?;
        Ok(Copy { source, spec_path, spec: spec.text })
    }

    /// Runs that may take this long, where the operator allows that much.
    pub(super) fn runs_within(&self, time: Duration) -> Runs<'_> {
        let mut runs = self.runs();
        runs.limits.tests = runs.limits.tests.min(time);
        runs
    }

    pub(super) fn runs(&self) -> Runs<'_> {
        Runs {
            sandbox: &self.context.workshop.sandbox,
            node: self.node,
            project: &self.project,
            dependencies: &self.dependencies,
            limits: self.context.workshop.limits,
            stopwatch: self.context.stopwatch,
        }
    }

    pub(super) fn environment(&self) -> Environment {
        let lockfile = self.project.lockfile.as_ref();
        Environment {
            node: Some(self.node.version.clone()),
            ws: lockfile.and_then(|lock| Some(lock.versions().get("ws")?.to_string())),
            lockfile: lockfile.map(|lock| lock.sha256.clone()),
            more: BTreeMap::new(),
        }
    }

    fn overlay(&self, source: &str, spec: &Spec) -> BTreeMap<String, String> {
        BTreeMap::from([
            (self.source.0.clone(), source.to_owned()),
            (self.spec_path.clone(), spec.text.clone()),
        ])
    }

    /// The base commit's tree with other texts at some paths.
    pub(super) fn export(
        &self,
        name: &str,
        overlay: &BTreeMap<String, String>,
    ) -> Result<PathBuf, Halt> {
        let place = self.scratch.path().join(name);
        if place.exists() {
            std::fs::remove_dir_all(&place)?;
        }
        std::fs::create_dir(&place)?;
        self.tree.export(&place, overlay)?;
        make_mount_point(&place)?;
        Ok(place)
    }
}

/// The changed file and the new spec at another place.
pub(super) struct Copy {
    pub(super) source: String,
    pub(super) spec_path: String,
    pub(super) spec: String,
}

/// `src/a.ts` → `src/variant-1-a.ts`: a name that the project's own patterns take for the same kind.
fn beside(path: &str, number: usize) -> String {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{slash}variant-{number}-{name}")
}

/// The packages are mounted here, whatever the repository has in this place.
fn make_mount_point(tree: &Path) -> Result<(), Halt> {
    let place = tree.join("node_modules");
    if place.is_symlink() {
        std::fs::remove_file(&place)?;
    }
    std::fs::create_dir_all(place)?;
    Ok(())
}
