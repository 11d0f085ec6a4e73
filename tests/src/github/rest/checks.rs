//! Check runs and commit statuses.

use serde_json::{Value, json};

use super::Call;
use crate::github::answer::{Answer, Answered};
use crate::github::model::World;

/// The commit of `{ref}`, which may be a branch.
fn commit(world: &World, call: &Call) -> Result<String, Answer> {
    let reference = call.part("ref");
    let git = &world.repository(&call.name())?.git;
    let branch = reference.strip_prefix("heads/").unwrap_or(reference);
    git.head(branch)
        .or_else(|| git.resolve(reference))
        .ok_or_else(|| Answer::error(422, &format!("No commit found for SHA: {reference}")))
}

pub(super) fn list(world: &mut World, call: &Call) -> Answered {
    let sha = commit(world, call)?;
    let repository = world.repository(&call.name())?;
    let latest = call.asked("filter") != Some("all");
    let runs = repository.check_runs.iter().filter(|run| run.sha == sha);
    let runs = runs.filter(|run| call.asked("check_name").is_none_or(|name| run.name == name));
    let runs = runs.filter(|run| {
        let state = if run.conclusion.is_some() { "completed" } else { "in_progress" };
        call.asked("status").is_none_or(|wanted| wanted == state)
    });
    let runs: Vec<_> = runs.collect();
    let newest = |id: u64, name: &str| {
        runs.iter().filter(|run| run.name == name).map(|run| run.id).max() == Some(id)
    };
    let shapes: Vec<Value> = runs
        .iter()
        .filter(|run| !latest || newest(run.id, &run.name))
        .map(|run| world.check_run_shape(repository, run))
        .collect();
    Ok(Answer::ok(json!({ "total_count": shapes.len(), "check_runs": shapes })))
}

pub(super) fn create(world: &mut World, call: &Call) -> Answered {
    let name = call.name();
    let sha = call.text("head_sha").unwrap_or_default();
    if world.repository(&name)?.git.resolve(sha).is_none() {
        return Err(Answer::error(422, &format!("No commit found for SHA: {sha}")));
    }
    let output = &call.body["output"];
    let output = output["title"].as_str().zip(output["summary"].as_str());
    let output = output.map(|(title, summary)| (title.to_owned(), summary.to_owned()));
    let check = call.text("name").unwrap_or_default();
    let id = world.set_check(&name, sha, check, call.text("conclusion"), output)?;
    let repository = world.repository(&name)?;
    let run = repository.check_runs.iter().find(|run| run.id == id);
    Ok(Answer::created(json!(run.map(|run| world.check_run_shape(repository, run)))))
}

pub(super) fn combined(world: &mut World, call: &Call) -> Answered {
    let sha = commit(world, call)?;
    let repository = world.repository(&call.name())?;
    let mut newest = std::collections::BTreeMap::new();
    for status in repository.statuses.iter().filter(|status| status.sha == sha) {
        newest.insert(&status.context, status);
    }
    let any = |wanted: &[&str]| newest.values().any(|one| wanted.contains(&one.state.as_str()));
    // No status at all is `pending`, a trap for who reads this alone.
    let state = if any(&["failure", "error"]) {
        "failure"
    } else if newest.is_empty() || any(&["pending"]) {
        "pending"
    } else {
        "success"
    };
    let shapes: Vec<Value> =
        newest.values().map(|status| world.status_shape(repository, status)).collect();
    let url = format!("{}/repos/{}/commits/{sha}", world.api(), call.name());
    Ok(Answer::ok(json!({
        "state": state,
        "statuses": shapes,
        "sha": sha,
        "total_count": shapes.len(),
        "repository": world.repository_shape(repository),
        "commit_url": url,
        "url": format!("{url}/status"),
    })))
}

pub(super) fn create_status(world: &mut World, call: &Call) -> Answered {
    let name = call.name();
    let sha = call.part("sha").to_owned();
    if world.repository(&name)?.git.resolve(&sha).is_none() {
        return Err(Answer::error(422, &format!("No commit found for SHA: {sha}")));
    }
    let context = call.text("context").unwrap_or("default");
    let state = call.text("state").unwrap_or_default();
    let id = world.set_status(&name, &call.by(), &sha, context, state, call.text("description"))?;
    let repository = world.repository(&name)?;
    let status = repository.statuses.iter().find(|status| status.id == id);
    let mut shape = json!(status.map(|status| world.status_shape(repository, status)));
    shape["creator"] = world.user_shape(&call.by());
    Ok(Answer::created(shape))
}
