//! The fetch phase: `npm ci` in the sandbox, with nothing of the repository but its manifest and
//! its lockfile, install scripts off, and one registry.

use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use bugstack_patch::Refusal;
use bugstack_sandbox::{End, Job, Mount, MountKind, Network, Outcome, Sandbox};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::inside::{base_environment, node_mounts};
use super::runs::unavailable;
use super::{Lockfile, Node, NodeProject};
use crate::model::{Halt, Phase};
use crate::toolchain::{RunLimits, Stopwatch};

/// npm's own log lines shown in a refusal.
const SHOWN_LINES: usize = 6;

/// Where packages come from, as the operator's own npm says.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Its address.
    pub url: String,
    /// npm's cache on this machine, read by the fetch phase and never written.
    pub cache: Option<PathBuf>,
}

impl Registry {
    /// Asks the operator's npm, away from any repository.
    pub fn find(node: &Node) -> Result<Self> {
        let output = Command::new(&node.program)
            .arg(&node.npm)
            .args(["config", "get", "registry", "cache", "--loglevel=silent"])
            .current_dir("/")
            .output()
            .context("running npm")?;
        let said = String::from_utf8_lossy(&output.stdout);
        let value = |key: &str| said.lines().find_map(|line| line.strip_prefix(key));
        let url = value("registry=").context("npm names no registry")?.to_owned();
        let cache = value("cache=").map(PathBuf::from).filter(|cache| cache.is_dir());
        Ok(Self { url, cache })
    }
}

/// The installed packages of one lockfile, kept between repairs and only ever read.
#[derive(Debug, Clone)]
pub struct Dependencies {
    /// None where the project has none.
    pub node_modules: Option<PathBuf>,
}

impl Dependencies {
    /// Where the program `name` of `package` stands, path in the repository.
    pub(super) fn program(&self, package: &str, name: &str) -> Option<String> {
        let manifest = self.node_modules.as_ref()?.join(package).join("package.json");
        let manifest = fs::read_to_string(manifest).ok()?;
        let bin = serde_json::from_str::<Value>(&manifest).ok()?["bin"].take();
        let path = bin.as_str().or_else(|| bin[name].as_str())?;
        let path = path.trim_start_matches("./");
        let stays = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        stays.then(|| format!("node_modules/{package}/{path}"))
    }
}

/// The packages of one repository, and how they are fetched.
pub struct Packages<'a> {
    /// Runs npm.
    pub sandbox: &'a Sandbox,
    /// Node and npm.
    pub node: &'a Node,
    /// Where installed packages are kept.
    pub cache: &'a Path,
    /// Who asks: packages are not shared between repositories.
    pub repository: &'a str,
    /// What npm may use up.
    pub limits: RunLimits,
    /// Books npm's time.
    pub stopwatch: &'a Stopwatch,
}

impl Packages<'_> {
    /// What an earlier repair has installed for this lockfile; nothing to install counts as that.
    pub fn kept(&self, project: &NodeProject) -> Option<Dependencies> {
        if !project.has_dependencies {
            return Some(Dependencies { node_modules: None });
        }
        let node_modules = self.place(project).join("node_modules");
        node_modules.is_dir().then_some(Dependencies { node_modules: Some(node_modules) })
    }

    /// Installs what the lockfile says.
    pub fn fetch(&self, project: &NodeProject, from: &Registry) -> Result<Dependencies, Halt> {
        let (Some(lock_text), Some(lockfile)) = (&project.lock_text, &project.lockfile) else {
            return Err(Halt::refused(
                "fetch-failed",
                "package.json has dependencies but the repository has no package-lock.json: \
                 commit one, so that the proof runs on the versions that you run",
            ));
        };
        lockfile.check_sources()?;
        let place = self.place(project);
        self.install(project, lock_text, lockfile, &place, from)?;
        Ok(Dependencies { node_modules: Some(place.join("node_modules")) })
    }

    /// Keyed by repository, runtime, manifest and lockfile.
    fn place(&self, project: &NodeProject) -> PathBuf {
        let lock_text = project.lock_text.as_deref().unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [self.repository, &self.node.version, &project.manifest, lock_text] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        self.cache.join(hex::encode(hash.finalize()))
    }

    /// Into a folder of its own, which takes its name only when it is complete.
    fn install(
        &self,
        project: &NodeProject,
        lock_text: &str,
        lockfile: &Lockfile,
        place: &Path,
        from: &Registry,
    ) -> Result<(), Halt> {
        fs::create_dir_all(self.cache)?;
        let fresh = tempfile::Builder::new().prefix("fetch-").tempdir_in(self.cache)?;
        fs::write(fresh.path().join("package.json"), &project.manifest)?;
        fs::write(fresh.path().join("package-lock.json"), lock_text)?;
        let mut outcome = self.npm("ci", fresh.path(), from)?;
        if lacks_optional_packages_only(&String::from_utf8_lossy(&outcome.stderr)) {
            outcome = self.npm("install", fresh.path(), from)?;
        }
        judge(&outcome)?;
        check_versions(lockfile, fresh.path())?;
        fs::create_dir_all(fresh.path().join("node_modules"))?;
        match fs::rename(fresh.path(), place) {
            Ok(()) => {
                let _moved = fresh.keep();
                Ok(())
            }
            // Another repair with the same lockfile was faster.
            Err(_) if place.join("node_modules").is_dir() => Ok(()),
            Err(error) => Err(anyhow::Error::new(error).context("keeping the packages").into()),
        }
    }

    fn npm(&self, command: &str, folder: &Path, from: &Registry) -> Result<Outcome, Halt> {
        let outcome = self.sandbox.run(&self.job(command, folder, from)).map_err(unavailable)?;
        self.stopwatch.add(&format!("npm {command}"), Phase::Install, outcome.wall);
        Ok(outcome)
    }

    fn job(&self, command: &str, folder: &Path, from: &Registry) -> Job {
        let mut mounts = node_mounts(self.node);
        mounts.push(Mount {
            host: folder.to_path_buf(),
            inside: "/fetch".into(),
            kind: MountKind::Writable,
        });
        let npm_cache = match &from.cache {
            Some(cache) => {
                mounts.push(Mount {
                    host: cache.clone(),
                    inside: "/npm-cache".into(),
                    kind: MountKind::Overlay,
                });
                "/npm-cache"
            }
            None => "/tmp/npm-cache",
        };
        Job {
            argv: self.argv(command, npm_cache, from),
            env: environment(),
            cwd: "/fetch".into(),
            mounts,
            network: Network::Host,
            limits: self.limits.for_install(),
            collect: Vec::new(),
        }
    }

    fn argv(&self, command: &str, npm_cache: &str, from: &Registry) -> Vec<OsString> {
        let mut argv: Vec<OsString> = vec![(&self.node.program).into(), (&self.node.npm).into()];
        argv.extend(
            [
                command,
                "--no-save",
                "--ignore-scripts",
                "--allow-git=none",
                "--git=/bin/false",
                "--replace-registry-host=always",
                "--userconfig=/none/user",
                "--globalconfig=/none/global",
                "--prefer-offline",
                "--no-audit",
                "--no-fund",
                "--no-update-notifier",
                "--loglevel=error",
            ]
            .map(OsString::from),
        );
        argv.push(format!("--registry={}", from.url).into());
        argv.push(format!("--cache={npm_cache}").into());
        argv
    }
}

