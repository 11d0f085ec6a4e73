//! The Node and npm of this machine, found once on `PATH`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The oldest release that the product is tested with.
const OLDEST: u64 = 20;

/// Node and npm, as installed on this machine.
#[derive(Debug, Clone)]
pub struct Node {
    /// The program.
    pub program: PathBuf,
    /// npm's entry point, run by `program`.
    pub npm: PathBuf,
    /// The folder that holds both, shown to the sandbox read-only.
    pub prefix: PathBuf,
    /// `v20.20.2`
    pub version: String,
}

impl Node {
    /// Finds Node on `PATH` and npm beside it.
    pub fn find() -> Result<Self> {
        let program = on_path("node").context("`node` is not on PATH: install Node 20 or newer")?;
        let npm = on_path("npm").context("`npm` is not on PATH: it comes with Node")?;
        let version = version_of(&program)?;
        let prefix = program.parent().and_then(Path::parent).context("node stands at the root")?;
        Ok(Self { prefix: prefix.to_path_buf(), program, npm, version })
    }
}

/// Where `name` is, links resolved.
fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
        .and_then(|found| found.canonicalize().ok())
}

fn version_of(program: &Path) -> Result<String> {
    let output = Command::new(program).arg("--version").output().context("running node")?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next();
    let major: Option<u64> = major.and_then(|number| number.parse().ok());
    match major {
        Some(major) if major >= OLDEST => Ok(version),
        _ => bail!("node answers `{version}`: version {OLDEST} or newer is needed"),
    }
}
