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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;

    const NOW: i64 = 1_800_000_000;

    /// Status, headers, body, and what it means.
    type Case = (u16, &'static [(&'static str, &'static str)], &'static str, ApiError);

    fn later(seconds: i64, words: &str) -> ApiError {
        let until = Timestamp::from_second(NOW + seconds).unwrap();
        ApiError::Later { until, why: format!("GitHub's limit: {words}") }
    }

    fn denied(why: &str, wants: Option<&str>) -> ApiError {
        ApiError::Denied { why: why.to_owned(), wants: wants.map(str::to_owned) }
    }

    #[test]
    fn every_answer_has_one_meaning() {
        let none = "no reason given";
        let validation = r#"{"message": "Validation Failed", "errors": [
            {"resource": "PullRequest", "field": "head", "code": "invalid"},
            "a text", {"message": "said\n so"}, 7]}"#;
        let cases: Vec<Case> = vec![
            (401, &[], r#"{"message": "Bad credentials"}"#, ApiError::Unauthorized),
            (403, &[], r#"{"message": "Must have admin"}"#, denied("Must have admin", None)),
            (
                403,
                &[("x-accepted-github-permissions", "issues=write; pull_requests=write")],
                "",
                denied(none, Some("issues: write or pull_requests: write")),
            ),
            (403, &[("x-accepted-github-permissions", "<b>")], "", denied(none, None)),
            (403, &[("retry-after", "30")], "", later(30, none)),
            (403, &[("retry-after", "0")], "", later(1, none)),
            (403, &[("retry-after", "-5")], "", later(1, none)),
            (403, &[("retry-after", "soon")], "", denied(none, None)),
            (429, &[("retry-after", "9999999999")], "", later(7_200, none)),
            (429, &[], "<html>", later(60, none)),
            (
                403,
                &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1800000100")],
                "",
                later(100, none),
            ),
            (
                403,
                &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "5")],
                "",
                later(1, none),
            ),
            (403, &[("x-ratelimit-remaining", "0")], "", later(1, none)),
            (
                403,
                &[("x-ratelimit-remaining", "4000")],
                r#"{"message": "You have exceeded a secondary rate limit."}"#,
                later(60, "You have exceeded a secondary rate limit."),
            ),
            (404, &[], "", ApiError::Missing),
            (410, &[], "", ApiError::Missing),
            (301, &[("location", "https://x")], "", ApiError::Elsewhere),
            (405, &[], "", ApiError::Conflict { status: 405, why: none.to_owned() }),
            (409, &[], "", ApiError::Conflict { status: 409, why: none.to_owned() }),
            (
                422,
                &[],
                validation,
                ApiError::Invalid("Validation Failed: head invalid: a text: said  so".to_owned()),
            ),
            (500, &[], "", ApiError::Unclear("GitHub answered 500".to_owned())),
            (503, &[], "{", ApiError::Unclear("GitHub answered 503".to_owned())),
            (418, &[], "", ApiError::Fault(format!("GitHub answered 418: {none}"))),
        ];
        for (status, headers, body, meaning) in cases {
            let headers = headers.iter().map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), value.parse().unwrap())
            });
            let response =
                Response { status, headers: headers.collect(), body: body.as_bytes().to_vec() };
            let judged = judge(&response, Timestamp::from_second(NOW).unwrap());
            assert_eq!(judged, Err(meaning), "{status} {body}");
        }
        for status in [200, 201, 204, 304] {
            let response = Response { status, headers: HeaderMap::new(), body: Vec::new() };
            assert_eq!(judge(&response, Timestamp::UNIX_EPOCH), Ok(()));
        }
    }
}
