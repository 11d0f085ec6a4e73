//! The model in GitHub's shapes: users, repositories, commits, branches.

use serde_json::{Map, Value, json};

use super::git::{Commit, Signature};
use super::model::{App, Installation, Permissions, Repository, User, World};

/// Fills `{name}_url` for each name.
fn links(into: &mut Map<String, Value>, base: &str, names: &[(&str, &str)]) {
    for (name, path) in names {
        into.insert(format!("{name}_url"), Value::from(format!("{base}{path}")));
    }
}

/// An opaque id for GraphQL that tells what it names.
pub(super) fn node_id(kind: &str, id: u64) -> String {
    format!("{kind}_{id}")
}

impl World {
    /// The REST API's base address.
    pub fn api(&self) -> String {
        format!("{}/api/v3", self.url)
    }

    /// A user, who may be gone.
    pub fn user(&self, login: &str) -> User {
        let ghost = || User { id: 10137, login: "ghost".to_owned(), kind: "User" };
        self.users.get(login).cloned().unwrap_or_else(ghost)
    }

    /// The user whose address a commit carries.
    pub fn user_of(&self, who: &Signature) -> Option<&User> {
        self.users.values().find(|user| user.email() == who.email)
    }

    /// `simple-user`.
    pub fn user_shape(&self, login: &str) -> Value {
        let user = self.user(login);
        let base = format!("{}/users/{}", self.api(), user.login);
        let mut shape = Map::new();
        links(
            &mut shape,
            &base,
            &[
                ("followers", "/followers"),
                ("following", "/following{/other_user}"),
                ("gists", "/gists{/gist_id}"),
                ("starred", "/starred{/owner}{/repo}"),
                ("subscriptions", "/subscriptions"),
                ("organizations", "/orgs"),
                ("repos", "/repos"),
                ("events", "/events{/privacy}"),
                ("received_events", "/received_events"),
            ],
        );
        for (key, value) in [
            ("login", json!(user.login)),
            ("id", json!(user.id)),
            ("node_id", json!(node_id("U", user.id))),
            ("avatar_url", json!(format!("{}/avatars/u/{}", self.url, user.id))),
            ("gravatar_id", json!("")),
            ("url", json!(base)),
            ("html_url", json!(format!("{}/{}", self.url, user.login))),
            ("type", json!(user.kind)),
            ("site_admin", json!(false)),
        ] {
            shape.insert(key.to_owned(), value);
        }
        Value::Object(shape)
    }

    /// `public-user`.
    pub fn public_user_shape(&self, login: &str) -> Value {
        let mut shape = self.user_shape(login);
        for key in ["bio", "company", "email", "hireable", "location", "twitter_username"] {
            shape[key] = Value::Null;
        }
        for key in ["followers", "following", "public_gists", "public_repos"] {
            shape[key] = json!(0);
        }
        shape["blog"] = json!("");
        shape["name"] = json!(login);
        shape["created_at"] = json!("2020-01-01T00:00:00Z");
        shape["updated_at"] = json!("2020-01-01T00:00:00Z");
        shape
    }

    /// `repository`.
    pub fn repository_shape(&self, repository: &Repository) -> Value {
        let full = repository.full_name();
        let base = format!("{}/repos/{full}", self.api());
        let html = format!("{}/{full}", self.url);
        let open = repository.pulls.values().filter(|pull| pull.open).count();
        let mut shape = Map::new();
        links(&mut shape, &base, &REPOSITORY_LINKS);
        let facts = json!({
            "id": repository.id,
            "node_id": node_id("R", repository.id),
            "name": repository.name,
            "full_name": full,
            "owner": self.user_shape(&repository.owner),
            "private": repository.private,
            "visibility": if repository.private { "private" } else { "public" },
            "html_url": html,
            "description": null,
            "fork": false,
            "url": base,
            "clone_url": format!("{html}.git"),
            "git_url": format!("{}.git", html.replacen("http", "git", 1)),
            "ssh_url": format!("git@github.test:{full}.git"),
            "svn_url": html,
            "mirror_url": null,
            "homepage": null,
            "language": null,
            "license": null,
            "default_branch": repository.default_branch,
            "pushed_at": repository.pushed_at.to_string(),
            "created_at": repository.created_at.to_string(),
            "updated_at": repository.pushed_at.to_string(),
        });
        let counts = json!({
            "forks": 0, "forks_count": 0,
            "watchers": 0, "watchers_count": 0,
            "stargazers_count": 0, "size": 1,
            "open_issues": open, "open_issues_count": open,
            "has_issues": true, "has_projects": true, "has_wiki": true, "has_pages": false,
            "has_downloads": true, "has_discussions": false,
            "archived": repository.archived,
            "disabled": false,
            "is_template": false,
            "allow_forking": true,
            "web_commit_signoff_required": false,
            "topics": [],
            "custom_properties": {},
        });
        for values in [facts, counts] {
            shape.extend(values.as_object().cloned().unwrap_or_default());
        }
        Value::Object(shape)
    }

    /// What only somebody who may push sees of a repository.
    pub fn settings(&self, repository: &Repository, shape: &mut Value) {
        let may = |how| repository.merge_methods.contains(&how);
        shape["allow_merge_commit"] = json!(may(super::model::Merge::Merge));
        shape["allow_squash_merge"] = json!(may(super::model::Merge::Squash));
        shape["allow_rebase_merge"] = json!(may(super::model::Merge::Rebase));
        shape["allow_auto_merge"] = json!(repository.allow_auto_merge);
        shape["delete_branch_on_merge"] = json!(repository.delete_branch_on_merge);
    }

