//! The stages of `bugstack fix`, and what they leave when one of them halts.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use bugstack_patch::Patch;
use bugstack_sandbox::Sandbox;

use super::Fix;
use super::report::{Outcome, Place, Report, Timings};
use crate::cli::progress::say;
use crate::cli::serve::ConfigArgs;
use crate::forge::github::Timer;
use crate::forge::{Forge as _, Github};
use crate::git::{Repository, is_http};
use crate::model::{Diagnosis, Errand, Event, Halt, Progress, Project, ProjectId, Refusal};
use crate::repair::{self, Context, Workshop};
use crate::toolchain::{RunLimits, Stopwatch};

/// The repository, and the folder that holds it when it had to be fetched.
pub(super) struct Opened {
    pub(super) repository: Repository,
    _fetched: Option<tempfile::TempDir>,
}

/// Opens or fetches what `--repo` names.
pub(super) fn open(fix: &Fix) -> Result<Opened> {
    let path = Path::new(&fix.repo);
    if path.is_dir() {
        let repository = Repository::open(path)?;
        if fix.write && !repository.is_clean()? {
            bail!("--write needs a clean work tree: commit or stash what {} has", fix.repo);
        }
        return Ok(Opened { repository, _fetched: None });
    }
    if !fix.repo.contains("://") {
        bail!("--repo: there is no folder `{}`", fix.repo);
    }
    if fix.write {
        bail!("--write needs a work tree: give --repo a path");
    }
    let folder = tempfile::Builder::new().prefix("bugstack-clone-").tempdir()?;
    let repository = fetched(&fix.repo, folder.path())?;
    Ok(Opened { repository, _fetched: Some(folder) })
}

/// A repository at the configured GitHub is fetched as we are known there, any other one as
/// everybody may.
fn fetched(repo: &str, folder: &Path) -> Result<Repository> {
    let settings = if is_http(repo) { ConfigArgs::default().load()?.github } else { None };
    let github = settings.map(|settings| Github::new(&settings, Timer::system())).transpose()?;
    let Some(github) = github.filter(|github| github.has(repo)) else {
        return Repository::mirror(folder, repo, None);
    };
    let project = Project {
        id: ProjectId("fix".into()),
        repository: repo.to_owned(),
        base_branch: String::new(),
    };
    Ok(github.mirror(&project, folder)?)
}

/// Runs the stages and reports how far they came.
pub(super) fn run(fix: &Fix, event: &Event, opened: &Opened) -> Result<Report> {
    let start = Instant::now();
    let workshop = Workshop::new(&cache_folder()?, Sandbox::new(), RunLimits::default())?;
    let project = Project {
        id: ProjectId("fix".into()),
        repository: identity(&fix.repo),
        base_branch: fix.base.clone(),
    };
    let stopwatch = Stopwatch::default();
    let errand = Errand::first();
    let context = Context {
        workshop: &workshop,
        project: &project,
        issue: None,
        errand: &errand,
        event,
        repository: &opened.repository,
        base: &fix.base,
        forge: None,
        stopwatch: &stopwatch,
    };
    let mut found = Found::default();
    let halt = stages(fix, &context, &mut found).err();
    let refusal = match halt {
        None => None,
        Some(Halt::Refused(refusal)) => Some(refusal),
        Some(Halt::Fault(error)) => return Err(error),
        Some(Halt::Wait { until, why }) => bail!("{why}; try again after {until}"),
    };
    let report = found.report(refusal, Timings::new(start.elapsed(), &stopwatch.laps()));
    if fix.write && report.outcome == Outcome::Fixed {
        opened.repository.write(&found.files).context("writing the patch into the work tree")?;
    }
    Ok(report)
}

/// What the stages left behind.
#[derive(Default)]
struct Found {
    diagnosis: Option<Diagnosis>,
    files: Vec<(String, String)>,
    diff: Option<String>,
    proof: Option<crate::model::Proof>,
    template: Option<String>,
}

