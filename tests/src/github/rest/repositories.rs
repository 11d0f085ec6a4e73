//! Repositories, references, commits, branches, contents, people's permissions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Call;
use crate::github::answer::{Answer, Answered};
use crate::github::auth::Who;
use crate::github::model::{Repository, Role, World};

pub(super) fn get(world: &mut World, call: &Call) -> Answered {
    let repository = world.repository(&call.name())?;
    let mut shape = world.repository_shape(repository);
    shape["network_count"] = json!(0);
    shape["subscribers_count"] = json!(0);
    if let Who::Token(token) = &call.who {
        let role = crate::github::auth::effective_role(repository, token);
        let has = |wanted: Role| role.is_some_and(|role| role >= wanted);
        shape["permissions"] = json!({
            "admin": has(Role::Admin),
            "maintain": has(Role::Maintain),
            "push": has(Role::Write),
            "triage": has(Role::Triage),
            "pull": has(Role::Read),
        });
        if has(Role::Write) {
            world.settings(repository, &mut shape);
        }
    }
    Ok(Answer::ok(shape))
}

/// A user's permission; somebody GitHub does not know is 404, a stranger has `none` or `read`.
pub(super) fn permission(world: &mut World, call: &Call) -> Answered {
    let login = call.part("username");
    if !world.users.contains_key(login) {
        return Err(Answer::not_found());
    }
    let role = world.repository(&call.name())?.role(login);
    Ok(Answer::ok(json!({
        "permission": role.map_or("none", Role::permission),
        "role_name": role.map_or("none", Role::name),
        "user": role.map(|role| {
            let mut user = world.user_shape(login);
            user["role_name"] = json!(role.name());
            user
        }),
    })))
}

fn ref_shape(world: &World, repository: &Repository, name: &str, sha: &str) -> Value {
    let base = format!("{}/repos/{}", world.api(), repository.full_name());
    json!({
        "ref": format!("refs/heads/{name}"),
        "node_id": format!("REF_{}_{name}", repository.id),
        "url": format!("{base}/git/refs/heads/{name}"),
        "object": { "type": "commit", "sha": sha, "url": format!("{base}/git/commits/{sha}") },
    })
}

pub(super) fn get_ref(world: &mut World, call: &Call) -> Answered {
    let repository = world.repository(&call.name())?;
    let branch = call.part("ref").strip_prefix("heads/").ok_or_else(Answer::not_found)?;
    let sha = repository.git.head(branch).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(ref_shape(world, repository, branch, &sha)))
}

pub(super) fn create_ref(world: &mut World, call: &Call) -> Answered {
    let name = call.name();
    let (reference, sha) = (
        call.text("ref").unwrap_or_default().to_owned(),
        call.text("sha").unwrap_or_default().to_owned(),
    );
    let Some(branch) = reference.strip_prefix("refs/heads/") else {
        return Err(Answer::error(422, "Reference name must start with 'refs/'"));
    };
    let git = &world.repository(&name)?.git;
    if git.head(branch).is_some() {
        return Err(Answer::error(422, "Reference already exists"));
    }
    if git.resolve(&sha).is_none() {
        return Err(Answer::error(422, "Object does not exist"));
    }
    world.move_branch(&name, &call.by(), branch, &sha)?;
    Ok(Answer::created(ref_shape(world, world.repository(&name)?, branch, &sha)))
}

pub(super) fn delete_ref(world: &mut World, call: &Call) -> Answered {
    let name = call.name();
    let repository = world.repository(&name)?;
    let missing = || Answer::error(422, "Reference does not exist");
    let branch = call.part("ref").strip_prefix("heads/").ok_or_else(missing)?;
    repository.git.head(branch).ok_or_else(missing)?;
    if branch == repository.default_branch {
        return Err(Answer::error(422, "Cannot delete the default branch"));
    }
    if repository.protections.contains_key(branch) {
        return Err(Answer::error(422, "Cannot delete this protected branch"));
    }
    world.delete_branch(&name, &call.by(), branch)?;
    Ok(Answer::empty())
}

pub(super) fn get_branch(world: &mut World, call: &Call) -> Answered {
    let repository = world.repository(&call.name())?;
    let branch = call.part("branch");
    let sha = repository.git.head(branch).ok_or_else(|| Answer::error(404, "Branch not found"))?;
    let commit = repository.git.commit(&sha)?;
    let url = format!("{}/repos/{}/branches/{branch}", world.api(), call.name());
    let rules = repository.protections.get(branch);
    let contexts = rules.map(|rules| rules.required_checks.clone()).unwrap_or_default();
    let checks: Vec<Value> =
        contexts.iter().map(|context| json!({ "context": context, "app_id": null })).collect();
    Ok(Answer::ok(json!({
        "name": branch,
        "commit": world.commit_shape(repository, &commit),
        "_links": { "self": url, "html": format!("{}/{}/tree/{branch}", world.url, call.name()) },
        "protected": rules.is_some(),
        "protection": {
            "enabled": rules.is_some(),
            "required_status_checks": {
                "enforcement_level": if contexts.is_empty() { "off" } else { "non_admins" },
                "contexts": contexts,
                "checks": checks,
            },
        },
        "protection_url": format!("{url}/protection"),
    })))
}

