//! What is written below a pull request. Ours carry a hidden key, so that each is written once.

use axum::http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Api;
use super::client::Request;
use super::policy::ApiError;
use super::pulls::{BODY_CHARS, User};
use super::slug::Slug;
use crate::model::Remark;

/// The start of our hidden key.
const MARK: &str = "<!-- bugstack:comment ";
/// Pages of comments: of a longer talk the newest are read.
const PAGES: usize = 10;

#[derive(Deserialize)]
struct Comment {
    id: i64,
    user: Option<User>,
    body: Option<String>,
    updated_at: Timestamp,
    performed_via_github_app: Option<Value>,
}

impl Api {
    /// Everything below a pull request, oldest first.
    pub(super) fn remarks(&self, slug: &Slug, number: i64) -> Result<Vec<Remark>, ApiError> {
        Ok(self.comments(slug, number)?.into_iter().map(Comment::remark).collect())
    }

    /// Writes the comment with this key, or rewrites it.
    pub(super) fn comment(
        &self,
        slug: &Slug,
        number: i64,
        key: &str,
        text: &str,
    ) -> Result<(), ApiError> {
        let mark = mark(key);
        let text: String = text.chars().take(BODY_CHARS - mark.chars().count() - 2).collect();
        let text = format!("{text}\n\n{mark}");
        let me = self.login(slug)?;
        let ours = || -> Result<Option<Comment>, ApiError> {
            let comments = self.comments(slug, number)?.into_iter();
            Ok(comments.rev().find(|comment| comment.is_by(&me) && comment.body().contains(&mark)))
        };
        let call = match ours()? {
            Some(comment) if comment.body() == text => return Ok(()),
            Some(comment) => Request::new(
                Method::PATCH,
                slug.path(format_args!("/issues/comments/{}", comment.id)),
                json!({"body": text}),
            ),
            None => Request::new(
                Method::POST,
                slug.path(format_args!("/issues/{number}/comments")),
                json!({"body": text}),
            ),
        };
        let done = || Ok(ours()?.filter(|comment| comment.body() == text));
        self.change::<Comment>(slug, &call, done).map(drop)
    }

    fn comments(&self, slug: &Slug, number: i64) -> Result<Vec<Comment>, ApiError> {
        let path = slug.path(format_args!("/issues/{number}/comments"));
        let pages: Vec<Vec<Comment>> = self.list(slug, &path, PAGES)?;
        Ok(pages.into_iter().flatten().collect())
    }
}

impl Comment {
    fn body(&self) -> &str {
        self.body.as_deref().unwrap_or_default()
    }

    fn is_by(&self, login: &str) -> bool {
        self.user.as_ref().is_some_and(|user| user.login.eq_ignore_ascii_case(login))
    }

    /// With a person's token we write under that person's name: the key tells us apart.
    fn remark(self) -> Remark {
        let program = self.user.as_ref().is_some_and(|user| user.kind == "Bot")
            || self.performed_via_github_app.is_some()
            || self.body().contains(MARK);
        Remark {
            id: self.id,
            author: self.user.map(|user| user.login).unwrap_or_default(),
            bot: program,
            body: self.body.unwrap_or_default(),
            updated: self.updated_at,
        }
    }
}

/// A key may say anything, and must not end the HTML comment that hides it.
fn mark(key: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() { char } else { '-' };
    let key: String = key.chars().map(plain).collect();
    format!("{MARK}key={key} -->")
}