    /// `commit`, without its files.
    pub fn commit_shape(&self, repository: &Repository, commit: &Commit) -> Value {
        let base = format!("{}/repos/{}", self.api(), repository.full_name());
        let html = format!("{}/{}", self.url, repository.full_name());
        let user = |who: &Signature| self.user_of(who).map(|user| self.user_shape(&user.login));
        let signature = |who: &Signature| json!({ "name": who.name, "email": who.email, "date": who.at.to_string() });
        let verified = repository.verified.contains(&commit.sha);
        let sha = &commit.sha;
        json!({
            "sha": sha,
            "node_id": format!("C_{}_{sha}", repository.id),
            "url": format!("{base}/commits/{sha}"),
            "html_url": format!("{html}/commit/{sha}"),
            "comments_url": format!("{base}/commits/{sha}/comments"),
            "commit": {
                "url": format!("{base}/git/commits/{sha}"),
                "author": signature(&commit.author),
                "committer": signature(&commit.committer),
                "message": commit.message,
                "tree": { "sha": commit.tree, "url": format!("{base}/git/trees/{}", commit.tree) },
                "comment_count": 0,
                "verification": {
                    "verified": verified,
                    "reason": if verified { "valid" } else { "unsigned" },
                    "signature": verified.then_some("-----BEGIN PGP SIGNATURE-----"),
                    "payload": verified.then_some("tree"),
                    "verified_at": verified.then(|| commit.committer.at.to_string()),
                },
            },
            "author": user(&commit.author),
            "committer": user(&commit.committer),
            "parents": commit.parents.iter().map(|parent| json!({
                "sha": parent,
                "url": format!("{base}/commits/{parent}"),
                "html_url": format!("{html}/commit/{parent}"),
            })).collect::<Vec<_>>(),
        })
    }

    /// `integration`.
    pub fn app_shape(&self, app: &App) -> Value {
        json!({
            "id": app.id,
            "slug": app.slug,
            "node_id": node_id("A", app.id),
            "client_id": format!("Iv1.{:016x}", app.id),
            "owner": self.user_shape("octocat"),
            "name": app.slug,
            "description": null,
            "external_url": "https://example.com",
            "html_url": format!("{}/apps/{}", self.url, app.slug),
            "created_at": app.created_at.to_string(),
            "updated_at": app.created_at.to_string(),
            "permissions": permissions_shape(&app.permissions),
            "events": ["pull_request", "push"],
            "installations_count": self.installations.iter().filter(|i| i.app_id == app.id).count(),
        })
    }

    /// `installation`.
    pub fn installation_shape(&self, app: &App, installation: &Installation) -> Value {
        let at = app.created_at.to_string();
        let id = installation.id;
        let account = self.user(&installation.account);
        json!({
            "id": id,
            "account": self.user_shape(&installation.account),
            "repository_selection": "selected",
            "access_tokens_url": format!("{}/app/installations/{id}/access_tokens", self.api()),
            "repositories_url": format!("{}/installation/repositories", self.api()),
            "html_url": format!("{}/settings/installations/{id}", self.url),
            "app_id": app.id,
            "app_slug": app.slug,
            "target_id": account.id,
            "target_type": account.kind,
            "permissions": permissions_shape(&installation.permissions),
            "events": ["pull_request", "push"],
            "single_file_name": null,
            "created_at": at,
            "updated_at": at,
            "suspended_by": installation.suspended.then(|| self.user_shape("octocat")),
            "suspended_at": installation.suspended.then_some(at),
        })
    }
}

/// Permissions by GitHub's names.
pub(super) fn permissions_shape(permissions: &Permissions) -> Value {
    permissions.iter().map(|(name, level)| (name.clone(), Value::from(level.name()))).collect()
}

const REPOSITORY_LINKS: [(&str, &str); 36] = [
    ("archive", "/{archive_format}{/ref}"),
    ("assignees", "/assignees{/user}"),
    ("blobs", "/git/blobs{/sha}"),
    ("branches", "/branches{/branch}"),
    ("collaborators", "/collaborators{/collaborator}"),
    ("comments", "/comments{/number}"),
    ("commits", "/commits{/sha}"),
    ("compare", "/compare/{base}...{head}"),
    ("contents", "/contents/{+path}"),
    ("contributors", "/contributors"),
    ("deployments", "/deployments"),
    ("downloads", "/downloads"),
    ("events", "/events"),
    ("forks", "/forks"),
    ("git_commits", "/git/commits{/sha}"),
    ("git_refs", "/git/refs{/sha}"),
    ("git_tags", "/git/tags{/sha}"),
    ("hooks", "/hooks"),
    ("issue_comment", "/issues/comments{/number}"),
    ("issue_events", "/issues/events{/number}"),
    ("issues", "/issues{/number}"),
    ("keys", "/keys{/key_id}"),
    ("labels", "/labels{/name}"),
    ("languages", "/languages"),
    ("merges", "/merges"),
    ("milestones", "/milestones{/number}"),
    ("notifications", "/notifications{?since,all,participating}"),
    ("pulls", "/pulls{/number}"),
    ("releases", "/releases{/id}"),
    ("stargazers", "/stargazers"),
    ("statuses", "/statuses/{sha}"),
    ("subscribers", "/subscribers"),
    ("subscription", "/subscription"),
    ("tags", "/tags"),
    ("teams", "/teams"),
    ("trees", "/git/trees{/sha}"),
];