fn stages(fix: &Fix, context: &Context<'_>, found: &mut Found) -> Result<(), Halt> {
    let mut progress = Progress::Queued;
    loop {
        tell(&progress);
        progress = repair::advance(context, progress)?;
        match &progress {
            Progress::Diagnosed(diagnosis) => {
                only(fix.template.as_deref(), diagnosis)?;
                found.diagnosis = Some(diagnosis.clone());
            }
            Progress::Patched(diagnosis, patches) => {
                found.unproven(context, diagnosis, patches)?;
                if fix.no_verify {
                    return Ok(());
                }
            }
            Progress::Verified(verdict) => {
                found.template = Some(verdict.patch.template.clone());
                found.diff = Some(repair::diff(context, &verdict.diagnosis, &verdict.files)?);
                found.files.clone_from(&verdict.files);
                found.proof = Some(verdict.proof.clone());
                return Ok(());
            }
            Progress::Queued | Progress::Located(_) | Progress::Proposed(_) => {}
        }
    }
}

impl Found {
    /// The first candidate, shown even when nothing proves it.
    fn unproven(
        &mut self,
        context: &Context<'_>,
        diagnosis: &Diagnosis,
        patches: &[Patch],
    ) -> Result<(), Halt> {
        let Some(first) = patches.first() else { return Ok(()) };
        self.template = Some(first.template.clone());
        self.files = repair::files(context, diagnosis, first)?;
        self.diff = Some(repair::diff(context, diagnosis, &self.files)?);
        Ok(())
    }

    fn report(&self, refusal: Option<Refusal>, timings_ms: Timings) -> Report {
        let outcome = match (&refusal, &self.diff) {
            (None, _) => Outcome::Fixed,
            (Some(_), Some(_)) => Outcome::Unproven,
            (Some(_), None) => Outcome::Refused,
        };
        let place = self.diagnosis.as_ref().map(|diagnosis| &diagnosis.found);
        Report {
            outcome,
            refusal,
            template: self.template.clone().or_else(|| Some(place?.template.clone())),
            cause: place.map(|found| found.cause.clone()),
            site: place.map(|found| Place {
                path: found.path.clone(),
                line: found.line,
                column: found.column,
                function: found.function.clone(),
            }),
            diff: self.diff.clone(),
            proof: self.proof.clone(),
            timings_ms,
        }
    }
}

fn only(wanted: Option<&str>, diagnosis: &Diagnosis) -> Result<(), Refusal> {
    match wanted {
        Some(wanted) if wanted != diagnosis.found.template => Err(Refusal::new(
            "other-template",
            format!("`{}` answers this error, not `{wanted}`", diagnosis.found.template),
        )),
        _ => Ok(()),
    }
}

fn tell(progress: &Progress) {
    let next = match progress {
        Progress::Queued => "locating the frame in the repository",
        Progress::Located(_) => "diagnosing",
        Progress::Diagnosed(_) => "writing the patch",
        Progress::Patched(..) => "proving it: install, baseline and red, green, types",
        Progress::Verified(_) | Progress::Proposed(_) => return,
    };
    say(&format!("· {next}"));
}

/// A repository has one name however it was spelled, so that its packages are kept once.
fn identity(repo: &str) -> String {
    match Path::new(repo).canonicalize() {
        Ok(path) => path.to_string_lossy().into_owned(),
        Err(_) => repo.to_owned(),
    }
}

/// `$BUGSTACK_CACHE`, else where the XDG Base Directory Specification puts caches.
fn cache_folder() -> Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(place) = variable("BUGSTACK_CACHE") {
        return Ok(place.into());
    }
    if let Some(place) = variable("XDG_CACHE_HOME") {
        return Ok(PathBuf::from(place).join("bugstack"));
    }
    let home = variable("HOME").context("neither BUGSTACK_CACHE nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache/bugstack"))
}
