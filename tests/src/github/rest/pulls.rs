//! Pull requests: create, list, read, change, review, merge.

use serde_json::{Value, json};

use super::Call;
use super::comments::LONGEST;
use super::repositories::file_shapes;
use crate::github::answer::{Answer, Answered};
use crate::github::model::{Merge, Opinion, PullRequest, Repository, Role, World};
use crate::github::pulls::Words;

fn find<'a>(world: &'a World, call: &Call) -> Result<(&'a Repository, &'a PullRequest), Answer> {
    let number = call.number("pull_number")?;
    let repository = world.repository(&call.name())?;
    let pull = repository.pulls.get(&number).ok_or_else(Answer::not_found)?;
    Ok((repository, pull))
}

/// The branch of `owner:branch` or `branch`, if it can be one of this repository's.
fn own_branch<'a>(repository: &Repository, head: &'a str) -> Option<&'a str> {
    match head.split_once(':') {
        None => Some(head),
        Some((owner, branch)) => (owner == repository.owner).then_some(branch),
    }
}

pub(super) fn create(world: &mut World, call: &Call) -> Answered {
    let (name, by) = (call.name(), call.by());
    let repository = world.repository(&name)?;
    let title = call.text("title").unwrap_or_default();
    if title.trim().is_empty() {
        return Err(Answer::invalid_field("PullRequest", "title", "missing_field"));
    }
    check_body(call)?;
    let given = call.text("head").unwrap_or_default();
    let head = own_branch(repository, given);
    let head = head.and_then(|head| Some((head, repository.git.head(head)?)));
    let (head, head_sha) =
        head.ok_or_else(|| Answer::invalid_field("PullRequest", "head", "invalid"))?;
    let base = call.text("base").unwrap_or_default();
    let base_sha = repository.git.head(base);
    let base_sha =
        base_sha.ok_or_else(|| Answer::invalid_field("PullRequest", "base", "invalid"))?;
    let mut open = repository.pulls.values().filter(|pull| pull.open);
    if open.any(|pull| pull.head == head && pull.base == base) {
        let words = format!("A pull request already exists for {}:{head}.", repository.owner);
        return Err(Answer::custom("PullRequest", &words));
    }
    if repository.git.between(&base_sha, &head_sha)?.is_empty() {
        let words = format!("No commits between {base} and {head}");
        return Err(Answer::custom("PullRequest", &words));
    }
    let now = world.clock.now();
    let pull = PullRequest {
        id: 0,
        number: repository.pulls.keys().max().unwrap_or(&0) + 1,
        author: by.clone(),
        title: title.to_owned(),
        body: call.text("body").map(str::to_owned),
        head: head.to_owned(),
        head_sha,
        base: base.to_owned(),
        base_sha,
        open: true,
        draft: call.body["draft"] == true,
        merged: None,
        closed: None,
        auto_merge: None,
        labels: Vec::new(),
        reviewers: Vec::new(),
        reviews: Vec::new(),
        asked: None,
        head_lost: None,
        created_at: now,
        updated_at: now,
    };
    let number = world.open(&name, pull)?;
    let repository = world.repository(&name)?;
    let pull = repository.pulls.get(&number).ok_or_else(Answer::not_found)?;
    Ok(Answer::created(world.full_pull_shape(repository, pull, false)))
}

fn check_body(call: &Call) -> Result<(), Answer> {
    if call.text("body").is_some_and(|body| body.chars().count() > LONGEST) {
        return Err(Answer::invalid(json!([{
            "resource": "PullRequest", "code": "custom", "field": "body",
            "message": "body is too long (maximum is 65536 characters)",
        }])));
    }
    Ok(())
}

impl World {
    /// Opens a pull request and returns its number.
    pub(crate) fn open(&mut self, name: &str, mut pull: PullRequest) -> anyhow::Result<u64> {
        pull.id = self.id();
        let (number, by, sha) = (pull.number, pull.author.clone(), pull.head_sha.clone());
        let repository = self.repository_mut(name)?;
        repository.git.point(&format!("refs/pull/{number}/head"), &sha)?;
        repository.pulls.insert(number, pull);
        self.tell_pull(name, number, "opened", &by, &json!({}))?;
        Ok(number)
    }
}

