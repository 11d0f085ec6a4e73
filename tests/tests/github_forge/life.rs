//! The life of a proposal, by an App and by a token.

use bugstack_agent::forge::{Forge, ForgeError, Presentation, Push};
use bugstack_agent::git::Repository;
use bugstack_agent::model::{Checks, ProposalState, Review};
use bugstack_tests::github::GitHub;
use bugstack_tests::github::model::{Merge, Opinion, Protection, Role};

use crate::{BRANCH, Means, PERMISSIONS, Scene, draft};

const ALL: [Means; 2] = [Means::App, Means::Token];

#[test]
fn a_proposal_is_opened_once_and_found_again() {
    for means in ALL {
        let github = GitHub::start().unwrap();
        let scene = Scene::new(&github, means);
        let (forge, project) = (&scene.forge, &scene.project);
        assert_eq!(forge.find(project, BRANCH).unwrap(), None);
        assert_eq!(forge.head(project, BRANCH).unwrap(), None);
        let facts = forge.facts(project).unwrap();
        assert_eq!((facts.public, facts.default_branch.as_str()), (true, "main"));
        let proposal = scene.proposed(&draft());
        assert_eq!(forge.head(project, BRANCH).unwrap().as_ref(), Some(&proposal.commit));
        let again = forge.open(project, &proposal, &draft()).unwrap();
        assert_eq!(Some(again.number), proposal.number);
        let found = forge.find(project, BRANCH).unwrap().unwrap();
        assert_eq!(found.state, ProposalState::Open);
        assert_eq!((found.head, found.url), (proposal.commit.clone(), proposal.url.clone()));
        let pulls = scene.repo.pulls().unwrap();
        assert_eq!(pulls.len(), 1);
        assert!(pulls[0].draft);
        assert_eq!(pulls[0].labels, ["bugstack"]);
        assert_eq!(pulls[0].author, if means == Means::App { "bugstack[bot]" } else { "o" });
        drop(scene);
        github.finish().unwrap();
    }
}

#[test]
fn a_push_moves_only_what_is_where_it_was_left() {
    let github = GitHub::start().unwrap();
    let scene = Scene::new(&github, Means::App);
    let (one, two) = (scene.commit("two\n"), scene.commit("three\n"));
    let push = |commit: &str, expected: Option<&str>| {
        let push = Push { branch: BRANCH, commit, expected };
        scene.forge.push(&scene.project, &scene.mirror, &push)
    };
    push(&one, None).unwrap();
    push(&two, Some(&one)).unwrap();
    let theirs = scene.repo.push("kim", BRANCH, &[("b.js", "b\n")], "Help").unwrap();
    let error = push(&one, Some(&two)).unwrap_err();
    assert!(matches!(&error, ForgeError::Moved { found, .. } if *found == theirs), "{error}");
    assert_eq!(scene.repo.head(BRANCH).unwrap(), Some(theirs));
}

#[test]
fn the_base_branch_is_never_pushed() {
    let github = GitHub::start().unwrap();
    let scene = Scene::new(&github, Means::Token);
    let commit = scene.commit("two\n");
    let before = github.calls().len();
    let push = Push { branch: "main", commit: &commit, expected: Some(&scene.base) };
    assert!(scene.forge.push(&scene.project, &scene.mirror, &push).is_err());
    assert_eq!(scene.repo.head("main").unwrap().as_ref(), Some(&scene.base));
    assert_eq!(github.calls().len(), before);
}

