//! Where a new spec stands: beside its neighbours, under a name that is free.

use bugstack_patch::Runner;

use super::NodeProject;
use crate::git::Tree;

impl NodeProject {
    /// The path of the new spec for the source at `source`. It follows the specs that the
    /// project has: their suffix, and whether they stand beside the source.
    pub fn spec_path(&self, tree: &Tree<'_>, source: &str) -> anyhow::Result<String> {
        let files = tree.files()?;
        let suffix = self.suffix(&files, source);
        let (stem, _) = source.rsplit_once('.').unwrap_or((source, ""));
        let free = ["ready-state", "ready-state-2", "ready-state-3"]
            .iter()
            .map(|word| format!("{stem}.{word}{suffix}"))
            .find(|path| !tree.contains(path));
        free.ok_or_else(|| anyhow::anyhow!("{stem} has three generated specs already"))
    }

    /// `.spec.ts`, `.test.js`, …: the one that most specs of the source's language have.
    fn suffix(&self, files: &[String], source: &str) -> String {
        let extension = source.rsplit_once('.').map_or("js", |(_, extension)| extension);
        let extension = if extension == "tsx" { "ts" } else { extension };
        let spec = format!(".spec.{extension}");
        let test = format!(".test.{extension}");
        let count = |suffix: &str| files.iter().filter(|file| file.ends_with(suffix)).count();
        let fallback = matches!(self.runner, Runner::Jest);
        match count(&spec).cmp(&count(&test)) {
            std::cmp::Ordering::Greater => spec,
            std::cmp::Ordering::Less => test,
            std::cmp::Ordering::Equal if fallback => spec,
            std::cmp::Ordering::Equal => test,
        }
    }
}