pub(super) fn list(world: &mut World, call: &Call) -> Answered {
    let repository = world.repository(&call.name())?;
    let state = call.asked("state").unwrap_or("open");
    // GitHub leaves a head without `owner:` out of account, a trap.
    let head = call.asked("head").filter(|head| head.contains(':'));
    let wanted = |pull: &&PullRequest| {
        let state = state == "all" || pull.open == (state == "open");
        let head = head.is_none_or(|head| own_branch(repository, head) == Some(&pull.head));
        state && head && call.asked("base").is_none_or(|base| base == pull.base)
    };
    let mut pulls: Vec<&PullRequest> = repository.pulls.values().filter(wanted).collect();
    match call.asked("sort").unwrap_or("created") {
        "updated" => pulls.sort_by_key(|pull| pull.updated_at),
        _ => pulls.sort_by_key(|pull| pull.number),
    }
    let ascending = call.asked("direction").or(call.asked("sort").and(Some("asc")));
    if ascending != Some("asc") {
        pulls.reverse();
    }
    Ok(Answer::ok(pulls.into_iter().map(|pull| world.pull_shape(repository, pull)).collect()))
}

/// The first question after a head or base moved starts the test merge; the next has its result.
pub(super) fn get(world: &mut World, call: &Call) -> Answered {
    let (number, name) = (find(world, call)?.1.number, call.name());
    let pull = world.pull_mut(&name, number)?;
    let now = Some((pull.head_sha.clone(), pull.base_sha.clone()));
    let computed = pull.asked == now;
    pull.asked = now;
    let (repository, pull) = find(world, call)?;
    Ok(Answer::ok(world.full_pull_shape(repository, pull, computed)))
}

pub(super) fn update(world: &mut World, call: &Call) -> Answered {
    let (number, name, by) = (find(world, call)?.1.number, call.name(), call.by());
    let (_, pull) = find(world, call)?;
    check_body(call)?;
    if call.body["title"].as_str().is_some_and(|title| title.trim().is_empty()) {
        return Err(Answer::invalid_field("PullRequest", "title", "missing_field"));
    }
    if call.text("state") == Some("open") && !pull.open {
        reopen(world, call, &name, number)?;
    }
    let base = call.text("base").map(str::to_owned);
    let now = world.clock.now();
    let base_sha = base.as_ref().map(|base| {
        let sha = world.repository(&name).ok().and_then(|repository| repository.git.head(base));
        sha.ok_or_else(|| Answer::invalid_field("PullRequest", "base", "invalid"))
    });
    let base = base.zip(base_sha.transpose()?);
    let pull = world.pull_mut(&name, number)?;
    let mut changes = json!({});
    if let Some(title) = call.text("title").filter(|title| *title != pull.title) {
        changes["title"] = json!({ "from": std::mem::replace(&mut pull.title, title.to_owned()) });
    }
    if let Some(body) = call.text("body").filter(|body| Some(*body) != pull.body.as_deref()) {
        changes["body"] = json!({ "from": pull.body.replace(body.to_owned()).unwrap_or_default() });
    }
    if let Some((base, sha)) = base.filter(|(base, _)| *base != pull.base) {
        changes["base"] = json!({ "ref": { "from": pull.base } });
        (pull.base, pull.base_sha) = (base, sha);
    }
    if changes.as_object().is_some_and(|changes| !changes.is_empty()) {
        pull.updated_at = now;
        world.tell_pull(&name, number, "edited", &by, &json!({ "changes": changes }))?;
    }
    if call.text("state") == Some("closed") {
        world.close(&name, number, &by)?;
    }
    let (repository, pull) = find(world, call)?;
    Ok(Answer::ok(world.full_pull_shape(repository, pull, false)))
}

fn reopen(world: &mut World, call: &Call, name: &str, number: u64) -> Result<(), Answer> {
    let (repository, pull) = find(world, call)?;
    let refuse = |words: String| {
        Err(Answer::invalid(json!([{
            "resource": "PullRequest", "code": "invalid", "field": "state", "message": words,
        }])))
    };
    if pull.merged.is_some() {
        return refuse("state cannot be changed. The pull request cannot be reopened.".to_owned());
    }
    if let Some(why) = pull.head_lost {
        return refuse(format!("state cannot be changed. The {} branch {why}.", pull.head));
    }
    let mut others = repository.pulls.values().filter(|other| other.open);
    if others.any(|other| other.head == pull.head && other.base == pull.base) {
        return refuse(
            "state cannot be changed. There is already an open pull request.".to_owned(),
        );
    }
    let now = world.clock.now();
    let head = repository.git.head(&pull.head);
    let base = repository.git.head(&pull.base);
    let pull = world.pull_mut(name, number)?;
    pull.open = true;
    pull.closed = None;
    pull.updated_at = now;
    if let Some((head, base)) = head.zip(base) {
        (pull.head_sha, pull.base_sha) = (head, base);
    }
    Ok(world.tell_pull(name, number, "reopened", &call.by(), &json!({}))?)
}