#[test]
fn an_update_changes_the_words_and_keeps_the_labels_of_others() {
    for means in ALL {
        let github = GitHub::start().unwrap();
        let scene = Scene::new(&github, means);
        let mut proposal = scene.proposed(&Presentation::default());
        let number = proposal.number.unwrap().unsigned_abs();
        let theirs = |repository: &mut bugstack_tests::github::model::Repository| {
            repository.pulls.get_mut(&number).unwrap().labels.push("theirs".into());
        };
        scene.repo.set(theirs).unwrap();
        proposal.title = "fix: b".into();
        proposal.body = "another why".into();
        for _ in 0..2 {
            scene.forge.update(&scene.project, &proposal, &draft()).unwrap();
        }
        let pull = scene.repo.pull(number).unwrap();
        assert_eq!((pull.title.as_str(), pull.body.as_deref()), ("fix: b", Some("another why")));
        assert_eq!(pull.labels, ["theirs", "bugstack"]);
        assert_eq!(github.calls_of("pulls/update").len(), 1);
        assert_eq!(github.calls_of("issues/add-labels").len(), 1);
    }
}

#[test]
fn checks_and_reviews_are_taken_together() {
    let github = GitHub::start().unwrap();
    let scene = Scene::new(&github, Means::App);
    scene.repo.role("kim", Role::Write).unwrap();
    let proposal = scene.proposed(&Presentation::default());
    let number = proposal.number.unwrap().unsigned_abs();
    let look = || scene.forge.look(&scene.project, &proposal).unwrap();
    assert_eq!((look().checks, look().review), (Checks::None, Review::Awaited));
    assert_eq!(look().tip, scene.base);
    scene.repo.status(&proposal.commit, "ci/old", "success").unwrap();
    scene.repo.check(&proposal.commit, "test", None).unwrap();
    assert_eq!(look().checks, Checks::Pending);
    scene.repo.check_with(&proposal.commit, "test", "failure", ("1 failed", "a.test.js")).unwrap();
    match look().checks {
        Checks::Red(failed) => {
            assert_eq!(failed.len(), 1);
            assert_eq!(failed[0].name, "test");
            assert_eq!(failed[0].summary, "failure\n1 failed\na.test.js");
        }
        other => panic!("{other:?}"),
    }
    scene.repo.check(&proposal.commit, "test", Some("success")).unwrap();
    assert_eq!(look().checks, Checks::Green);
    scene.repo.review(number, "stranger", Opinion::Approve, "nice").unwrap();
    assert_eq!(look().review, Review::Awaited);
    scene.repo.review(number, "kim", Opinion::RequestChanges, "no").unwrap();
    assert_eq!(look().review, Review::ChangesRequested);
    scene.repo.review(number, "kim", Opinion::Approve, "yes").unwrap();
    assert_eq!(look().review, Review::Approved);
    scene.repo.protect("main", Protection { approvals: 2, ..Protection::default() }).unwrap();
    assert_eq!(look().review, Review::Awaited);
    assert_eq!(look().mergeable, Some(true));
}

#[test]
fn a_comment_is_written_once_and_rewritten() {
    for means in ALL {
        let github = GitHub::start().unwrap();
        let scene = Scene::new(&github, means);
        let proposal = scene.proposed(&Presentation::default());
        let number = proposal.number.unwrap().unsigned_abs();
        // Somebody writes our hidden key.
        scene.repo.comment(number, "kim", "<!-- bugstack:comment key=checks -->").unwrap();
        scene.repo.comment(number, "kim", "/bugstack retry").unwrap();
        for text in ["one", "two", "two"] {
            scene.forge.comment(&scene.project, &proposal, "checks", text).unwrap();
        }
        scene.forge.comment(&scene.project, &proposal, "other", "three").unwrap();
        let standing = scene.forge.look(&scene.project, &proposal).unwrap();
        let remarks: Vec<_> = standing.remarks.iter().map(|one| (one.bot, &one.body)).collect();
        assert_eq!(remarks.len(), 4, "{remarks:?}");
        assert_eq!((remarks[1].0, remarks[1].1.as_str()), (false, "/bugstack retry"));
        assert!(remarks[2].0 && remarks[2].1.starts_with("two\n"), "{remarks:?}");
        assert_eq!(github.calls_of("issues/update-comment").len(), 1);
    }
}

