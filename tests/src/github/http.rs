//! HTTP in front of the model: finds the call, judges both directions, adds GitHub's headers.

use axum::http::request::Parts;
use ring::digest::{SHA256, digest};
use serde_json::Value;

use super::answer::Answer;
use super::auth::Who;
use super::contract::{self, Operation, graphql};
use super::fault::{Fault, strip};
use super::model::{Called, TokenKind, World};
use super::paging::page;
use super::rest::{self, Call};
use super::smart::Asked;

/// What goes out, and how the way out fails.
#[derive(Debug, Default)]
pub(super) struct Out {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) fault: Option<Fault>,
}

/// A request to one of the two APIs while it is looked at.
struct Seen<'a> {
    parts: &'a Parts,
    path: &'a str,
    query: Vec<(String, String)>,
    body: Option<Result<Value, ()>>,
}

const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

impl World {
    /// Answers any request.
    pub(super) fn http(&mut self, parts: &Parts, body: &[u8]) -> Out {
        let path = parts.uri.path();
        if let Some(path) = path.strip_prefix("/api/v3") {
            return self.rest(&Seen::new(parts, path, body));
        }
        if path == "/api/graphql" && parts.method == "POST" {
            return self.graph(&Seen::new(parts, path, body));
        }
        match path.trim_start_matches('/').split_once(".git/") {
            Some((name, rest)) => self.git_http(parts, name, rest, body),
            None => {
                self.violations.push(format!("nothing is at {} {path}", parts.method));
                Out { status: 404, ..Out::default() }
            }
        }
    }

    fn git_http(&mut self, parts: &Parts, name: &str, rest: &str, body: &[u8]) -> Out {
        let asked = Asked {
            method: parts.method.as_str(),
            name,
            rest,
            query: parts.uri.query().unwrap_or_default(),
            headers: &parts.headers,
            body,
        };
        let operation = asked.operation();
        let fault = self.fault(&operation);
        let before = matches!(fault, Some(Fault::Instead(_) | Fault::Silence));
        let (who, reply) = if before { Default::default() } else { self.git(&asked) };
        let mut out = Out { status: reply.status, headers: reply.headers, body: reply.body, fault };
        if let Some(Fault::Instead(answer) | Fault::Afterwards(answer)) = &out.fault {
            out.status = answer.status;
            out.headers = answer.headers.clone();
            out.body = answer.body.as_ref().map(Value::to_string).unwrap_or_default().into_bytes();
        }
        self.log(operation, &who, format!("/{name}.git/{rest}"), Value::Null, out.status);
        out
    }

    fn rest(&mut self, seen: &Seen<'_>) -> Out {
        let Some((operation, path)) = contract::rest().find(seen.parts.method.as_str(), seen.path)
        else {
            self.violations.push(format!("not described: {} {}", seen.parts.method, seen.path));
            return self.finish(seen, None, &Who::Nobody, Answer::not_found(), None);
        };
        let fault = self.fault(&operation.name);
        let (who, mut answer) = match &fault {
            Some(Fault::Instead(answer)) => (Who::Nobody, answer.clone()),
            Some(Fault::Silence) => (Who::Nobody, Answer::empty()),
            _ => {
                let path = path.into_iter().map(|(name, text)| (name, decode(&text))).collect();
                self.do_rest(seen, operation, path)
            }
        };
        if answer.status == 200 && operation.paged() {
            let host = seen.header("host").unwrap_or_default();
            page(&seen.parts.uri, host, &seen.query, &mut answer);
        }
        if !matches!(fault, Some(Fault::Instead(_) | Fault::Silence)) {
            let wrong = operation.check_answer(answer.status, answer.body.as_ref());
            self.violations.extend(wrong);
        }
        self.finish(seen, Some(operation), &who, answer, fault)
    }

