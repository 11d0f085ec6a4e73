//! The REST API: which call needs what, and who answers it.

mod apps;
mod checks;
mod comments;
mod pulls;
mod repositories;

use std::collections::BTreeMap;

use serde_json::Value;

use super::answer::{Answer, Answered};
use super::auth::{Needs, Who};
use super::model::{Level, Role, World};

/// A request that was understood.
#[derive(Debug)]
pub(super) struct Call {
    /// Who asks.
    pub who: Who,
    /// Parameters of the path.
    pub path: BTreeMap<String, String>,
    /// Parameters of the query.
    pub query: Vec<(String, String)>,
    /// The body, null when there is none.
    pub body: Value,
}

type Handler = fn(&mut World, &Call) -> Answered;

/// What stands behind an operation.
pub(super) struct Rule {
    /// What it needs of a repository; nothing for calls that are about none.
    pub(super) needs: Option<Needs>,
    handler: Handler,
}

const READ: Role = Role::Read;
const CONTENTS: &[(&str, Level)] = &[("contents", Level::Read)];
const METADATA: &[(&str, Level)] = &[("metadata", Level::Read)];
const CHECKS: &[(&str, Level)] = &[("checks", Level::Read)];
const STATUSES: &[(&str, Level)] = &[("statuses", Level::Read)];
const PULLS: &[(&str, Level)] = &[("pull_requests", Level::Read)];
const TALK: &[(&str, Level)] = &[("issues", Level::Read), ("pull_requests", Level::Read)];
const CONTENTS_WRITE: &[(&str, Level)] = &[("contents", Level::Write)];
const CHECKS_WRITE: &[(&str, Level)] = &[("checks", Level::Write)];
const STATUSES_WRITE: &[(&str, Level)] = &[("statuses", Level::Write)];
const PULLS_WRITE: &[(&str, Level)] = &[("pull_requests", Level::Write)];
const TALK_WRITE: &[(&str, Level)] = &[("issues", Level::Write), ("pull_requests", Level::Write)];

/// The rule of an operation.
pub(super) fn rule(operation: &str) -> Option<Rule> {
    let look = |permissions, handler: Handler| Rule {
        needs: Some(Needs { permissions, role: READ, strangers: true }),
        handler,
    };
    let change = |permissions, role, handler: Handler| Rule {
        needs: Some(Needs { permissions, role, strangers: false }),
        handler,
    };
    let free = |handler: Handler| Rule { needs: None, handler };
    Some(match operation {
        "apps/create-installation-access-token" => free(apps::create_token),
        "apps/get-authenticated" => free(apps::get_app),
        "apps/get-repo-installation" => free(apps::get_installation),
        "rate-limit/get" => free(apps::rate_limit),
        "users/get-authenticated" => free(apps::get_self),
        "users/get-by-username" => free(apps::get_user),
        "checks/create" => change(CHECKS_WRITE, Role::Write, checks::create),
        "checks/list-for-ref" => look(CHECKS, checks::list),
        "repos/create-commit-status" => change(STATUSES_WRITE, Role::Write, checks::create_status),
        "repos/get-combined-status-for-ref" => look(STATUSES, checks::combined),
        "git/create-ref" => change(CONTENTS_WRITE, Role::Write, repositories::create_ref),
        "git/delete-ref" => change(CONTENTS_WRITE, Role::Write, repositories::delete_ref),
        "git/get-ref" => look(CONTENTS, repositories::get_ref),
        "repos/get" => look(METADATA, repositories::get),
        "repos/get-branch" => look(CONTENTS, repositories::get_branch),
        "repos/get-collaborator-permission-level" => {
            // A stranger to the repository may not ask this, public or not.
            let mut rule = look(METADATA, repositories::permission);
            if let Some(needs) = &mut rule.needs {
                needs.strangers = false;
            }
            rule
        }
        "repos/get-commit" => look(CONTENTS, repositories::get_commit),
        "repos/get-content" => look(CONTENTS, repositories::get_content),
        "issues/add-labels" => change(TALK_WRITE, Role::Triage, comments::add_labels),
        "issues/create-comment" => change(TALK_WRITE, READ, comments::create),
        "issues/list-comments" => look(TALK, comments::list),
        "issues/update-comment" => change(TALK_WRITE, READ, comments::update),
        "reactions/create-for-issue-comment" => change(TALK_WRITE, READ, comments::react),
        "pulls/create" => change(PULLS_WRITE, READ, pulls::create),
        "pulls/create-review" => change(PULLS_WRITE, READ, pulls::review),
        "pulls/get" => look(PULLS, pulls::get),
        "pulls/list" => look(PULLS, pulls::list),
        "pulls/list-commits" => look(PULLS, pulls::commits),
        "pulls/list-files" => look(PULLS, pulls::files),
        "pulls/list-reviews" => look(PULLS, pulls::reviews),
        "pulls/merge" => change(CONTENTS_WRITE, Role::Write, pulls::merge),
        "pulls/request-reviewers" => change(PULLS_WRITE, Role::Write, pulls::request_reviewers),
        "pulls/update" => change(PULLS_WRITE, READ, pulls::update),
        _ => return None,
    })
}

impl Rule {
    /// Does it, if the asker may.
    pub(super) fn answer(&self, world: &mut World, call: &Call) -> Answered {
        if let Some(needs) = &self.needs {
            world.permit(&call.who, &call.name(), needs)?;
        }
        (self.handler)(world, call)
    }
}

impl Call {
    /// The repository that it is about, `owner/name`.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.part("owner"), self.part("repo"))
    }

    /// A parameter of the path.
    pub(super) fn part(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A number in the path.
    pub(super) fn number(&self, name: &str) -> Result<u64, Answer> {
        self.part(name).parse().map_err(|_| Answer::not_found())
    }

    /// A parameter of the query.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A text of the body.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body[name].as_str()
    }

    /// The login of who asks.
    pub(super) fn by(&self) -> String {
        self.who.name()
    }
}
