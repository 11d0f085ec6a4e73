//! What goes wrong by plan: which call, the how many-th time, and how.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::model::World;

/// How a call goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This answer, and nothing else happens.
    Instead(Answer),
    /// It happens, then this answer.
    Afterwards(Answer),
    /// Nothing happens and nothing is ever answered.
    Silence,
    /// It happens, and nothing is ever answered.
    SilenceAfterwards,
    /// It happens, and the connection ends without a byte of an answer.
    HangUp,
    /// The right answer, a piece at a time with this between pieces.
    Slow(Duration),
    /// Half of the right answer, as if it were all.
    Truncated,
    /// The right answer's head, half of its body, then the connection ends.
    Cut,
    /// The right answer without these fields of its object.
    Without(Vec<String>),
}

/// A fault that waits for its call.
#[derive(Debug, Clone)]
pub struct Planned {
    /// GitHub's name of the call, such as `pulls/create`, `graphql/enablePullRequestAutoMerge`,
    /// `git/receive-pack`; `*` is any.
    pub operation: String,
    /// Calls of that name that still go well.
    pub after: u64,
    /// How many calls go wrong then.
    pub times: u64,
    /// How.
    pub fault: Fault,
}

impl World {
    /// The fault of a call, counted.
    pub(super) fn fault(&mut self, operation: &str) -> Option<Fault> {
        let hit = |planned: &&mut Planned| {
            (planned.operation == "*" || planned.operation == operation) && planned.times > 0
        };
        // Every plan counts the call; the first whose turn it is decides.
        let mut found = None;
        for planned in self.faults.iter_mut().filter(hit) {
            if planned.after > 0 {
                planned.after -= 1;
            } else if found.is_none() {
                planned.times -= 1;
                found = Some(planned.fault.clone());
            }
        }
        found
    }
}

/// 401 Bad credentials.
pub fn unauthorized() -> Answer {
    super::auth::bad_credentials()
}

/// 403 for want of a permission, without any header about limits.
pub fn forbidden() -> Answer {
    Answer::error(403, "Resource not accessible by integration")
}

/// 403: the hour's calls are used up until then.
pub fn rate_limited(until: Timestamp) -> Answer {
    Answer::error(403, "API rate limit exceeded for installation ID 1.")
        .with("x-ratelimit-limit", 5000)
        .with("x-ratelimit-remaining", 0)
        .with("x-ratelimit-used", 5000)
        .with("x-ratelimit-reset", until.as_second())
}

/// 403: too fast; with or without the seconds to wait.
pub fn secondary_limited(retry_after: Option<u64>) -> Answer {
    let answer = Answer::error(
        403,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    );
    match retry_after {
        Some(seconds) => answer.with("retry-after", seconds),
        None => answer,
    }
}

/// 429, with or without the seconds to wait.
pub fn too_many(retry_after: Option<u64>) -> Answer {
    Answer { status: 429, ..secondary_limited(retry_after) }
}

/// 404.
pub fn not_found() -> Answer {
    Answer::not_found()
}

/// 409 of a merge whose head moved.
pub fn head_moved() -> Answer {
    Answer::error(409, "Head branch was modified. Review and try the merge again.")
}

/// 405 of a merge that cannot be.
pub fn not_mergeable() -> Answer {
    Answer::error(405, "Pull Request is not mergeable")
}

/// 422: there is an open pull request from that branch.
pub fn already_exists(owner: &str, branch: &str) -> Answer {
    let words = format!("A pull request already exists for {owner}:{branch}.");
    Answer::custom("PullRequest", &words)
}

/// 422: the head branch is not there.
pub fn head_invalid() -> Answer {
    Answer::invalid_field("PullRequest", "head", "invalid")
}

/// 422: the head brings nothing.
pub fn no_commits(base: &str, head: &str) -> Answer {
    Answer::custom("PullRequest", &format!("No commits between {base} and {head}"))
}

/// 422 without any field.
pub fn unprocessable(message: &str) -> Answer {
    Answer::error(422, message)
}

/// 500.
pub fn server_error() -> Answer {
    Answer::new(500, json!({ "message": "Server Error" }))
}

/// 502, as the proxy before GitHub says it.
pub fn bad_gateway() -> Answer {
    Answer::new(502, json!({ "message": "Server Error" }))
}

/// 503.
pub fn unavailable(retry_after: Option<u64>) -> Answer {
    let answer = Answer::new(503, json!({ "message": "Service unavailable" }));
    match retry_after {
        Some(seconds) => answer.with("retry-after", seconds),
        None => answer,
    }
}

/// Takes fields out of an object, or out of each of a list.
pub(super) fn strip(body: &mut Value, fields: &[String]) {
    match body {
        Value::Object(map) => fields.iter().for_each(|field| drop(map.remove(field))),
        Value::Array(list) => list.iter_mut().for_each(|item| strip(item, fields)),
        _ => {}
    }
}
