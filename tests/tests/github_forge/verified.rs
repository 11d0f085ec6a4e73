//! Commits that GitHub makes and signs.

use bugstack_agent::forge::{Forge, ForgeError, Push};
use bugstack_tests::github::GitHub;

use crate::{BRANCH, Means, Scene};

#[test]
fn github_makes_the_commit_and_the_branch_moves_once() {
    for means in [Means::App, Means::Token] {
        let github = GitHub::start().unwrap();
        let scene = Scene::with(&github, means, |config| config.verified_commits = true);
        let commit = scene.commit("two\n");
        let push = |commit: &str, expected: Option<&str>| {
            let push = Push { branch: BRANCH, commit, expected };
            scene.forge.push(&scene.project, &scene.mirror, &push)
        };
        let head = push(&commit, None).unwrap();
        assert_ne!(head, commit);
        assert_eq!(scene.repo.head(BRANCH).unwrap().as_ref(), Some(&head));
        assert_eq!(scene.repo.read(&head, "src/a.js").unwrap().as_deref(), Some("two\n"));
        scene.repo.set(|repository| assert!(repository.verified.contains(&head))).unwrap();
        let staging = format!("bugstack/staging-{}", &commit[..12]);
        assert_eq!(scene.repo.head(&staging).unwrap(), None);
        // Repeating it makes no second commit.
        assert_eq!(push(&commit, Some(&head)).unwrap(), head);
        assert_eq!(github.calls_of("graphql/createCommitOnBranch").len(), 1);
        // A new fix replaces it, and what somebody else pushed stays.
        let next = push(&scene.commit("three\n"), Some(&head)).unwrap();
        let theirs = scene.repo.push("kim", BRANCH, &[("b.js", "b\n")], "Help").unwrap();
        let error = push(&commit, Some(&next)).unwrap_err();
        assert!(matches!(error, ForgeError::Moved { .. }), "{error}");
        assert_eq!(scene.repo.head(BRANCH).unwrap(), Some(theirs));
    }
}
