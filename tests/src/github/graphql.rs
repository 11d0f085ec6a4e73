//! The GraphQL API: the few mutations and questions that REST does not have.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::auth::{Needs, Who};
use super::contract::graphql::{Asked, Operation, project};
use super::git::Edit;
use super::model::{AutoMerge, Level, Merge, PullRequest, Repository, Role, World};
use super::shapes::node_id;

const LOOK: Needs =
    Needs { permissions: &[("pull_requests", Level::Read)], role: Role::Read, strangers: true };
const PULLS: Needs =
    Needs { permissions: &[("pull_requests", Level::Write)], role: Role::Write, strangers: false };
const CONTENTS: Needs =
    Needs { permissions: &[("contents", Level::Write)], role: Role::Write, strangers: false };

/// An error in GitHub's GraphQL words: its type and its sentence.
#[derive(Debug)]
struct Problem(&'static str, String);

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Self("INTERNAL", format!("the fake: {error:#}"))
    }
}

impl From<Answer> for Problem {
    fn from(answer: Answer) -> Self {
        let kind = match answer.status {
            404 => "NOT_FOUND",
            403 => "FORBIDDEN",
            _ => "UNPROCESSABLE",
        };
        Self(
            kind,
            answer
                .body
                .and_then(|body| body["message"].as_str().map(str::to_owned))
                .unwrap_or_default(),
        )
    }
}

impl World {
    /// Answers a checked document.
    pub(super) fn graphql(&mut self, who: &Who, operation: &Operation) -> Answer {
        let (mut data, mut errors) = (Map::new(), Vec::new());
        for asked in &operation.selection {
            let result = if operation.mutation {
                self.mutate(who, asked)
            } else {
                self.question(who, asked)
            };
            let value = match result {
                Ok(value) => project(&value, &asked.selection),
                Err(Problem(kind, message)) => {
                    errors.push(json!({
                        "type": kind,
                        "path": [asked.key],
                        "locations": [{ "line": 1, "column": 1 }],
                        "message": message,
                    }));
                    Value::Null
                }
            };
            data.insert(asked.key.clone(), value);
        }
        let mut body = json!({ "data": data });
        if !errors.is_empty() {
            body["errors"] = json!(errors);
        }
        Answer::ok(body)
    }

    fn question(&mut self, who: &Who, asked: &Asked) -> Result<Value, Problem> {
        let text = |name: &str| asked.arguments[name].as_str().unwrap_or_default().to_owned();
        match asked.name.as_str() {
            "viewer" => {
                let login = who.name();
                let user = self.user(&login);
                Ok(json!({ "__typename": "User", "login": login, "id": node_id("U", user.id) }))
            }
            "rateLimit" => {
                let rate = self.rate_shape(who);
                let reset = jiff::Timestamp::from_second(rate["reset"].as_i64().unwrap_or(0));
                Ok(json!({
                    "cost": 1, "limit": rate["limit"], "used": rate["used"],
                    "remaining": rate["remaining"],
                    "resetAt": reset.map(|at| at.to_string()).unwrap_or_default(),
                }))
            }
            "node" => {
                let (name, number) = self.locate(&text("id"))?;
                self.permit(who, &name, &LOOK)?;
                self.pull_value(&name, number)
            }
            "repository" => {
                let name = format!("{}/{}", text("owner"), text("name"));
                let missing = || {
                    let words =
                        format!("Could not resolve to a Repository with the name '{name}'.");
                    Problem("NOT_FOUND", words)
                };
                self.permit(who, &name, &LOOK).map_err(|_| missing())?;
                self.repository_value(&name, asked)
            }
            other => Err(Problem("INTERNAL", format!("the fake does not answer `{other}`"))),
        }
    }

    fn repository_value(&mut self, name: &str, asked: &Asked) -> Result<Value, Problem> {
        let repository = self.repository(name)?;
        let mut value = json!({
            "__typename": "Repository",
            "id": node_id("R", repository.id),
            "nameWithOwner": name,
            "autoMergeAllowed": repository.allow_auto_merge,
            "viewerPermission": null,
        });
        for field in asked.selection.iter().filter(|field| field.name == "pullRequest") {
            let number = field.arguments["number"].as_u64().unwrap_or_default();
            if !self.repository(name)?.pulls.contains_key(&number) {
                return Err(Problem(
                    "NOT_FOUND",
                    format!("Could not resolve to a PullRequest with the number of {number}."),
                ));
            }
            value["pullRequest"] = self.pull_value(name, number)?;
        }
        Ok(value)
    }