    fn do_rest(
        &mut self,
        seen: &Seen<'_>,
        operation: &Operation,
        path: std::collections::BTreeMap<String, String>,
    ) -> (Who, Answer) {
        let (who, admitted) = self.admit(seen, operation.method != "GET");
        if let Err(refusal) = admitted {
            return (who, refusal);
        }
        let body = match &seen.body {
            None => None,
            Some(Ok(body)) => Some(body),
            Some(Err(())) => {
                self.violations.push(format!("{}: the body is not JSON", operation.name));
                return (who, Answer::error(400, "Problems parsing JSON"));
            }
        };
        let wrong = operation.check_request(&seen.query, body);
        if !wrong.is_empty() {
            let refusal = Answer::error(422, &format!("Invalid request.\n\n{}", wrong.join("\n")));
            self.violations.extend(wrong);
            return (who, refusal);
        }
        let call =
            Call { who, path, query: seen.query.clone(), body: body.cloned().unwrap_or_default() };
        let answer = match rest::rule(&operation.name) {
            Some(rule) => rule.answer(self, &call).unwrap_or_else(|refusal| refusal),
            None => Answer::error(599, "the fake does not have this operation"),
        };
        (call.who, answer)
    }

    /// What GitHub looks at before it looks at the call.
    fn admit(&mut self, seen: &Seen<'_>, changes: bool) -> (Who, Result<(), Answer>) {
        if seen.header("user-agent").is_none() {
            self.violations.push("no User-Agent".to_owned());
            let words = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.";
            return (Who::Nobody, Err(Answer::error(403, words)));
        }
        if let Some(version) = seen.header("x-github-api-version")
            && !VERSIONS.contains(&version)
        {
            self.violations.push(format!("X-GitHub-Api-Version {version}"));
            let words = "The API version you specified is not supported.";
            return (Who::Nobody, Err(Answer::error(400, words)));
        }
        let who = match self.authenticate(seen.header("authorization")) {
            Ok(who) => who,
            Err(refusal) => return (Who::Nobody, Err(refusal)),
        };
        // Asking how much is left is free, and making a token makes no content.
        let free = seen.path == "/rate_limit" || seen.path.starts_with("/app");
        let counted = if free { Ok(()) } else { self.count(&who, changes) };
        (who, counted)
    }

    fn graph(&mut self, seen: &Seen<'_>) -> Out {
        let body = seen.body.clone().and_then(Result::ok).unwrap_or_default();
        let checked = graphql::check(&body);
        let name = match &checked {
            Ok(operation) => operation.selection.first().map_or("", |asked| &asked.name).to_owned(),
            Err(_) => String::new(),
        };
        let fault = self.fault(&format!("graphql/{name}"));
        let mutation = checked.as_ref().is_ok_and(|operation| operation.mutation);
        let (who, answer) = match &fault {
            Some(Fault::Instead(answer)) => (Who::Nobody, answer.clone()),
            Some(Fault::Silence) => (Who::Nobody, Answer::empty()),
            _ => match (self.admit(seen, mutation), checked) {
                ((who, Err(refusal)), _) => (who, refusal),
                ((Who::Nobody | Who::App(_), Ok(())), _) => {
                    let words = "This endpoint requires you to be authenticated.";
                    (Who::Nobody, Answer::error(401, words))
                }
                ((who, Ok(())), Ok(operation)) => {
                    let answer = self.graphql(&who, &operation);
                    (who, answer)
                }
                ((who, Ok(())), Err(wrong)) => {
                    let errors = wrong.iter().map(|why| serde_json::json!({ "message": why }));
                    let errors = Value::Array(errors.collect());
                    self.violations.extend(wrong.into_iter().map(|why| format!("graphql: {why}")));
                    (who, Answer::ok(serde_json::json!({ "errors": errors })))
                }
            },
        };
        if answer.body.as_ref().is_some_and(|body| body.to_string().contains("\"INTERNAL\"")) {
            self.violations.push(format!("graphql/{name}: {:?}", answer.body));
        }
        self.log(format!("graphql/{name}"), &who, seen.path.to_owned(), body, answer.status);
        self.dress(seen, &who, answer, fault)
    }

