//! Reviews: what was said of the present head, and asking for one.

use std::collections::BTreeMap;

use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Api;
use super::client::Request;
use super::policy::ApiError;
use super::pulls::{Pull, User};
use super::slug::{Slug, is_login};
use crate::model::Review;

/// Pages of reviews: the newest count.
const PAGES: usize = 5;

const DECISION: &str = "query($owner: String!, $name: String!, $number: Int!) { \
    repository(owner: $owner, name: $name) { pullRequest(number: $number) { reviewDecision } } }";

const READY: &str = "mutation($id: ID!) { \
    markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }";

#[derive(Deserialize)]
struct Given {
    user: Option<User>,
    state: String,
    commit_id: Option<String>,
    #[serde(default)]
    author_association: String,
}

impl Given {
    /// People who may not write to the repository have no say.
    fn counts(&self) -> bool {
        matches!(self.author_association.as_str(), "OWNER" | "MEMBER" | "COLLABORATOR")
            && matches!(self.state.as_str(), "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED")
    }
}

impl Api {
    /// What reviewers said of the head. What the branch's rules ask for, GitHub knows.
    pub(super) fn review(&self, slug: &Slug, pull: &Pull) -> Result<Review, ApiError> {
        let latest = self.opinions(slug, pull.number)?;
        if latest.values().any(|given| given.state == "CHANGES_REQUESTED") {
            return Ok(Review::ChangesRequested);
        }
        let approves = |given: &Given| {
            given.state == "APPROVED" && given.commit_id.as_deref() == Some(&pull.head.sha)
        };
        if !latest.values().any(approves) {
            return Ok(Review::Awaited);
        }
        let variables = json!({"owner": slug.owner, "name": slug.name, "number": pull.number});
        let data = self.query(slug, DECISION, variables)?;
        Ok(match data["repository"]["pullRequest"]["reviewDecision"].as_str() {
            Some("REVIEW_REQUIRED") => Review::Awaited,
            Some("CHANGES_REQUESTED") => Review::ChangesRequested,
            // The rules are met, or ask for nothing.
            _ => Review::Approved,
        })
    }

    /// Takes a pull request out of draft.
    pub(super) fn undraft(&self, slug: &Slug, pull: &Pull) -> Result<(), ApiError> {
        if !pull.draft {
            return Ok(());
        }
        let done = || Ok((!self.pull(slug, pull.number)?.draft).then_some(Value::Null));
        self.mutate(slug, READY, json!({"id": pull.node_id}), done).map(drop)
    }

    /// Asks for reviews. Who was asked or has answered already is not asked again, and who cannot
    /// be asked is left out.
    pub(super) fn ask(&self, slug: &Slug, pull: &Pull, people: &[String]) -> Result<(), ApiError> {
        let answered = self.opinions(slug, pull.number)?;
        let known = |person: &str| {
            let author = pull.user.iter().chain(&pull.requested_reviewers);
            author.map(|user| user.login.as_str()).any(|login| login.eq_ignore_ascii_case(person))
                || answered.contains_key(&person.to_lowercase())
        };
        let people: Vec<&String> =
            people.iter().filter(|person| is_login(person) && !known(person)).collect();
        if people.is_empty() {
            return Ok(());
        }
        match self.ask_all(slug, pull.number, &people) {
            // One who cannot be asked keeps the others from being asked.
            Err(ApiError::Invalid(_)) => people.into_iter().try_for_each(|person| {
                match self.ask_all(slug, pull.number, &[person]) {
                    Err(ApiError::Invalid(why)) => {
                        tracing::info!(%slug, person, why, "cannot be asked for a review");
                        Ok(())
                    }
                    ended => ended,
                }
            }),
            ended => ended,
        }
    }

    fn ask_all(&self, slug: &Slug, number: i64, people: &[&String]) -> Result<(), ApiError> {
        let path = slug.path(format_args!("/pulls/{number}/requested_reviewers"));
        let call = Request::new(Method::POST, path, json!({"reviewers": people}));
        let done = || {
            let asked = self.pull(slug, number)?.requested_reviewers;
            let has =
                |person: &&String| asked.iter().any(|user| user.login.eq_ignore_ascii_case(person));
            Ok(people.iter().all(has).then_some(Value::Null))
        };
        self.change::<Value>(slug, &call, done).map(drop)
    }

    /// The latest opinion of each who has one, by name in lower case.
    fn opinions(&self, slug: &Slug, number: i64) -> Result<BTreeMap<String, Given>, ApiError> {
        let path = slug.path(format_args!("/pulls/{number}/reviews"));
        let pages: Vec<Vec<Given>> = self.list(slug, &path, PAGES)?;
        let given = pages.into_iter().flatten().filter(Given::counts);
        Ok(given
            .filter_map(|given| Some((given.user.as_ref()?.login.to_lowercase(), given)))
            .collect())
    }
}
