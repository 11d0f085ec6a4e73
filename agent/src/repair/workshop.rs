//! What all repairs of an installation share.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};
use bugstack_patch::{Library, SpecTemplates};
use bugstack_sandbox::Sandbox;

use crate::model::{Details, Halt};
use crate::toolchain::RunLimits;
use crate::toolchain::node::{Node, Registry};

/// The tools of the trade: templates, sandbox, caches, and the machine's own Node.
pub struct Workshop {
    /// The templates.
    pub library: Library,
    /// What the tests that come with a patch are written with.
    pub specs: SpecTemplates,
    /// Holds strangers' code.
    pub sandbox: Sandbox,
    /// What one run in it may use up.
    pub limits: RunLimits,
    /// What proposals tell.
    pub details: Details,
    cache: PathBuf,
    node: OnceLock<Result<Node, String>>,
    registry: OnceLock<Result<Registry, String>>,
}

impl Workshop {
    /// Sets the workshop up; `cache` keeps installed packages between repairs.
    pub fn new(cache: &Path, sandbox: Sandbox, limits: RunLimits) -> Result<Self> {
        let library = crate::templates::builtin().context("loading the built-in templates")?;
        let specs = crate::templates::specs().context("loading the tests' templates")?;
        std::fs::create_dir_all(cache)
            .with_context(|| format!("making the cache folder {}", cache.display()))?;
        let cache = cache.canonicalize().context("finding the cache folder")?;
        Ok(Self {
            library,
            specs,
            sandbox,
            limits,
            details: Details::default(),
            cache,
            node: OnceLock::new(),
            registry: OnceLock::new(),
        })
    }

    /// The same workshop with proposals that tell more, or less.
    #[must_use]
    pub fn telling(self, details: Details) -> Self {
        Self { details, ..self }
    }

    /// Where installed packages are kept.
    pub fn packages(&self) -> PathBuf {
        self.cache.join("packages")
    }

    /// A fresh folder for the trees of one repair, gone when it is dropped.
    pub fn scratch(&self) -> Result<tempfile::TempDir> {
        let place = self.cache.join("trees");
        std::fs::create_dir_all(&place)?;
        Ok(tempfile::Builder::new().prefix("repair-").tempdir_in(place)?)
    }

    /// The machine's Node, looked for once.
    pub fn node(&self) -> Result<&Node, Halt> {
        let found = self.node.get_or_init(|| Node::find().map_err(|error| format!("{error:#}")));
        found.as_ref().map_err(|cause| Halt::refused("no-node", cause.clone()))
    }

    /// The registry of the machine's npm, asked for once.
    pub fn registry(&self) -> Result<&Registry, Halt> {
        let node = self.node()?;
        let find = || Registry::find(node).map_err(|error| format!("{error:#}"));
        let found = self.registry.get_or_init(find);
        found.as_ref().map_err(|cause| Halt::refused("no-node", cause.clone()))
    }
}
