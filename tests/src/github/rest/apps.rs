//! Apps, installations, their tokens, users, limits.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::Call;
use crate::github::answer::{Answer, Answered};
use crate::github::auth::{Who, bad_credentials};
use crate::github::model::{App, Installation, Level, Permissions, Token, TokenKind, World};
use crate::github::shapes::permissions_shape;

/// How long an installation's token works.
const TOKEN_LIFE: Duration = Duration::from_secs(3600);

fn app<'a>(world: &'a World, call: &Call) -> Result<&'a App, Answer> {
    let Who::App(id) = &call.who else {
        return Err(Answer::error(401, "A JSON web token could not be decoded"));
    };
    world.apps.iter().find(|app| app.id == *id).ok_or_else(bad_credentials)
}

pub(super) fn get_app(world: &mut World, call: &Call) -> Answered {
    let app = app(world, call)?;
    Ok(Answer::ok(world.app_shape(app)))
}

pub(super) fn get_installation(world: &mut World, call: &Call) -> Answered {
    let app = app(world, call)?;
    let name = call.name();
    let installation = world
        .installations
        .iter()
        .find(|one| one.app_id == app.id && one.repositories.contains(&name))
        .ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(world.installation_shape(app, installation)))
}

pub(super) fn create_token(world: &mut World, call: &Call) -> Answered {
    let app = app(world, call)?.clone();
    let id = call.number("installation_id")?;
    let installation = world
        .installations
        .iter()
        .find(|one| one.id == id && one.app_id == app.id)
        .ok_or_else(Answer::not_found)?
        .clone();
    if installation.suspended {
        return Err(Answer::error(403, "This installation has been suspended"));
    }
    let repositories = wanted_repositories(world, call, &installation)?;
    let permissions = wanted_permissions(call, &installation)?;
    let now = world.clock.now();
    let expires_at = now.checked_add(TOKEN_LIFE).unwrap_or(now);
    let secret = format!("ghs_{}{:016}", uuid::Uuid::new_v4().simple(), world.id());
    let mut shape = json!({
        "token": secret,
        "expires_at": expires_at.to_string(),
        "permissions": permissions_shape(&permissions),
        "repository_selection": "selected",
    });
    if call.body.get("repositories").or(call.body.get("repository_ids")).is_some() {
        let shapes: Vec<Value> = repositories
            .iter()
            .filter_map(|name| world.repositories.get(name))
            .map(|repository| world.repository_shape(repository))
            .collect();
        shape["repositories"] = json!(shapes);
    }
    let token = Token {
        login: format!("{}[bot]", app.slug),
        kind: TokenKind::Installation(id),
        repositories: Some(repositories),
        permissions: Some(permissions),
        expires_at: Some(expires_at),
    };
    world.tokens.insert(secret, token);
    Ok(Answer::created(shape))
}

fn wanted_repositories(
    world: &World,
    call: &Call,
    installation: &Installation,
) -> Result<BTreeSet<String>, Answer> {
    let refuse = || {
        Answer::error(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    };
    let mut wanted = BTreeSet::new();
    for name in call.body["repositories"].as_array().into_iter().flatten() {
        // Names here are without their owner; `owner/name` is no name.
        let name = name.as_str().ok_or_else(refuse)?;
        wanted.insert(format!("{}/{name}", installation.account));
    }
    for id in call.body["repository_ids"].as_array().into_iter().flatten() {
        let found = world.repositories.values().find(|one| json!(one.id) == *id);
        wanted.insert(found.ok_or_else(refuse)?.full_name());
    }
    if wanted.is_empty() {
        return Ok(installation.repositories.clone());
    }
    if wanted.is_subset(&installation.repositories) { Ok(wanted) } else { Err(refuse()) }
}

fn wanted_permissions(call: &Call, installation: &Installation) -> Result<Permissions, Answer> {
    let Some(wanted) = call.body["permissions"].as_object() else {
        return Ok(installation.permissions.clone());
    };
    let mut granted = Permissions::new();
    for (name, level) in wanted {
        let level = level.as_str().and_then(Level::parse);
        let level = level.filter(|level| {
            name == "metadata" || installation.permissions.get(name).is_some_and(|has| has >= level)
        });
        let level = level.ok_or_else(|| {
            Answer::error(422, "The permissions requested are not granted to this installation.")
        })?;
        granted.insert(name.clone(), level);
    }
    granted.insert("metadata".to_owned(), Level::Read);
    Ok(granted)
}

pub(super) fn get_self(world: &mut World, call: &Call) -> Answered {
    match &call.who {
        Who::Nobody => Err(Answer::error(401, "Requires authentication")),
        Who::App(_) => Err(bad_credentials()),
        Who::Token(Token { kind: TokenKind::Installation(_), .. }) => {
            Err(Answer::error(403, "Resource not accessible by integration"))
        }
        Who::Token(token) => Ok(Answer::ok(world.public_user_shape(&token.login))),
    }
}

pub(super) fn get_user(world: &mut World, call: &Call) -> Answered {
    let login = call.part("username");
    if !world.users.contains_key(login) {
        return Err(Answer::not_found());
    }
    Ok(Answer::ok(world.public_user_shape(login)))
}

pub(super) fn rate_limit(world: &mut World, call: &Call) -> Answered {
    let limit = world.rate_shape(&call.who);
    Ok(Answer::ok(json!({
        "rate": limit,
        "resources": { "core": limit, "search": limit, "graphql": limit },
    })))
}