    fn finish(
        &mut self,
        seen: &Seen<'_>,
        operation: Option<&Operation>,
        who: &Who,
        mut answer: Answer,
        fault: Option<Fault>,
    ) -> Out {
        let name = operation.map_or("unknown", |operation| &operation.name);
        if let Some(needs) = rest::rule(name).and_then(|rule| rule.needs) {
            let needs = needs.permissions.iter();
            let needs: Vec<String> =
                needs.map(|(name, level)| format!("{name}={}", level.name())).collect();
            answer = answer.with("x-accepted-github-permissions", needs.join("; "));
        }
        let path = seen.parts.uri.path_and_query().map_or("", |path| path.as_str());
        let path = path.strip_prefix("/api/v3").unwrap_or(path).to_owned();
        let body = seen.body.clone().and_then(Result::ok).unwrap_or_default();
        self.log(name.to_owned(), who, path, body, answer.status);
        self.dress(seen, who, answer, fault)
    }

    /// Adds the headers that every answer has, and the fault's marks.
    fn dress(&mut self, seen: &Seen<'_>, who: &Who, answer: Answer, fault: Option<Fault>) -> Out {
        let mut answer = match &fault {
            Some(Fault::Afterwards(instead)) => instead.clone(),
            _ => answer,
        };
        if let (Some(Fault::Without(fields)), Some(body)) = (&fault, &mut answer.body) {
            strip(body, fields);
        }
        let body = answer.body.as_ref().map(Value::to_string).unwrap_or_default().into_bytes();
        let mut out = Out { status: answer.status, headers: answer.headers, body, fault };
        if seen.parts.method == "GET" && out.status == 200 {
            self.condition(seen, who, &mut out);
        }
        let rate = self.rate_shape(who);
        let mut add = |name: &str, value: String| {
            if !out.headers.iter().any(|(known, _)| known == name) {
                out.headers.push((name.to_owned(), value));
            }
        };
        for key in ["limit", "remaining", "used", "reset"] {
            add(&format!("x-ratelimit-{key}"), rate[key].to_string());
        }
        let graphql = seen.path == "/api/graphql";
        add("x-ratelimit-resource", if graphql { "graphql" } else { "core" }.to_owned());
        add("x-github-request-id", uuid::Uuid::new_v4().simple().to_string().to_uppercase());
        add("x-github-media-type", "github.v3; format=json".to_owned());
        add("x-github-api-version-selected", VERSIONS[0].to_owned());
        add("server", "github.com".to_owned());
        if matches!(who, Who::Token(token) if token.kind == TokenKind::Classic) {
            add("x-oauth-scopes", "repo".to_owned());
        }
        if !out.body.is_empty() {
            add("content-type", "application/json; charset=utf-8".to_owned());
        }
        out
    }

    /// The body's tag, and 304 where the asker has it already.
    fn condition(&mut self, seen: &Seen<'_>, who: &Who, out: &mut Out) {
        let mut text = out.body.clone();
        text.extend(who.name().bytes());
        let tag = format!("W/\"{}\"", hex::encode(digest(&SHA256, &text)));
        out.headers.push(("etag".to_owned(), tag.clone()));
        out.headers
            .push(("cache-control".to_owned(), "private, max-age=60, s-maxage=60".to_owned()));
        let known = seen.header("if-none-match").is_some_and(|tags| {
            tags.split(',')
                .any(|one| one.trim().trim_start_matches("W/") == tag.trim_start_matches("W/"))
        });
        if known {
            out.status = 304;
            out.body.clear();
            self.uncount(who);
        }
    }

    fn log(&mut self, operation: String, who: &Who, path: String, body: Value, status: u16) {
        let at = self.clock.now();
        self.calls.push(Called { operation, by: who.name(), path, body, status, at });
    }
}

impl<'a> Seen<'a> {
    fn new(parts: &'a Parts, path: &'a str, body: &[u8]) -> Self {
        let query =
            parts.uri.query().unwrap_or_default().split('&').filter(|part| !part.is_empty());
        let query = query.map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        });
        let json = (!body.is_empty()).then(|| serde_json::from_slice(body).map_err(drop));
        Self { parts, path, query: query.collect(), body: json }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }
}

/// Takes percent signs out of a part of an address.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
