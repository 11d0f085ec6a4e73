//! Calls as the forge makes them: reads are tried again, changes never blindly.
//!
//! A read may be repeated, so it is, a few times. A change is sent once; when nobody knows
//! whether it happened, the state is read, and the change is repeated only if it did not.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::header::{ETAG, LINK};
use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::auth::{Identity, Tokens, bearer};
use super::client::{Client, Request, Response};
use super::policy::{ApiError, judge};
use super::slug::Slug;
use super::timer::Timer;
use crate::model::Secret;

/// How often a read is sent, and a change whose first try did not happen.
const READS: u32 = 3;
const CHANGES: u32 = 2;
/// The pause before a read's second try; it doubles.
const BACK_OFF: Duration = Duration::from_millis(500);
/// GitHub asks for a second between changes.
const PACE: Duration = Duration::from_secs(1);
/// Answers kept for conditional reads, and the largest of them in bytes.
const KEPT: usize = 256;
const KEPT_BYTES: usize = 256 << 10;
/// Entries on a page, the most that GitHub gives.
const PAGE: usize = 100;

/// GitHub's API, for every repository that we may see.
pub(super) struct Api {
    pub(super) client: Client,
    pub(super) identity: Identity,
    pub(super) timer: Timer,
    tokens: Tokens,
    /// When each installation may be changed next, by owner.
    next_change: Mutex<HashMap<String, Timestamp>>,
    kept: Mutex<HashMap<String, (HeaderValue, Vec<u8>)>>,
}

