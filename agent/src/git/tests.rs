//! The room from outside: trees, commits, mirrors, merges and work trees.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::Timestamp;

use super::{MergeConflict, NewCommit, Repository, unified};

/// A repository with one commit on `main`.
fn repository(folder: &Path) -> (Repository, String) {
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/a.js"), "one\ntwo\nthree\n").unwrap();
    fs::write(folder.join("run"), "#!/bin/true\n").unwrap();
    fs::set_permissions(folder.join("run"), fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.join("out")).unwrap();
    let repository = Repository::init(folder, "main", "first", time()).unwrap();
    let head = repository.resolve("HEAD").unwrap();
    (repository, head)
}

fn time() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn change(repository: &Repository, base: &str, text: &str) -> String {
    let files = [("src/a.js".to_owned(), text.to_owned())];
    repository.commit(&NewCommit { base, files: &files, message: "fix: a", time: time() }).unwrap()
}

#[test]
fn a_tree_answers_for_its_own_files_only() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, head) = repository(folder.path());
    let tree = repository.tree(&head).unwrap();
    assert_eq!(tree.files().unwrap(), ["run", "src/a.js"]);
    assert_eq!(tree.read_text("src/a.js").unwrap(), "one\ntwo\nthree\n");
    for path in ["out", "src", "../a", "/etc/passwd", "src/../src/a.js", ".git/config", ""] {
        assert!(!tree.contains(path), "{path}");
    }
}

#[test]
fn an_export_keeps_modes_and_links_and_lets_the_overlay_win() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, head) = repository(folder.path());
    let into = tempfile::tempdir().unwrap();
    let overlay = BTreeMap::from([
        ("src/a.js".to_owned(), "patched\n".to_owned()),
        ("src/a.test.js".to_owned(), "new\n".to_owned()),
    ]);
    repository.tree(&head).unwrap().export(into.path(), &overlay).unwrap();
    assert_eq!(fs::read_to_string(into.path().join("src/a.js")).unwrap(), "patched\n");
    assert_eq!(fs::read_to_string(into.path().join("src/a.test.js")).unwrap(), "new\n");
    assert_eq!(fs::read_link(into.path().join("out")).unwrap(), Path::new("/etc/passwd"));
    let mode = fs::metadata(into.path().join("run")).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111);
    assert!(!into.path().join(".git").exists());
}

#[test]
fn an_export_does_not_leave_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, head) = repository(folder.path());
    for path in ["../escaped", "/escaped", ".git/hooks/x", "a/.GIT/x"] {
        let into = tempfile::tempdir().unwrap();
        let overlay = BTreeMap::from([(path.to_owned(), String::new())]);
        let error = repository.tree(&head).unwrap().export(into.path(), &overlay).unwrap_err();
        assert!(error.to_string().contains("leaves the repository"), "{path}: {error}");
    }
}

#[test]
fn the_same_repair_makes_the_same_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, head) = repository(folder.path());
    let once = change(&repository, &head, "one\nTWO\nthree\n");
    assert_eq!(once, change(&repository, &head, "one\nTWO\nthree\n"));
    assert_ne!(once, change(&repository, &head, "one\nTwo\nthree\n"));
    insta::assert_snapshot!(repository.diff(&head, &once).unwrap(), @r"
    diff --git a/src/a.js b/src/a.js
    index 4cb29ea..ddc897f 100644
    --- a/src/a.js
    +++ b/src/a.js
    @@ -1,3 +1,3 @@
     one
    -two
    +TWO
     three
    ");
    // An executable stays one.
    let files = [("run".to_owned(), "#!/bin/false\n".to_owned())];
    let new = NewCommit { base: &head, files: &files, message: "run", time: time() };
    let diff = repository.diff(&head, &repository.commit(&new).unwrap()).unwrap();
    assert!(!diff.contains("old mode"), "{diff}");
    // The work tree and the branch are as they were.
    assert_eq!(repository.resolve("main").unwrap(), head);
    assert!(repository.is_clean().unwrap());
}

#[test]
fn a_new_file_is_told_as_new() {
    insta::assert_snapshot!(unified("b.js", None, "one\n").unwrap(), @r"
    diff --git a/b.js b/b.js
    new file mode 100644
    --- /dev/null
    +++ b/b.js
    @@ -0,0 +1 @@
    +one
    ");
}

#[test]
fn a_mirror_follows_its_origin_and_publishes_only_what_is_ours() {
    let folder = tempfile::tempdir().unwrap();
    let (origin, head) = repository(folder.path());
    let place = tempfile::tempdir().unwrap();
    let address = folder.path().to_str().unwrap();
    let mirror = Repository::mirror(&place.path().join("m.git"), address, None).unwrap();
    let fix = change(&mirror, &head, "one\nTWO\nthree\n");
    for branch in ["main", "feature", "bugstack"] {
        mirror.set_branch("bugstack/x", &fix).unwrap();
        assert!(mirror.publish(folder.path(), branch, None).is_err(), "{branch}");
    }
    assert_eq!(origin.branch_head("bugstack/x"), None);
    mirror.publish(folder.path(), "bugstack/x", None).unwrap();
    mirror.publish(folder.path(), "bugstack/x", Some(&fix)).unwrap();
    for elsewhere in [None, Some(head.as_str())] {
        let error = mirror.publish(folder.path(), "bugstack/x", elsewhere).unwrap_err();
        assert!(error.is::<super::BranchMoved>(), "{error:#}");
    }
    assert_eq!(origin.branch_head("bugstack/x").unwrap(), fix);
    assert_eq!(origin.branch_head("main").unwrap(), head);
    // What happens at the origin later is seen by the next fetch.
    let later = change(&origin, &head, "later\n");
    origin.set_branch("next", &later).unwrap();
    let mirror = Repository::mirror(&place.path().join("m.git"), address, None).unwrap();
    assert_eq!(mirror.branch_head("next").unwrap(), later);
}

#[test]
fn a_merge_is_a_merge_commit_and_happens_once() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, head) = repository(folder.path());
    repository.set_branch("bugstack/x", &change(&repository, &head, "one\nTWO\nthree\n")).unwrap();
    let merged = repository.merge("bugstack/x", "main", "Merge", time()).unwrap();
    assert_eq!(repository.branch_head("main").unwrap(), merged);
    let tree = repository.tree(&merged).unwrap();
    assert_eq!(tree.read_text("src/a.js").unwrap(), "one\nTWO\nthree\n");
    assert_eq!(repository.merge("bugstack/x", "main", "Merge", time()).unwrap(), merged);
}