    /// The pull request that an opaque id names.
    fn locate(&self, id: &str) -> Result<(String, u64), Problem> {
        let found = self.repositories.iter().find_map(|(name, repository)| {
            let pull = repository.pulls.values().find(|pull| node_id("PR", pull.id) == id)?;
            Some((name.clone(), pull.number))
        });
        found.ok_or_else(|| {
            let words = format!("Could not resolve to a node with the global id of '{id}'");
            Problem("NOT_FOUND", words)
        })
    }

    fn pull_value(&mut self, name: &str, number: u64) -> Result<Value, Problem> {
        let pull = self.pull_mut(name, number)?;
        let now = Some((pull.head_sha.clone(), pull.base_sha.clone()));
        let known = pull.asked == now && pull.open;
        pull.asked = now;
        let repository = self.repository(name)?;
        let pull = repository.pulls.get(&number).ok_or_else(Answer::not_found)?;
        let state = repository.mergeable(pull);
        Ok(json!({
            "__typename": "PullRequest",
            "id": node_id("PR", pull.id),
            "number": pull.number,
            "title": pull.title,
            "state": match (&pull.merged, pull.open) {
                (Some(_), _) => "MERGED",
                (None, true) => "OPEN",
                (None, false) => "CLOSED",
            },
            "closed": !pull.open,
            "isDraft": pull.draft,
            "merged": pull.merged.is_some(),
            "mergeable": match (known, state) {
                (false, _) => "UNKNOWN",
                (true, "dirty") => "CONFLICTING",
                (true, _) => "MERGEABLE",
            },
            "mergeStateStatus": if known { state.to_ascii_uppercase() } else { "UNKNOWN".into() },
            "reviewDecision": repository.review_decision(pull),
            "headRefOid": pull.head_sha,
            "headRefName": pull.head,
            "baseRefName": pull.base,
            "url": format!("{}/{name}/pull/{number}", self.url),
            "viewerCanEnableAutoMerge": auto_merge_refusal(repository, pull).is_none(),
            "autoMergeRequest": pull.auto_merge.as_ref().map(|auto| json!({
                "enabledAt": auto.at.to_string(),
                "mergeMethod": auto.how.name().to_ascii_uppercase(),
            })),
        }))
    }

    fn mutate(&mut self, who: &Who, asked: &Asked) -> Result<Value, Problem> {
        let input = &asked.arguments["input"];
        if asked.name == "createCommitOnBranch" {
            return self.create_commit(who, input);
        }
        let (name, number) = self.locate(input["pullRequestId"].as_str().unwrap_or_default())?;
        self.permit(who, &name, &PULLS)?;
        let by = who.name();
        match asked.name.as_str() {
            "markPullRequestReadyForReview" => self.set_draft(&name, number, &by, false)?,
            "convertPullRequestToDraft" => self.set_draft(&name, number, &by, true)?,
            "enablePullRequestAutoMerge" => {
                self.permit(who, &name, &CONTENTS)?;
                self.enable_auto_merge(&name, number, &by, input)?;
            }
            "disablePullRequestAutoMerge" => {
                let pull = self.pull_mut(&name, number)?;
                if pull.auto_merge.take().is_none() {
                    let words = "Can't disable auto-merge for this pull request.";
                    return Err(Problem("UNPROCESSABLE", words.to_owned()));
                }
                self.tell_pull(
                    &name,
                    number,
                    "auto_merge_disabled",
                    &by,
                    &json!({ "reason": "" }),
                )?;
            }
            other => return Err(Problem("INTERNAL", format!("the fake cannot `{other}`"))),
        }
        let pull = self.pull_value(&name, number)?;
        Ok(json!({ "pullRequest": pull, "clientMutationId": input["clientMutationId"] }))
    }

