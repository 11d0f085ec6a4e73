//! The pages for people. Plain HTML without scripts; every text in it is escaped.

mod diff;
mod end;
mod home;
mod issue;
mod proposal;
mod time;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use minijinja::value::{Serde, Value};
use minijinja::{Environment, HtmlEscape, UndefinedBehavior};
use serde::Serialize;

use super::Service;
use crate::model::{IssueId, ProposalId};
use crate::store::StoreError;

pub(super) use end::{close, merge};

/// Seconds after which a page that waits for something is asked for again.
const REFRESH: u32 = 3;
/// How long the button mutes an issue.
const MUTED: SignedDuration = SignedDuration::from_hours(24 * 7);

/// The parsed pages.
pub(super) struct Pages(Environment<'static>);

impl Pages {
    pub(super) fn new() -> Result<Self, minijinja::Error> {
        let mut pages = Environment::new();
        pages.set_undefined_behavior(UndefinedBehavior::Strict);
        pages.add_filter("code", code);
        for (name, text) in [
            ("layout.html", include_str!("layout.html")),
            ("home.html", include_str!("home.html")),
            ("issue.html", include_str!("issue.html")),
            ("proposal.html", include_str!("proposal.html")),
            ("message.html", include_str!("message.html")),
        ] {
            pages.add_template(name, text)?;
        }
        Ok(Self(pages))
    }

    fn page(&self, name: &str, refresh: bool, view: impl Serialize) -> Result<Response, Trouble> {
        let seen = Page { refresh: refresh.then_some(REFRESH), view };
        let text = self.0.get_template(name)?.render(Serde(seen))?;
        Ok(Html(text).into_response())
    }

    fn message(&self, status: StatusCode, title: &str, text: &str) -> Response {
        match self.page("message.html", false, Message { title, text }) {
            Ok(page) => (status, page).into_response(),
            // Without a page the words alone must do.
            Err(_) => (status, format!("{title}: {text}\n")).into_response(),
        }
    }
}

/// Text whose parts between backticks are code, escaped.
fn code(text: &str) -> Value {
    let mut html = String::new();
    let mut parts = text.split('`').enumerate().peekable();
    while let Some((n, part)) = parts.next() {
        let escaped = HtmlEscape(part);
        // The last part of an odd number of backticks was never closed.
        let closed = parts.peek().is_some();
        html.push_str(&match (n % 2 == 1, closed) {
            (true, true) => format!("<code>{escaped}</code>"),
            (true, false) => format!("`{escaped}"),
            (false, _) => escaped.to_string(),
        });
    }
    Value::from_safe_string(html)
}

/// What every page is drawn from.
#[derive(Serialize)]
struct Page<V> {
    refresh: Option<u32>,
    view: V,
}

#[derive(Serialize)]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
}

/// The stylesheet.
pub(super) async fn style() -> Response {
    let kind = (header::CONTENT_TYPE, "text/css; charset=utf-8");
    let keep = (header::CACHE_CONTROL, "max-age=300");
    ([kind, keep], include_str!("style.css")).into_response()
}

/// Any other address.
pub(super) async fn nothing_here(State(service): State<Arc<Service>>) -> Response {
    service.pages.message(StatusCode::NOT_FOUND, "Nothing here", "There is no such page.")
}

/// Projects, issues, proposals.
pub(super) async fn home(State(service): State<Arc<Service>>) -> Response {
    home::page(&service).await.unwrap_or_else(|trouble| trouble_page(&service, &trouble))
}

/// One issue: what happened, why, and what became of it.
pub(super) async fn issue(
    State(service): State<Arc<Service>>,
    Path(number): Path<i64>,
) -> Response {
    let page = issue_page(&service, number).await;
    page.unwrap_or_else(|trouble| trouble_page(&service, &trouble))
}

async fn issue_page(service: &Service, number: i64) -> Result<Response, Trouble> {
    let found = service.store.issue(IssueId(number)).await?;
    let found = found.ok_or_else(|| StoreError::Missing(format!("issue {number}")))?;
    let view = issue::IssueView::new((service.clock)(), &found);
    service.pages.page("issue.html", view.under_way, view)
}

/// Repairs an issue no more.
pub(super) async fn ignore(
    State(service): State<Arc<Service>>,
    Path(number): Path<i64>,
) -> Response {
    wished(&service, number, service.store.ignore(IssueId(number)).await)
}

/// Repairs an issue no more for some time.
pub(super) async fn mute(State(service): State<Arc<Service>>, Path(number): Path<i64>) -> Response {
    let until = (service.clock)().checked_add(MUTED).unwrap_or(Timestamp::MAX);
    wished(&service, number, service.store.mute(IssueId(number), until).await)
}

/// Takes an ignored or muted issue up again.
pub(super) async fn heed(State(service): State<Arc<Service>>, Path(number): Path<i64>) -> Response {
    wished(&service, number, service.store.heed(IssueId(number)).await)
}

fn wished(service: &Service, number: i64, done: Result<(), StoreError>) -> Response {
    match done {
        Ok(()) => {
            service.wake.notify_one();
            Redirect::to(&format!("/issues/{number}")).into_response()
        }
        Err(error) => trouble_page(service, &error.into()),
    }
}

/// Queues a repair of an issue that has none under way.
pub(super) async fn repair(
    State(service): State<Arc<Service>>,
    Path(number): Path<i64>,
) -> Response {
    wished(&service, number, service.store.repair_again(IssueId(number)).await)
}

/// One proposal: the diff, and why to believe it.
pub(super) async fn proposal(
    State(service): State<Arc<Service>>,
    Path(number): Path<i64>,
) -> Response {
    let page = proposal_page(&service, number).await;
    page.unwrap_or_else(|trouble| trouble_page(&service, &trouble))
}

async fn proposal_page(service: &Service, number: i64) -> Result<Response, Trouble> {
    let found = service.store.proposal(ProposalId(number)).await?;
    let found = found.ok_or_else(|| StoreError::Missing(format!("proposal {number}")))?;
    service.pages.page("proposal.html", false, proposal::ProposalView::new(&found))
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a page could not be drawn")]
    Page(#[from] minijinja::Error),
    #[error("{0}")]
    NotEnded(String),
}

impl Trouble {
    fn status(&self) -> StatusCode {
        match self {
            Self::Store(StoreError::Missing(_)) => StatusCode::NOT_FOUND,
            Self::Store(StoreError::Ended(..) | StoreError::Taken(_)) | Self::NotEnded(_) => {
                StatusCode::CONFLICT
            }
            Self::Store(StoreError::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Page(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

fn trouble_page(service: &Service, trouble: &Trouble) -> Response {
    let status = trouble.status();
    if status.is_server_error() {
        tracing::error!(error = ?trouble, "a page failed");
    }
    let title = match status {
        StatusCode::NOT_FOUND => "Nothing here",
        StatusCode::CONFLICT => "Nothing was changed",
        _ => "That did not work",
    };
    service.pages.message(status, title, &trouble.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_mark_code_and_nothing_escapes() {
        let cases = [
            ("plain", "plain"),
            ("`a` and `b`", "<code>a</code> and <code>b</code>"),
            ("`<i>` <b>", "<code>&lt;i&gt;</code> &lt;b&gt;"),
            ("open `<i>", "open `&lt;i&gt;"),
            ("`", "`"),
            ("``", "<code></code>"),
        ];
        for (text, html) in cases {
            assert_eq!(code(text).to_string(), html, "{text}");
        }
    }
}