#[test]
fn a_draft_is_offered_to_those_who_can_be_asked() {
    for means in ALL {
        let github = GitHub::start().unwrap();
        let scene = Scene::new(&github, means);
        scene.repo.role("kim", Role::Write).unwrap();
        github.user("stranger");
        let proposal = scene.proposed(&draft());
        let people = ["kim", "stranger", "o", "../x"].map(str::to_owned);
        for _ in 0..2 {
            scene.forge.ready(&scene.project, &proposal, &people[..]).unwrap();
        }
        let pull = scene.repo.pull(proposal.number.unwrap().unsigned_abs()).unwrap();
        assert!(!pull.draft);
        assert!(pull.reviewers.contains(&"kim".to_owned()), "{:?}", pull.reviewers);
        assert!(!pull.reviewers.contains(&"stranger".to_owned()), "{:?}", pull.reviewers);
        assert_eq!(github.calls_of("graphql/markPullRequestReadyForReview").len(), 1);
    }
}

#[test]
fn a_merge_is_guarded_by_the_head_and_takes_the_allowed_way() {
    for (means, how) in ALL.into_iter().zip([Merge::Squash, Merge::Rebase]) {
        let github = GitHub::start().unwrap();
        let scene = Scene::new(&github, means);
        scene.repo.set(|repository| repository.merge_methods = [how].into()).unwrap();
        let proposal = scene.proposed(&Presentation::default());
        let merged = scene.forge.merge(&scene.project, &proposal).unwrap();
        assert_eq!(scene.repo.head("main").unwrap().as_ref(), Some(&merged));
        assert_eq!(scene.forge.merge(&scene.project, &proposal).unwrap(), merged);
        let found = scene.forge.find(&scene.project, BRANCH).unwrap().unwrap();
        assert_eq!(found.state, ProposalState::Merged);
        assert_eq!(found.merge_commit, Some(merged));
        assert!(found.ended.is_some());

        let github = GitHub::start().unwrap();
        let scene = Scene::new(&github, means);
        let proposal = scene.proposed(&Presentation::default());
        let theirs = scene.repo.push("kim", BRANCH, &[("b.js", "b\n")], "Help").unwrap();
        for merge in [
            scene.forge.merge(&scene.project, &proposal).map(drop),
            scene.forge.auto_merge(&scene.project, &proposal),
        ] {
            let error = merge.unwrap_err();
            let moved = matches!(&error, ForgeError::Moved { found, .. } if *found == theirs);
            assert!(moved, "{error}");
        }
        assert_eq!(scene.repo.head("main").unwrap().as_ref(), Some(&scene.base));
    }
}

#[test]
fn github_merges_when_the_rules_are_met() {
    for means in ALL {
        let github = GitHub::start().unwrap();
        let scene = Scene::new(&github, means);
        let required = Protection { required_checks: vec!["test".into()], ..Protection::default() };
        scene.repo.protect("main", required).unwrap();
        let proposal = scene.proposed(&Presentation::default());
        let number = proposal.number.unwrap().unsigned_abs();
        for _ in 0..2 {
            scene.forge.auto_merge(&scene.project, &proposal).unwrap();
        }
        assert!(scene.repo.pull(number).unwrap().merged.is_none());
        scene.repo.check(&proposal.commit, "test", Some("success")).unwrap();
        assert!(scene.repo.pull(number).unwrap().merged.is_some());
        scene.forge.auto_merge(&scene.project, &proposal).unwrap();

        // Where there is nothing to wait for, it is merged at once.
        let github = GitHub::start().unwrap();
        let scene = Scene::new(&github, means);
        let proposal = scene.proposed(&Presentation::default());
        scene.forge.auto_merge(&scene.project, &proposal).unwrap();
        let pull = scene.repo.pull(proposal.number.unwrap().unsigned_abs()).unwrap();
        assert!(pull.merged.is_some());
    }
}

