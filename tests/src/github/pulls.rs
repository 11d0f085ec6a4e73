//! What a pull request comes to: its files, whether it can be merged, and the merge itself.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::answer::Answer;
use super::git::Signature;
use super::model::{Merge, Merged, Opinion, Protection, PullRequest, Repository, World};

/// The message of a merge's commit, where somebody gave one.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The first line.
    pub title: Option<String>,
    /// The rest.
    pub message: Option<String>,
}

impl Repository {
    fn rules(&self, branch: &str) -> Protection {
        self.protections.get(branch).cloned().unwrap_or_default()
    }

    /// Whether it can be merged, in the words of `mergeable_state`.
    pub fn mergeable(&self, pull: &PullRequest) -> &'static str {
        if self.git.merge_tree(None, &pull.base_sha, &pull.head_sha).is_none() {
            return "dirty";
        }
        if pull.draft {
            return "draft";
        }
        if self.obstacle(pull).is_some() {
            return if self.behind(pull) { "behind" } else { "blocked" };
        }
        let green = |end: &Option<&str>| matches!(end, Some("success" | "neutral" | "skipped"));
        if self.results(&pull.head_sha).values().all(green) { "clean" } else { "unstable" }
    }

    fn behind(&self, pull: &PullRequest) -> bool {
        self.rules(&pull.base).up_to_date && !self.git.contains(&pull.head_sha, &pull.base_sha)
    }

    /// The rule of the base branch that a merge would break.
    pub fn obstacle(&self, pull: &PullRequest) -> Option<String> {
        let rules = self.rules(&pull.base);
        let results = self.results(&pull.head_sha);
        let missing =
            rules.required_checks.iter().find_map(|context| match results.get(context.as_str()) {
                Some(Some("success" | "neutral" | "skipped")) => None,
                Some(Some(_)) => Some(format!("Required status check \"{context}\" is failing.")),
                Some(None) => Some(format!("Required status check \"{context}\" is in progress.")),
                None => Some(format!("Required status check \"{context}\" is expected.")),
            });
        let decision = self.review_decision(pull);
        missing
            .or_else(|| match decision {
                Some("REVIEW_REQUIRED") => Some(format!(
                    "At least {} approving review is required by reviewers with write access.",
                    rules.approvals
                )),
                Some("CHANGES_REQUESTED") => {
                    Some("Changes have been requested by reviewers with write access.".to_owned())
                }
                _ => None,
            })
            .or_else(|| self.behind(pull).then(|| "Head branch is out of date.".to_owned()))
    }

    /// GraphQL's `reviewDecision`: nothing where the branch asks for no review.
    pub fn review_decision(&self, pull: &PullRequest) -> Option<&'static str> {
        let needed = self.rules(&pull.base).approvals;
        if needed == 0 {
            return None;
        }
        let opinions = pull.opinions();
        let count = |wanted: Opinion| {
            opinions
                .iter()
                .filter(|(login, opinion)| {
                    **opinion == wanted
                        && self.role(login).is_some_and(|role| role >= super::model::Role::Write)
                })
                .count()
        };
        if count(Opinion::RequestChanges) > 0 {
            return Some("CHANGES_REQUESTED");
        }
        Some(if count(Opinion::Approve) >= needed { "APPROVED" } else { "REVIEW_REQUIRED" })
    }

    /// `diff-entry` for each file of a pull request.
    pub fn files(&self, pull: &PullRequest) -> Result<Vec<Value>> {
        let base = self.git.merge_base(&pull.base_sha, &pull.head_sha).context("no merge base")?;
        self.changes(&base, &pull.head_sha)
    }

    /// `diff-entry` for each file that differs between two commits, without addresses.
    pub fn changes(&self, base: &str, head: &str) -> Result<Vec<Value>> {
        let (raw, counts) = (
            self.git.diff("--raw", base, head, None)?,
            self.git.diff("--numstat", base, head, None)?,
        );
        let mut files = Vec::new();
        for (raw, count) in raw.lines().zip(counts.lines()) {
            let (facts, path) = raw.split_once('\t').context("git diff --raw")?;
            let facts: Vec<&str> = facts.split(' ').collect();
            let number =
                |at| -> u64 { count.split('\t').nth(at).and_then(|n| n.parse().ok()).unwrap_or(0) };
            let (added, deleted) = (number(0), number(1));
            let patch = self.git.diff("--patch", base, head, Some(path))?;
            let patch = patch.find("@@").and_then(|at| patch.get(at..)).unwrap_or_default();
            let status = facts.get(4).copied().unwrap_or_default();
            files.push(json!({
                "sha": facts.get(if status == "D" { 2 } else { 3 }),
                "filename": path,
                "status": match status { "A" => "added", "D" => "removed", _ => "modified" },
                "additions": added,
                "deletions": deleted,
                "changes": added + deleted,
                "patch": patch,
            }));
        }
        Ok(files)
    }
}

