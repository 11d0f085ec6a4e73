//! What ran on a commit: check runs and the older statuses, as one answer.

use serde::Deserialize;

use super::call::Api;
use super::policy::ApiError;
use super::slug::Slug;
use crate::model::{Checks, FailedCheck};

/// Pages of each kind.
const PAGES: usize = 10;
/// The most of a check's own words, in characters.
const SUMMARY: usize = 2_000;

#[derive(Deserialize)]
struct Runs {
    check_runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    name: String,
    status: String,
    conclusion: Option<String>,
    html_url: Option<String>,
    #[serde(default)]
    output: Output,
}

#[derive(Deserialize, Default)]
struct Output {
    title: Option<String>,
    summary: Option<String>,
}

#[derive(Deserialize)]
struct Combined {
    statuses: Vec<Status>,
}

#[derive(Deserialize)]
struct Status {
    context: String,
    state: String,
    description: Option<String>,
    target_url: Option<String>,
}

/// How one of them ended.
enum End {
    Pending,
    Well,
    Badly(FailedCheck),
}

impl Api {
    /// The checks of one commit.
    pub(super) fn checks(&self, slug: &Slug, sha: &str) -> Result<Checks, ApiError> {
        let runs = slug.path(format_args!("/commits/{sha}/check-runs"));
        let runs: Vec<Runs> = self.list(slug, &runs, PAGES)?;
        let statuses = slug.path(format_args!("/commits/{sha}/status"));
        let statuses: Vec<Combined> = self.list(slug, &statuses, PAGES)?;
        let runs = runs.into_iter().flat_map(|page| page.check_runs).map(Run::end);
        let statuses = statuses.into_iter().flat_map(|page| page.statuses).map(Status::end);
        Ok(together(runs.chain(statuses)))
    }
}

fn together(ends: impl Iterator<Item = End>) -> Checks {
    let (mut any, mut pending, mut failed) = (false, false, Vec::new());
    for end in ends {
        any = true;
        match end {
            End::Pending => pending = true,
            End::Well => {}
            End::Badly(check) => failed.push(check),
        }
    }
    match (any, pending, failed.is_empty()) {
        (false, ..) => Checks::None,
        (_, true, _) => Checks::Pending,
        (_, _, true) => Checks::Green,
        (..) => Checks::Red(failed),
    }
}

impl Run {
    fn end(self) -> End {
        if self.status != "completed" {
            return End::Pending;
        }
        match self.conclusion.as_deref() {
            Some("success" | "neutral" | "skipped") => End::Well,
            conclusion => {
                let words = [conclusion.map(str::to_owned), self.output.title, self.output.summary];
                End::Badly(failed(self.name, words, self.html_url))
            }
        }
    }
}

impl Status {
    fn end(self) -> End {
        match self.state.as_str() {
            "pending" => End::Pending,
            "success" => End::Well,
            _ => End::Badly(failed(self.context, [self.description, None, None], self.target_url)),
        }
    }
}

fn failed(name: String, words: [Option<String>; 3], url: Option<String>) -> FailedCheck {
    let words: Vec<String> =
        words.into_iter().flatten().filter(|words| !words.is_empty()).collect();
    FailedCheck {
        name,
        summary: words.join("\n").chars().take(SUMMARY).collect(),
        url: url.filter(|url| url.starts_with("https://")),
    }
}
