//! What the fake answers, and GitHub's words when it refuses.

use serde_json::{Value, json};

/// A status, headers and a JSON body.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers beside the ones that every answer has.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Value>,
}

/// What a handler gives: a refusal is an answer too.
pub type Answered = Result<Answer, Answer>;

impl Answer {
    /// 200.
    pub fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    /// 201.
    pub fn created(body: Value) -> Self {
        Self::new(201, body)
    }

    /// 204.
    pub fn empty() -> Self {
        Self { status: 204, ..Self::default() }
    }

    /// Any status.
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Some(body) }
    }

    /// A refusal with GitHub's words.
    pub fn error(status: u16, message: &str) -> Self {
        Self::new(
            status,
            json!({
                "message": message,
                "documentation_url": "https://docs.github.com/rest",
                "status": status.to_string(),
            }),
        )
    }

    /// 404: it is not there, or not for you.
    pub fn not_found() -> Self {
        Self::error(404, "Not Found")
    }

    /// 422 with what is wrong, field by field.
    pub fn invalid(errors: Value) -> Self {
        let mut answer = Self::error(422, "Validation Failed");
        if let Some(body) = &mut answer.body {
            body["errors"] = errors;
        }
        answer
    }

    /// 422 with one field that is wrong.
    pub fn invalid_field(resource: &str, field: &str, code: &str) -> Self {
        Self::invalid(json!([{ "resource": resource, "field": field, "code": code }]))
    }

    /// 422 with one sentence.
    pub fn custom(resource: &str, message: &str) -> Self {
        Self::invalid(json!([{ "resource": resource, "code": "custom", "message": message }]))
    }

    /// With one header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// The sentence of a refusal.
    pub fn message(&self) -> String {
        let message = |value: &Value| value["message"].as_str().unwrap_or_default().to_owned();
        let Some(body) = &self.body else { return format!("status {}", self.status) };
        let errors = body["errors"].as_array().into_iter().flatten().map(message);
        let words: Vec<String> = std::iter::once(message(body)).chain(errors).collect();
        format!("{}: {}", self.status, words.join("; "))
    }
}

impl From<anyhow::Error> for Answer {
    /// The fake's own fault: 599 is no status of GitHub's, so that the judge sees it.
    fn from(error: anyhow::Error) -> Self {
        Self::error(599, &format!("the fake: {error:#}"))
    }
}