pub(super) fn merge(world: &mut World, call: &Call) -> Answered {
    let number = find(world, call)?.1.number;
    let how = call.text("merge_method").and_then(Merge::parse).unwrap_or(Merge::Merge);
    let words = Words {
        title: call.text("commit_title").map(str::to_owned),
        message: call.text("commit_message").map(str::to_owned),
    };
    let sha = world.merge(&call.name(), number, &call.by(), how, &words, call.text("sha"))?;
    let message = "Pull Request successfully merged";
    Ok(Answer::ok(json!({ "sha": sha, "merged": true, "message": message })))
}

pub(super) fn commits(world: &mut World, call: &Call) -> Answered {
    let (repository, pull) = find(world, call)?;
    let mut shapes = Vec::new();
    for sha in repository.git.between(&pull.base_sha, &pull.head_sha)? {
        shapes.push(world.commit_shape(repository, &repository.git.commit(&sha)?));
    }
    Ok(Answer::ok(json!(shapes)))
}

pub(super) fn files(world: &mut World, call: &Call) -> Answered {
    let (repository, pull) = find(world, call)?;
    let files = file_shapes(world, repository, &pull.head_sha, repository.files(pull)?);
    Ok(Answer::ok(json!(files)))
}

pub(super) fn reviews(world: &mut World, call: &Call) -> Answered {
    let (repository, pull) = find(world, call)?;
    let shape = |review| world.review_shape(repository, pull, review);
    Ok(Answer::ok(pull.reviews.iter().map(shape).collect()))
}

pub(super) fn review(world: &mut World, call: &Call) -> Answered {
    let (_, pull) = find(world, call)?;
    let (number, name, by) = (pull.number, call.name(), call.by());
    let opinion = match call.text("event") {
        Some("APPROVE") => Opinion::Approve,
        Some("REQUEST_CHANGES") => Opinion::RequestChanges,
        _ => Opinion::Comment,
    };
    if pull.author == by && opinion != Opinion::Comment {
        let deed = if opinion == Opinion::Approve { "approve" } else { "request changes on" };
        let mut answer = Answer::error(422, "Unprocessable Entity");
        if let Some(body) = &mut answer.body {
            body["errors"] = json!([format!("Can not {deed} your own pull request")]);
        }
        return Err(answer);
    }
    let id =
        world.add_review(&name, number, &by, opinion, call.text("body").unwrap_or_default())?;
    let (repository, pull) = find(world, call)?;
    let review = pull.reviews.iter().find(|review| review.id == id);
    Ok(Answer::ok(json!(review.map(|review| world.review_shape(repository, pull, review)))))
}

pub(super) fn request_reviewers(world: &mut World, call: &Call) -> Answered {
    let (repository, pull) = find(world, call)?;
    let (number, name, by) = (pull.number, call.name(), call.by());
    let wanted = call.body["reviewers"].as_array().into_iter().flatten();
    let wanted: Vec<String> = wanted.filter_map(Value::as_str).map(str::to_owned).collect();
    if wanted.contains(&pull.author) {
        let words = "Review cannot be requested from pull request author.";
        return Err(Answer::error(422, words));
    }
    let collaborates = |login: &String| {
        *login == repository.owner
            || repository.collaborators.get(login).is_some_and(|role| *role >= Role::Read)
    };
    let teams = call.body["team_reviewers"].as_array().is_some_and(|teams| !teams.is_empty());
    if teams || !wanted.iter().all(collaborates) {
        return Err(Answer::error(
            422,
            &format!(
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the {name} repository."
            ),
        ));
    }
    for login in wanted {
        let pull = world.pull_mut(&name, number)?;
        if pull.reviewers.contains(&login) {
            continue;
        }
        pull.reviewers.push(login.clone());
        let more = json!({ "requested_reviewer": world.user_shape(&login) });
        world.tell_pull(&name, number, "review_requested", &by, &more)?;
    }
    let (repository, pull) = find(world, call)?;
    Ok(Answer::created(world.pull_shape(repository, pull)))
}