impl Api {
    pub(super) fn new(client: Client, identity: Identity, timer: Timer) -> Self {
        Self {
            client,
            identity,
            timer,
            tokens: Tokens::default(),
            next_change: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    /// The token for a repository.
    pub(super) fn token(&self, slug: &Slug) -> Result<Secret, ApiError> {
        self.patient(|| self.tokens.of(&self.client, &self.identity, slug, self.timer.now()))
    }

    /// After a 401: whether there may be another token.
    pub(super) fn forget(&self, slug: &Slug) -> bool {
        self.tokens.forget(slug)
    }

    /// Reads one thing.
    pub(super) fn get<T: DeserializeOwned>(
        &self,
        slug: &Slug,
        path: String,
    ) -> Result<T, ApiError> {
        let call = Request::get(path);
        self.patient(|| Ok(self.read(slug, &call)?.1))
    }

    /// Reads one thing that may not be there.
    pub(super) fn seek<T: DeserializeOwned>(
        &self,
        slug: &Slug,
        path: String,
    ) -> Result<Option<T>, ApiError> {
        match self.get(slug, path) {
            Err(ApiError::Missing) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Reads a list; of a very long one the last `most` pages. `path` has no query of its own
    /// other than one that ends in `&`.
    pub(super) fn list<P: DeserializeOwned>(
        &self,
        slug: &Slug,
        path: &str,
        most: usize,
    ) -> Result<Vec<P>, ApiError> {
        let page = |number: usize| {
            let separator = if path.contains('?') { "&" } else { "?" };
            let path = format!("{path}{separator}per_page={PAGE}&page={number}");
            let call = Request::get(path);
            self.patient(|| {
                let (headers, entries) = self.read(slug, &call)?;
                Ok((last_page(&headers), entries))
            })
        };
        let (last, first) = page(1)?;
        let last = last.unwrap_or(1);
        let mut pages = if last <= most { vec![first] } else { Vec::new() };
        for number in 2.max((last + 1).saturating_sub(most))..=last {
            pages.push(page(number)?.1);
        }
        Ok(pages)
    }

    /// Changes something and returns what GitHub says of it, or what `done` finds when that was
    /// not to be heard. `done` is none where the change did not happen.
    pub(super) fn change<T: DeserializeOwned>(
        &self,
        slug: &Slug,
        call: &Request,
        done: impl Fn() -> Result<Option<T>, ApiError>,
    ) -> Result<T, ApiError> {
        self.once(slug, &done, || {
            let response = self.authorized(slug, |value| self.client.rest(call, value, None))?;
            parsed(&response)
        })
    }

    /// As [`Api::change`], by GraphQL; the answer is its `data`.
    pub(super) fn mutate(
        &self,
        slug: &Slug,
        query: &str,
        variables: Value,
        done: impl Fn() -> Result<Option<Value>, ApiError>,
    ) -> Result<Value, ApiError> {
        self.once(slug, &done, || self.graphql(slug, query, variables.clone()))
    }

    /// Reads by GraphQL.
    pub(super) fn query(
        &self,
        slug: &Slug,
        query: &str,
        variables: Value,
    ) -> Result<Value, ApiError> {
        self.patient(|| self.graphql(slug, query, variables.clone()))
    }

    fn graphql(&self, slug: &Slug, query: &str, variables: Value) -> Result<Value, ApiError> {
        let body = json!({"query": query, "variables": variables});
        let response = self.authorized(slug, |value| self.client.graphql(body.clone(), value))?;
        let mut answer: Value = parsed(&response)?;
        match answer.get("errors").and_then(Value::as_array).and_then(|errors| errors.first()) {
            Some(error) => Err(graphql_error(error, self.timer.now())),
            None => Ok(answer["data"].take()),
        }
    }

    fn once<T>(
        &self,
        slug: &Slug,
        done: &impl Fn() -> Result<Option<T>, ApiError>,
        send: impl Fn() -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut unclear = String::new();
        for _ in 0..CHANGES {
            self.keep_pace(slug);
            match send() {
                Err(ApiError::Unclear(why)) => unclear = why,
                ended => return ended,
            }
            // It may be under way still.
            self.timer.wait(PACE);
            if let Some(found) = done()? {
                return Ok(found);
            }
        }
        Err(ApiError::Unclear(unclear))
    }

    /// Repeats what may be repeated.
    fn patient<T>(&self, read: impl Fn() -> Result<T, ApiError>) -> Result<T, ApiError> {
        let mut pause = BACK_OFF;
        for _ in 1..READS {
            match read() {
                Err(ApiError::Unclear(_)) => self.timer.wait(pause),
                ended => return ended,
            }
            pause *= 2;
        }
        read()
    }

    /// A read that costs nothing where nothing has changed. Only what could be read is kept: a
    /// broken answer may have come with the right ETag.
    fn read<T: DeserializeOwned>(
        &self,
        slug: &Slug,
        call: &Request,
    ) -> Result<(HeaderMap, T), ApiError> {
        let kept =
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&call.path).cloned();
        let etag = kept.as_ref().map(|(etag, _)| etag);
        let response = self.authorized(slug, |value| self.client.rest(call, value, etag))?;
        if response.status == 304 {
            let body = kept.map(|(_, body)| body).unwrap_or_default();
            return Ok((response.headers, parse(&body)?));
        }
        let value = parsed(&response)?;
        let Response { headers, body, .. } = response;
        if let Some(etag) = headers.get(ETAG)
            && body.len() <= KEPT_BYTES
        {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(call.path.clone(), (etag.clone(), body));
        }
        Ok((headers, value))
    }

    /// Sends with the repository's token, and once more with a new one if that has ended: a call
    /// that was not let in did not happen.
    fn authorized(
        &self,
        slug: &Slug,
        send: impl Fn(Option<&HeaderValue>) -> Result<Response, ApiError>,
    ) -> Result<Response, ApiError> {
        let attempt = || {
            let value = bearer(&self.token(slug)?)?;
            let response = send(Some(&value))?;
            judge(&response, self.timer.now()).map(|()| response)
        };
        match attempt() {
            Err(ApiError::Unauthorized) if self.forget(slug) => attempt(),
            ended => ended,
        }
    }

    fn keep_pace(&self, slug: &Slug) {
        let now = self.timer.now();
        let turn = {
            let mut next = self.next_change.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = next.get(&slug.owner).copied().unwrap_or(now).max(now);
            next.insert(slug.owner.clone(), turn + PACE);
            turn
        };
        self.timer.wait(Duration::try_from(turn.duration_since(now)).unwrap_or_default());
    }
}

/// The few fields that we need. An answer that lacks them says nothing of what happened.
pub(super) fn parsed<T: DeserializeOwned>(response: &Response) -> Result<T, ApiError> {
    parse(&response.body)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"null" } else { body };
    serde_json::from_slice(body)
        .map_err(|error| ApiError::Unclear(format!("GitHub's answer is unreadable: {error}")))
}

/// `<https://…?page=7>; rel="last"`
fn last_page(headers: &HeaderMap) -> Option<usize> {
    let links = headers.get(LINK)?.to_str().ok()?;
    let last = links.split(',').find(|link| link.contains("rel=\"last\""))?;
    let url = last.split(['<', '>']).nth(1)?;
    let query = url.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.strip_prefix("page="))?.parse().ok()
}

fn graphql_error(error: &Value, now: Timestamp) -> ApiError {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    let why: String = text("message").chars().take(300).collect();
    match text("type") {
        "FORBIDDEN" | "INSUFFICIENT_SCOPES" => ApiError::Denied { why, wants: None },
        "NOT_FOUND" => ApiError::Missing,
        "RATE_LIMITED" => ApiError::Later { until: ApiError::later(now), why },
        "INTERNAL" | "SERVICE_UNAVAILABLE" => ApiError::Unclear(why),
        _ => ApiError::Invalid(why),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;

    #[test]
    fn the_last_page_is_named_by_a_link() {
        let cases = [
            (
                r#"<https://h/x?per_page=100&page=2>; rel="next", <https://h/x?per_page=100&page=7>; rel="last""#,
                Some(7),
            ),
            (r#"<https://h/x?page=1>; rel="prev""#, None),
            (r#"rel="last""#, None),
            (r#"<https://h/x?page=x>; rel="last""#, None),
        ];
        for (link, page) in cases {
            let headers = HeaderMap::from_iter([(LINK, HeaderValue::from_str(link).unwrap())]);
            assert_eq!(last_page(&headers), page, "{link}");
        }
    }
}