/// The operator's extra certificate authorities count here too; nothing else of the environment.
fn environment() -> Vec<(OsString, OsString)> {
    let mut environment = base_environment();
    if let Some(authorities) = std::env::var_os("NODE_EXTRA_CA_CERTS") {
        environment.push(("NODE_EXTRA_CA_CERTS".into(), authorities));
    }
    environment
}

/// Where the registry lacks optional packages, those of other systems mostly, npm leaves them out
/// of the lockfiles that it writes, and `npm ci` then calls its own work incomplete: it misses
/// packages of which it knows no version. `npm install` keeps to the same lockfile and passes them
/// over.
fn lacks_optional_packages_only(said: &str) -> bool {
    let mut complaints = said.lines().filter_map(|line| {
        let complaint = line.strip_prefix("npm error ")?;
        (complaint.starts_with("Missing: ") || complaint.starts_with("Invalid: "))
            .then_some(complaint)
    });
    let mut missing = false;
    let all = complaints.all(|complaint| {
        missing = true;
        complaint.starts_with("Missing: ") && complaint.ends_with("@ from lock file")
    });
    said.contains("EUSAGE") && missing && all
}

/// npm records what it has installed beside it; a proof on other versions would prove nothing.
fn check_versions(lockfile: &Lockfile, folder: &Path) -> Result<(), Halt> {
    let record = folder.join("node_modules/.package-lock.json");
    if !record.symlink_metadata().is_ok_and(|found| found.is_file()) {
        return Ok(()); // nothing was installed
    }
    let installed = Lockfile::parse(&fs::read_to_string(record)?)?;
    match lockfile.contradicted_by(&installed) {
        None => Ok(()),
        Some(told) => Err(Halt::refused("lockfile-out-of-sync", told)),
    }
}

fn judge(outcome: &Outcome) -> Result<(), Refusal> {
    let said = String::from_utf8_lossy(&outcome.stderr);
    let shown: Vec<&str> = said.lines().filter(|line| !line.is_empty()).take(SHOWN_LINES).collect();
    let shown = shown.join("\n");
    match outcome.end {
        End::Exited(0) => Ok(()),
        End::TimedOut => Err(Refusal::new(
            "fetch-failed",
            format!("npm ci did not end within {} s\n{shown}", outcome.wall.as_secs()),
        )),
        _ if said.contains("EUSAGE") => Err(Refusal::new(
            "lockfile-out-of-sync",
            format!("package-lock.json does not fit package.json: run `npm install`\n{shown}"),
        )),
        end => Err(Refusal::new("fetch-failed", format!("npm ci ended with {end:?}\n{shown}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::lacks_optional_packages_only;

    #[test]
    fn a_missing_package_without_a_version_is_one_that_the_registry_lacks() {
        let usage = "npm error code EUSAGE\nnpm error\n";
        let nowhere = "npm error Missing: @unrs/resolver-binding-win32-x64-msvc@ from lock file\n";
        let forgotten = "npm error Missing: left-pad@1.3.0 from lock file\n";
        let changed = "npm error Invalid: lock file's ws@8.21.2 does not satisfy ws@7.0.0\n";
        for (said, expected) in [
            (format!("{usage}{nowhere}{nowhere}"), true),
            (format!("{usage}{nowhere}{forgotten}"), false),
            (format!("{usage}{changed}{nowhere}"), false),
            (usage.to_owned(), false),
            (nowhere.to_owned(), false),
        ] {
            assert_eq!(lacks_optional_packages_only(&said), expected, "{said}");
        }
    }
}