impl World {
    /// Merges as a call or a person asks, and returns the commit.
    pub fn merge(
        &mut self,
        name: &str,
        number: u64,
        by: &str,
        how: Merge,
        words: &Words,
        expected: Option<&str>,
    ) -> Result<String, Answer> {
        let repository = self.repositories.get(name).ok_or_else(Answer::not_found)?;
        let pull = repository.pulls.get(&number).ok_or_else(Answer::not_found)?;
        refuse_merge(repository, pull, how, expected)?;
        let committer = self.signature(by);
        let sha = commit_merge(repository, pull, how, words, &committer)?
            .ok_or_else(|| Answer::error(405, "Pull Request is not mergeable"))?;
        let (base, old) = (pull.base.clone(), pull.base_sha.clone());
        repository.git.point(&format!("refs/heads/{base}"), &sha)?;
        self.merged(name, number, by, &sha)?;
        self.moved(name, by, &base, Some(&old), Some(&sha))?;
        self.after_merge(name, number, by)?;
        Ok(sha)
    }

    /// Records a merge.
    pub(super) fn merged(&mut self, name: &str, number: u64, by: &str, sha: &str) -> Result<()> {
        let now = self.clock.now();
        let pull = self.pull_mut(name, number)?;
        pull.open = false;
        pull.auto_merge = None;
        pull.merged = Some(Merged { sha: sha.to_owned(), by: by.to_owned() });
        pull.closed = Some((now, by.to_owned()));
        pull.updated_at = now;
        self.tell_pull(name, number, "closed", by, &json!({}))
    }

    fn after_merge(&mut self, name: &str, number: u64, by: &str) -> Result<()> {
        let repository = self.repository(name)?;
        let head = repository.pulls.get(&number).context("no such pull request")?.head.clone();
        if repository.delete_branch_on_merge {
            self.delete_branch(name, by, &head)?;
        }
        Ok(())
    }

    /// The name under which somebody's commits go.
    pub fn signature(&self, login: &str) -> Signature {
        let user = self.user(login);
        Signature { name: user.login.clone(), email: user.email(), at: self.clock.now() }
    }
}

fn refuse_merge(
    repository: &Repository,
    pull: &PullRequest,
    how: Merge,
    expected: Option<&str>,
) -> Result<(), Answer> {
    let refuse = |words: &str| Err(Answer::error(405, words));
    if !pull.open {
        return refuse("Pull Request is not mergeable");
    }
    if pull.draft {
        return refuse("Pull Request is still a draft");
    }
    if expected.is_some_and(|expected| expected != pull.head_sha) {
        return Err(Answer::error(
            409,
            "Head branch was modified. Review and try the merge again.",
        ));
    }
    if !repository.merge_methods.contains(&how) {
        let words = match how {
            Merge::Merge => "Merge commits are not allowed on this repository.",
            Merge::Squash => "Squash merges are not allowed on this repository.",
            Merge::Rebase => "Rebase merges are not allowed on this repository.",
        };
        return refuse(words);
    }
    match repository.obstacle(pull) {
        Some(words) => refuse(&words),
        None => Ok(()),
    }
}

/// The commit that a merge gives, made but not pointed at; nothing when there are conflicts.
fn commit_merge(
    repository: &Repository,
    pull: &PullRequest,
    how: Merge,
    words: &Words,
    committer: &Signature,
) -> Result<Option<String>> {
    let git = &repository.git;
    let (base, head) = (pull.base_sha.as_str(), pull.head_sha.as_str());
    let commits = git.between(base, head)?;
    let Some(tree) = git.merge_tree(None, base, head) else { return Ok(None) };
    let squashed = format!("{} (#{})", pull.title, pull.number);
    let merged =
        format!("Merge pull request #{} from {}/{}", pull.number, repository.owner, pull.head);
    let message = |title: String, rest: String| {
        let title = words.title.clone().unwrap_or(title);
        let rest = words.message.clone().unwrap_or(rest);
        if rest.is_empty() { title } else { format!("{title}\n\n{rest}") }
    };
    match how {
        Merge::Merge => {
            let message = message(merged, pull.title.clone());
            git.make_commit(&tree, &[base, head], committer, committer, &message).map(Some)
        }
        Merge::Squash => {
            let mut texts = Vec::new();
            for commit in &commits {
                texts.push(git.commit(commit)?.message);
            }
            let [only] = &texts[..] else {
                let list: Vec<String> = texts.iter().map(|text| format!("* {text}")).collect();
                let message = message(squashed, list.join("\n\n"));
                return git.make_commit(&tree, &[base], committer, committer, &message).map(Some);
            };
            let (title, rest) = only.split_once("\n\n").unwrap_or((only, ""));
            let message = message(format!("{title} (#{})", pull.number), rest.to_owned());
            git.make_commit(&tree, &[base], committer, committer, &message).map(Some)
        }
        Merge::Rebase => {
            let mut tip = base.to_owned();
            for commit in commits {
                let commit = git.commit(&commit)?;
                let [parent] = &commit.parents[..] else { return Ok(None) };
                let Some(tree) = git.merge_tree(Some(parent), &tip, &commit.sha) else {
                    return Ok(None);
                };
                tip =
                    git.make_commit(&tree, &[&tip], &commit.author, committer, &commit.message)?;
            }
            Ok(Some(tip))
        }
    }
}