#[test]
fn the_merge_of_a_commit_is_where_the_branch_took_it_in() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, head) = repository(folder.path());
    let fix = change(&repository, &head, "one\nTWO\nthree\n");
    repository.set_branch("bugstack/x", &fix).unwrap();
    assert_eq!(repository.merge_of("main", &fix).unwrap(), None);
    let file = |text: &str| [("other".to_owned(), text.to_owned())];
    let on = |base: &str, text: &str| {
        let new = NewCommit { base, files: &file(text), message: "x", time: time() };
        repository.commit(&new).unwrap()
    };
    // Commits on both sides of the merge.
    repository.set_branch("main", &on(&head, "1\n")).unwrap();
    let merged = repository.merge("bugstack/x", "main", "Merge", time()).unwrap();
    repository.set_branch("main", &on(&on(&merged, "2\n"), "3\n")).unwrap();
    assert_eq!(repository.merge_of("main", &fix).unwrap().unwrap(), merged);
    // A fast-forward has no commit of its own.
    for tip in [fix.clone(), on(&on(&fix, "2\n"), "3\n")] {
        repository.set_branch("main", &tip).unwrap();
        assert_eq!(repository.merge_of("main", &fix).unwrap().unwrap(), fix);
    }
}

#[test]
fn a_line_was_changed_by_whoever_changed_it_last() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, head) = repository(folder.path());
    let second = change(&repository, &head, "one\nTWO\nthree\n");
    // Lines move without being changed.
    let third = change(&repository, &second, "zero\nhalf\none\nTWO\nthree\n");
    let fourth = change(&repository, &third, "zero\none\nTWO\nthree\nfour\n");
    let by = |commit: &str, line| {
        repository.last_change(commit, "src/a.js", line).unwrap().map(|author| author.commit)
    };
    for (line, expected) in [(1, &third), (2, &head), (3, &second), (4, &head), (5, &fourth)] {
        assert_eq!(by(&fourth, line).as_ref(), Some(expected), "{line}");
    }
    assert_eq!(by(&head, 2).unwrap(), head);
    assert_eq!(repository.last_change(&head, "src/b.js", 1).unwrap(), None);
    assert_eq!(repository.last_change(&head, "src", 1).unwrap(), None);
    assert_eq!((by(&head, 0), by(&head, 99)), (None, None));
}

#[test]
fn only_a_commit_of_ours_on_the_base_is_ours_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, head) = repository(folder.path());
    let fix = change(&repository, &head, "one\nTWO\nthree\n");
    assert!(repository.is_ours_alone(&fix, "main").unwrap());
    let second = change(&repository, &fix, "one\n2\nthree\n");
    assert!(!repository.is_ours_alone(&second, "main").unwrap());
    assert!(!repository.is_ours_alone(&head, "main").unwrap());
    assert!(!repository.is_ours_alone(&"0".repeat(40), "main").unwrap());
    let raw = git2::Repository::open(folder.path()).unwrap();
    let commit = raw.find_commit(fix.parse().unwrap()).unwrap();
    let ada = git2::Signature::now("Ada", "ada@example.org").unwrap();
    for (author, committer) in [(Some(&ada), None), (None, Some(&ada))] {
        let theirs = commit.amend(None, author, committer, None, None, None).unwrap();
        assert!(!repository.is_ours_alone(&theirs.to_string(), "main").unwrap());
    }
}

#[test]
fn a_merge_that_conflicts_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, head) = repository(folder.path());
    repository.set_branch("bugstack/x", &change(&repository, &head, "one\nTWO\nthree\n")).unwrap();
    let other = change(&repository, &head, "one\n2\nthree\n");
    repository.set_branch("main", &other).unwrap();
    let error = repository.merge("bugstack/x", "main", "Merge", time()).unwrap_err();
    assert!(error.is::<MergeConflict>(), "{error}");
    assert_eq!(repository.branch_head("main").unwrap(), other);
}

#[test]
fn a_work_tree_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, _) = repository(folder.path());
    std::os::unix::fs::symlink("/tmp", folder.path().join("linked")).unwrap();
    let files = |second: &str| {
        [("src/a.js".to_owned(), "x\n".to_owned()), (second.to_owned(), "y\n".to_owned())]
    };
    let error = repository.write(&files("linked/b.js")).unwrap_err();
    assert!(error.to_string().contains("symbolic link"), "{error}");
    assert_eq!(fs::read_to_string(folder.path().join("src/a.js")).unwrap(), "one\ntwo\nthree\n");
    repository.write(&files("new/b.js")).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("new/b.js")).unwrap(), "y\n");
    assert!(!repository.is_clean().unwrap());
}
