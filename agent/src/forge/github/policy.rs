//! What an answer of GitHub means. Pure: status, headers and body in, what to do out.

use std::time::Duration;

use axum::http::HeaderMap;
use jiff::Timestamp;
use serde::Deserialize;

use super::client::Response;

/// The pause after an outage, and after a secondary limit that names no time.
const PAUSE: Duration = Duration::from_secs(60);
/// Nobody waits longer than this for a limit, whatever a header says.
const LONGEST: Duration = Duration::from_secs(2 * 60 * 60);
/// The most of GitHub's words that is told, in characters.
const WORDS: usize = 300;

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ApiError {
    /// Nobody knows whether it happened: no answer, half of one, or a fault of GitHub's.
    Unclear(String),
    /// It did not happen: a limit was reached.
    Later { until: Timestamp, why: String },
    /// 401: the token is not known, or has ended.
    Unauthorized,
    /// 403, with the permission that GitHub names.
    Denied { why: String, wants: Option<String> },
    /// 404 or 410.
    Missing,
    /// 405, 409 or 412: not in this state.
    Conflict { status: u16, why: String },
    /// 422, with everything that it says.
    Invalid(String),
    /// A redirect: the repository was renamed.
    Elsewhere,
    /// Our own side, or an answer that nothing explains.
    Fault(String),
}

#[derive(Deserialize, Default)]
struct Said {
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: Vec<Problem>,
}

/// GitHub gives texts in some places and objects in others.
#[derive(Deserialize)]
#[serde(untagged)]
enum Problem {
    Text(String),
    Object { message: Option<String>, field: Option<String>, code: Option<String> },
    Other(serde::de::IgnoredAny),
}

/// What an answer means; [`Ok`] for 2xx and 304.
pub(super) fn judge(response: &Response, now: Timestamp) -> Result<(), ApiError> {
    let status = response.status;
    if matches!(status, 200..=299 | 304) {
        return Ok(());
    }
    let words = words(&response.body);
    Err(match status {
        401 => ApiError::Unauthorized,
        403 | 429 => match limit(status, &response.headers, &words, now) {
            Some(until) => ApiError::Later { until, why: format!("GitHub's limit: {words}") },
            None => ApiError::Denied { why: words, wants: wants(&response.headers) },
        },
        404 | 410 | 451 => ApiError::Missing,
        405 | 409 | 412 => ApiError::Conflict { status, why: words },
        422 => ApiError::Invalid(words),
        300..=399 => ApiError::Elsewhere,
        500..=599 => ApiError::Unclear(format!("GitHub answered {status}")),
        _ => ApiError::Fault(format!("GitHub answered {status}: {words}")),
    })
}

/// When a limited call may be made again; none where a 403 is no limit.
fn limit(status: u16, headers: &HeaderMap, words: &str, now: Timestamp) -> Option<Timestamp> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    let after =
        |seconds: i64| now + Duration::from_secs(seconds.max(1).unsigned_abs()).min(LONGEST);
    if let Some(seconds) = number("retry-after") {
        return Some(after(seconds));
    }
    if number("x-ratelimit-remaining") == Some(0) {
        let reset = number("x-ratelimit-reset").unwrap_or_default();
        return Some(after(reset.saturating_sub(now.as_second())));
    }
    let lower = words.to_lowercase();
    let secondary = lower.contains("rate limit") || lower.contains("abuse detection");
    (status == 429 || secondary).then(|| now + PAUSE)
}

/// `X-Accepted-GitHub-Permissions: issues=write; pull_requests=write`, where one of them will do.
fn wants(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("x-accepted-github-permissions")?.to_str().ok()?;
    let plain = |char: char| char.is_ascii_alphanumeric() || "_=,; ".contains(char);
    (!value.is_empty() && value.chars().all(plain))
        .then(|| value.replace('=', ": ").replace("; ", " or "))
}

/// The message and its details on one line, bounded.
fn words(body: &[u8]) -> String {
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    let mut parts = vec![said.message];
    parts.extend(said.errors.into_iter().filter_map(|problem| match problem {
        Problem::Text(text) => Some(text),
        Problem::Object { message: Some(message), .. } => Some(message),
        Problem::Object { field, code, .. } => {
            Some([field, code].into_iter().flatten().collect::<Vec<_>>().join(" "))
        }
        Problem::Other(_) => None,
    }));
    parts.retain(|part| !part.is_empty());
    let line = parts.join(": ").replace(char::is_control, " ");
    let line: String = line.chars().take(WORDS).collect();
    if line.is_empty() { "no reason given".to_owned() } else { line }
}

impl ApiError {
    /// When to ask again after something unclear.
    pub(super) fn later(now: Timestamp) -> Timestamp {
        now + PAUSE
    }
}