#[test]
fn a_closed_proposal_leaves_a_word_and_no_branch_unless_somebody_worked_on_it() {
    for (means, help) in ALL.into_iter().zip([false, true]) {
        let github = GitHub::start().unwrap();
        let scene = Scene::new(&github, means);
        let proposal = scene.proposed(&Presentation::default());
        let number = proposal.number.unwrap().unsigned_abs();
        if help {
            scene.repo.push("kim", BRANCH, &[("b.js", "b\n")], "Help").unwrap();
        }
        for _ in 0..2 {
            scene.forge.close(&scene.project, &proposal, "It stopped.").unwrap();
        }
        assert!(!scene.repo.pull(number).unwrap().open);
        assert_eq!(scene.repo.head(BRANCH).unwrap().is_some(), help);
        assert_eq!(scene.repo.comments(number).unwrap().len(), 1);
        let found = scene.forge.find(&scene.project, BRANCH).unwrap().unwrap();
        assert_eq!((found.state, found.merge_commit), (ProposalState::Closed, None));
    }
}

#[test]
fn only_people_who_may_push_have_a_say() {
    let github = GitHub::start().unwrap();
    let scene = Scene::new(&github, Means::App);
    let roles =
        [("a", Role::Admin), ("b", Role::Maintain), ("c", Role::Write), ("d", Role::Triage)];
    for (login, role) in roles {
        scene.repo.role(login, role).unwrap();
    }
    github.user("stranger");
    let may = |person: &str| scene.forge.may_write(&scene.project, person).unwrap();
    assert!(may("a") && may("b") && may("c") && may("o"));
    assert!(!may("d") && !may("stranger") && !may("nobody") && !may("../../o") && !may(""));
}

#[test]
fn a_private_repository_is_as_good_to_who_may_see_it_and_missing_to_others() {
    for means in ALL {
        let github = GitHub::start().unwrap();
        let scene = Scene::new(&github, means);
        scene.repo.make_private().unwrap();
        assert!(!scene.forge.facts(&scene.project).unwrap().public);
        scene.proposed(&draft());
        let another = scene.folder.path().join("another.git");
        scene.forge.mirror(&scene.project, &another).unwrap();
        let without = scene.folder.path().join("third.git");
        let error = Repository::mirror(&without, &scene.repo.clone_url(), None).err().unwrap();
        assert!(format!("{error:#}").contains("token"), "{error:#}");

        let stranger = GitHub::start().unwrap();
        let other = Scene::with(&stranger, Means::Token, |_| ());
        let token = stranger.token("stranger", &PERMISSIONS).unwrap();
        other.repo.make_private().unwrap();
        let config = bugstack_agent::config::GithubConfig {
            url: stranger.url().to_owned(),
            token: Some(bugstack_agent::model::Secret::new(token)),
            ..Default::default()
        };
        let forge = bugstack_agent::forge::Github::new(&config, crate::timer(&stranger)).unwrap();
        let error = forge.facts(&other.project).unwrap_err();
        assert!(matches!(error, ForgeError::Missing(_)), "{error}");
    }
}

#[test]
fn lost_tokens_are_replaced() {
    let github = GitHub::start().unwrap();
    let scene = Scene::new(&github, Means::App);
    let proposal = scene.proposed(&Presentation::default());
    github.revoke_installation_tokens();
    let commit = scene.commit("three\n");
    let push = Push { branch: BRANCH, commit: &commit, expected: Some(&proposal.commit) };
    scene.forge.push(&scene.project, &scene.mirror, &push).unwrap();
    github.revoke_installation_tokens();
    scene.forge.comment(&scene.project, &proposal, "x", "y").unwrap();
    github.revoke_installation_tokens();
    let mirror = scene.forge.mirror(&scene.project, &scene.folder.path().join("mirror.git"));
    assert_eq!(mirror.unwrap().branch_head(BRANCH), Some(commit));
    assert_eq!(github.calls_of("apps/create-installation-access-token").len(), 4);
}
