//! The conversation of a pull request: comments, labels, reactions.

use serde_json::{Value, json};

use super::Call;
use crate::github::answer::{Answer, Answered};
use crate::github::model::{Comment, Reaction, Repository, World};

/// The longest text that GitHub takes, in characters.
pub(super) const LONGEST: usize = 65_536;

fn text(call: &Call) -> Result<&str, Answer> {
    let body = call.text("body").unwrap_or_default();
    if body.trim().is_empty() {
        return Err(Answer::invalid(json!([{
            "resource": "IssueComment", "code": "unprocessable", "field": "data",
            "message": "Body cannot be blank",
        }])));
    }
    if body.chars().count() > LONGEST {
        return Err(Answer::invalid(json!([{
            "resource": "IssueComment", "code": "unprocessable", "field": "data",
            "message": "Body is too long (maximum is 65536 characters)",
        }])));
    }
    Ok(body)
}

fn comment(repository: &Repository, id: u64) -> Result<&Comment, Answer> {
    repository.comments.iter().find(|comment| comment.id == id).ok_or_else(Answer::not_found)
}

fn pull_number(world: &World, call: &Call) -> Result<u64, Answer> {
    let number = call.number("issue_number")?;
    let known = world.repository(&call.name())?.pulls.contains_key(&number);
    known.then_some(number).ok_or_else(Answer::not_found)
}

pub(super) fn list(world: &mut World, call: &Call) -> Answered {
    let number = pull_number(world, call)?;
    let repository = world.repository(&call.name())?;
    let since = call.asked("since").and_then(|since| since.parse().ok());
    let shapes: Vec<Value> = repository
        .comments
        .iter()
        .filter(|comment| comment.number == number)
        .filter(|comment| since.is_none_or(|since| comment.updated_at >= since))
        .map(|comment| world.comment_shape(repository, comment))
        .collect();
    Ok(Answer::ok(json!(shapes)))
}

pub(super) fn create(world: &mut World, call: &Call) -> Answered {
    let number = pull_number(world, call)?;
    let name = call.name();
    let id = world.add_comment(&name, number, &call.by(), text(call)?)?;
    let repository = world.repository(&name)?;
    Ok(Answer::created(world.comment_shape(repository, comment(repository, id)?)))
}

pub(super) fn update(world: &mut World, call: &Call) -> Answered {
    let (id, name) = (call.number("comment_id")?, call.name());
    comment(world.repository(&name)?, id)?;
    world.edit_comment(&name, id, &call.by(), text(call)?)?;
    let repository = world.repository(&name)?;
    Ok(Answer::ok(world.comment_shape(repository, comment(repository, id)?)))
}

/// A second equal reaction of the same user changes nothing, and is 200.
pub(super) fn react(world: &mut World, call: &Call) -> Answered {
    let (id, name, by) = (call.number("comment_id")?, call.name(), call.by());
    let content = call.text("content").unwrap_or_default();
    let known = comment(world.repository(&name)?, id)?.reactions.iter();
    let known = known.clone().find(|one| one.author == by && one.content == content);
    if let Some(known) = known {
        return Ok(Answer::ok(world.reaction_shape(known)));
    }
    let reaction =
        Reaction { id: world.id(), author: by, content: content.to_owned(), at: world.clock.now() };
    let shape = world.reaction_shape(&reaction);
    let comments = &mut world.repository_mut(&name)?.comments;
    if let Some(comment) = comments.iter_mut().find(|comment| comment.id == id) {
        comment.reactions.push(reaction);
    }
    Ok(Answer::created(shape))
}

/// Labels that the repository does not have are made.
pub(super) fn add_labels(world: &mut World, call: &Call) -> Answered {
    let (number, name, by) = (pull_number(world, call)?, call.name(), call.by());
    let list = call.body["labels"].as_array().or(call.body.as_array()).cloned();
    let labels = list.unwrap_or_default();
    let text = |label: &Value| label.as_str().or(label["name"].as_str()).map(str::to_owned);
    for label in labels.iter().filter_map(text) {
        let id = world.id();
        let repository = world.repository_mut(&name)?;
        repository.labels.entry(label.clone()).or_insert(id);
        let pull = world.pull_mut(&name, number)?;
        if pull.labels.contains(&label) {
            continue;
        }
        pull.labels.push(label.clone());
        let shape = world.label_shape(world.repository(&name)?, &label);
        world.tell_pull(&name, number, "labeled", &by, &json!({ "label": shape }))?;
    }
    let repository = world.repository(&name)?;
    let pull = repository.pulls.get(&number).ok_or_else(Answer::not_found)?;
    let shapes: Vec<Value> =
        pull.labels.iter().map(|label| world.label_shape(repository, label)).collect();
    Ok(Answer::ok(json!(shapes)))
}