    fn enable_auto_merge(
        &mut self,
        name: &str,
        number: u64,
        by: &str,
        input: &Value,
    ) -> Result<(), Problem> {
        let repository = self.repository(name)?;
        let pull = repository.pulls.get(&number).ok_or_else(Answer::not_found)?;
        if let Some(words) = auto_merge_refusal(repository, pull) {
            return Err(Problem("UNPROCESSABLE", format!("Pull request {words}")));
        }
        let expected = input["expectedHeadOid"].as_str();
        if expected.is_some_and(|expected| expected != pull.head_sha) {
            let words =
                format!("Expected head sha {} does not match.", expected.unwrap_or_default());
            return Err(Problem("UNPROCESSABLE", words));
        }
        let how = input["mergeMethod"].as_str().and_then(Merge::parse).unwrap_or(Merge::Merge);
        if !repository.merge_methods.contains(&how) {
            let words =
                format!("Merge method {} merging is not allowed on this repository", how.name());
            return Err(Problem("UNPROCESSABLE", words));
        }
        let auto = AutoMerge {
            by: by.to_owned(),
            how,
            title: input["commitHeadline"].as_str().map(str::to_owned),
            message: input["commitBody"].as_str().map(str::to_owned),
            at: self.clock.now(),
        };
        self.pull_mut(name, number)?.auto_merge = Some(auto);
        Ok(self.tell_pull(name, number, "auto_merge_enabled", by, &json!({ "reason": "" }))?)
    }

    /// A commit that GitHub makes and signs, if the branch is where the caller thinks it is.
    fn create_commit(&mut self, who: &Who, input: &Value) -> Result<Value, Problem> {
        let name = input["branch"]["repositoryNameWithOwner"].as_str().unwrap_or_default();
        let branch = input["branch"]["branchName"].as_str().unwrap_or_default();
        self.permit(who, name, &CONTENTS)?;
        let repository = self.repository(name)?;
        let missing = || {
            let words = format!("A ref named \"{branch}\" does not exist in the repository.");
            Problem("NOT_FOUND", words)
        };
        let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
        let head = repository.git.head(branch).ok_or_else(missing)?;
        if repository.protections.contains_key(branch) {
            return Err(Problem(
                "UNPROCESSABLE",
                "Changes must be made through a pull request.".into(),
            ));
        }
        if input["expectedHeadOid"] != head.as_str() {
            return Err(Problem(
                "STALE_DATA",
                format!(
                    "Expected branch to point to \"{head}\" but it points to {}. Pull and try again.",
                    input["expectedHeadOid"]
                ),
            ));
        }
        let edits = edits(&input["fileChanges"])?;
        let tree = repository.git.edit(Some(&head), &edits)?;
        let body = input["message"]["body"].as_str().filter(|body| !body.is_empty());
        let headline = input["message"]["headline"].as_str().unwrap_or_default();
        let message = match body {
            Some(body) => format!("{headline}\n\n{body}"),
            None => headline.to_owned(),
        };
        let (author, by) = (self.signature(&who.name()), who.name());
        let sha =
            self.repository(name)?.git.make_commit(&tree, &[&head], &author, &author, &message)?;
        self.repository_mut(name)?.verified.insert(sha.clone());
        self.move_branch(name, &by, branch, &sha)?;
        Ok(json!({
            "clientMutationId": input["clientMutationId"],
            "commit": {
                "__typename": "Commit",
                "id": format!("C_{sha}"),
                "oid": sha,
                "url": format!("{}/{name}/commit/{sha}", self.url),
                "signature": { "isValid": true, "state": "VALID" },
            },
            "ref": { "__typename": "Ref", "id": format!("REF_{branch}"), "name": branch },
        }))
    }
}

fn edits(changes: &Value) -> Result<Vec<Edit>, Problem> {
    let path = |item: &Value| item["path"].as_str().unwrap_or_default().to_owned();
    let mut edits = Vec::new();
    for item in changes["additions"].as_array().into_iter().flatten() {
        let content = STANDARD.decode(item["contents"].as_str().unwrap_or_default());
        let content = content.map_err(|_| {
            Problem("UNPROCESSABLE", format!("Contents of {} are not Base64.", path(item)))
        })?;
        edits.push(Edit::Write(path(item), content));
    }
    edits.extend(
        changes["deletions"].as_array().into_iter().flatten().map(|item| Edit::Delete(path(item))),
    );
    Ok(edits)
}

/// GitHub's words when auto-merge cannot be enabled.
fn auto_merge_refusal(repository: &Repository, pull: &PullRequest) -> Option<String> {
    if !repository.allow_auto_merge {
        return Some("Auto merge is not allowed for this repository".to_owned());
    }
    if !pull.open {
        return Some("Pull request is closed".to_owned());
    }
    let state = repository.mergeable(pull);
    matches!(state, "clean" | "unstable" | "draft" | "dirty")
        .then(|| format!("Pull request is in {state} status"))
}