pub(super) fn get_commit(world: &mut World, call: &Call) -> Answered {
    let repository = world.repository(&call.name())?;
    let (git, reference) = (&repository.git, call.part("ref"));
    let branch = reference.strip_prefix("heads/").unwrap_or(reference);
    let sha = git
        .head(branch)
        .or_else(|| git.resolve(reference))
        .ok_or_else(|| Answer::error(422, &format!("No commit found for SHA: {reference}")))?;
    let commit = git.commit(&sha)?;
    let mut shape = world.commit_shape(repository, &commit);
    let empty = git.run(&["hash-object", "-t", "tree", "/dev/null"])?;
    let base = commit.parents.first().cloned().unwrap_or(empty);
    let files = file_shapes(world, repository, &sha, repository.changes(&base, &sha)?);
    let sum = |key: &str| files.iter().filter_map(|file| file[key].as_u64()).sum::<u64>();
    let (additions, deletions) = (sum("additions"), sum("deletions"));
    let total = additions + deletions;
    shape["stats"] = json!({ "additions": additions, "deletions": deletions, "total": total });
    shape["files"] = json!(files);
    Ok(Answer::ok(shape))
}

/// Files with the addresses that they have at a commit.
pub(super) fn file_shapes(
    world: &World,
    repository: &Repository,
    sha: &str,
    mut files: Vec<Value>,
) -> Vec<Value> {
    let full = repository.full_name();
    for file in &mut files {
        let path = file["filename"].as_str().unwrap_or_default().to_owned();
        file["blob_url"] = json!(format!("{}/{full}/blob/{sha}/{path}", world.url));
        file["raw_url"] = json!(format!("{}/{full}/raw/{sha}/{path}", world.url));
        file["contents_url"] =
            json!(format!("{}/repos/{full}/contents/{path}?ref={sha}", world.api()));
    }
    files
}

pub(super) fn get_content(world: &mut World, call: &Call) -> Answered {
    let repository = world.repository(&call.name())?;
    let (git, path) = (&repository.git, call.part("path").trim_matches('/'));
    let reference = call.asked("ref").unwrap_or(&repository.default_branch);
    let sha = git
        .head(reference)
        .or_else(|| git.resolve(reference))
        .ok_or_else(|| Answer::error(404, &format!("No commit found for the ref {reference}")))?;
    let folder = git.run(&["ls-tree", "--long", &sha, &format!("{path}/")])?;
    let entry = git.run(&["ls-tree", "--long", &sha, "--", path])?;
    let shape = |line: &str| entry_shape(world, &call.name(), reference, line);
    if !folder.is_empty() {
        return Ok(Answer::ok(folder.lines().filter_map(shape).collect()));
    }
    let mut file = entry.lines().find_map(shape).ok_or_else(Answer::not_found)?;
    let content = STANDARD.encode(git.read(&sha, path).unwrap_or_default());
    let lines: Vec<String> = content
        .as_bytes()
        .chunks(60)
        .map(|chunk| format!("{}\n", String::from_utf8_lossy(chunk)))
        .collect();
    file["content"] = json!(lines.concat());
    file["encoding"] = json!("base64");
    Ok(Answer::ok(file))
}

/// An entry of `git ls-tree --long`.
fn entry_shape(world: &World, name: &str, reference: &str, line: &str) -> Option<Value> {
    let (facts, path) = line.split_once('\t')?;
    let facts: Vec<&str> = facts.split_whitespace().collect();
    let [_, kind, sha, size] = facts[..] else { return None };
    let file = kind == "blob";
    let url = format!("{}/repos/{name}/contents/{path}?ref={reference}", world.api());
    let html = format!("{}/{name}/blob/{reference}/{path}", world.url);
    let git_kind = if file { "blobs" } else { "trees" };
    let git = format!("{}/repos/{name}/git/{git_kind}/{sha}", world.api());
    Some(json!({
        "type": if file { "file" } else { "dir" },
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": sha,
        "size": size.parse::<u64>().unwrap_or_default(),
        "url": url,
        "git_url": git,
        "html_url": html,
        "download_url": file.then(|| format!("{}/{name}/raw/{reference}/{path}", world.url)),
        "_links": { "self": url, "git": git, "html": html },
    }))
}
