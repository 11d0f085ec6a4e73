//! What follows from what: branches that move, pull requests that follow them, checks, auto-merge.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::git::ZERO;
use super::model::{CheckRun, Comment, Opinion, PullRequest, Repository, Review, Status, World};
use super::pulls::Words;

impl World {
    /// A repository of this name.
    pub fn repository(&self, name: &str) -> Result<&Repository> {
        self.repositories.get(name).with_context(|| format!("no repository {name}"))
    }

    /// A repository of this name, to change.
    pub fn repository_mut(&mut self, name: &str) -> Result<&mut Repository> {
        self.repositories.get_mut(name).with_context(|| format!("no repository {name}"))
    }

    /// A pull request, to change.
    pub fn pull_mut(&mut self, name: &str, number: u64) -> Result<&mut PullRequest> {
        let pull = self.repository_mut(name)?.pulls.get_mut(&number);
        pull.with_context(|| format!("no pull request {name}#{number}"))
    }

    /// Everything that follows once a branch was created, moved or deleted.
    pub fn moved(
        &mut self,
        name: &str,
        by: &str,
        branch: &str,
        old: Option<&str>,
        new: Option<&str>,
    ) -> Result<()> {
        if old == new {
            return Ok(());
        }
        let now = self.clock.now();
        self.repository_mut(name)?.pushed_at = now;
        self.tell_push(name, by, branch, old.unwrap_or(ZERO), new.unwrap_or(ZERO))?;
        self.follow_head(name, by, branch, new)?;
        if let Some(new) = new {
            self.follow_base(name, by, branch, new)?;
        }
        self.settle(name)
    }

    fn follow_head(&mut self, name: &str, by: &str, branch: &str, new: Option<&str>) -> Result<()> {
        let now = self.clock.now();
        let numbers: Vec<u64> = self
            .repository(name)?
            .pulls
            .values()
            .filter(|pull| pull.head == branch)
            .map(|pull| pull.number)
            .collect();
        for number in numbers {
            let repository = self.repository_mut(name)?;
            let git = repository.git.clone();
            let pull = repository.pulls.get_mut(&number).context("it was there")?;
            match (pull.open, new) {
                (true, Some(new)) => {
                    let before = std::mem::replace(&mut pull.head_sha, new.to_owned());
                    pull.updated_at = now;
                    git.point(&format!("refs/pull/{number}/head"), new)?;
                    let more = json!({ "before": before, "after": new });
                    self.tell_pull(name, number, "synchronize", by, &more)?;
                }
                (true, None) => {
                    pull.head_lost = Some("has been deleted");
                    self.close(name, number, by)?;
                }
                (false, None) => pull.head_lost = Some("has been deleted"),
                (false, Some(new)) if new == pull.head_sha => pull.head_lost = None,
                (false, Some(new)) if !git.contains(new, &pull.head_sha) => {
                    pull.head_lost = Some("was force-pushed or recreated");
                }
                (false, Some(_)) => {}
            }
        }
        Ok(())
    }

    /// The base moved: a head that it now contains was merged by hand.
    fn follow_base(&mut self, name: &str, by: &str, branch: &str, new: &str) -> Result<()> {
        let repository = self.repository_mut(name)?;
        let git = repository.git.clone();
        let mut landed = Vec::new();
        for pull in repository.pulls.values_mut().filter(|pull| pull.open && pull.base == branch) {
            if git.contains(new, &pull.head_sha) && !git.contains(&pull.base_sha, &pull.head_sha) {
                landed.push((pull.number, pull.head_sha.clone()));
            } else {
                pull.base_sha = new.to_owned();
            }
        }
        for (number, sha) in landed {
            self.merged(name, number, by, &sha)?;
        }
        Ok(())
    }

    /// Takes a branch away, if it is there.
    pub fn delete_branch(&mut self, name: &str, by: &str, branch: &str) -> Result<()> {
        let git = self.repository(name)?.git.clone();
        let Some(old) = git.head(branch) else { return Ok(()) };
        git.delete(&format!("refs/heads/{branch}"))?;
        self.moved(name, by, branch, Some(&old), None)
    }

    /// Points a branch somewhere, with everything that follows.
    pub fn move_branch(&mut self, name: &str, by: &str, branch: &str, sha: &str) -> Result<()> {
        let git = self.repository(name)?.git.clone();
        let old = git.head(branch);
        git.point(&format!("refs/heads/{branch}"), sha)?;
        self.moved(name, by, branch, old.as_deref(), Some(sha))
    }

    /// Closes without a merge.
    pub fn close(&mut self, name: &str, number: u64, by: &str) -> Result<()> {
        let now = self.clock.now();
        let pull = self.pull_mut(name, number)?;
        if !pull.open {
            return Ok(());
        }
        pull.open = false;
        pull.auto_merge = None;
        pull.closed = Some((now, by.to_owned()));
        pull.updated_at = now;
        self.tell_pull(name, number, "closed", by, &json!({}))
    }

    /// Draft or not.
    pub fn set_draft(&mut self, name: &str, number: u64, by: &str, draft: bool) -> Result<()> {
        let now = self.clock.now();
        let pull = self.pull_mut(name, number)?;
        if pull.draft == draft {
            return Ok(());
        }
        pull.draft = draft;
        pull.updated_at = now;
        let action = if draft { "converted_to_draft" } else { "ready_for_review" };
        self.tell_pull(name, number, action, by, &json!({}))?;
        self.settle(name)
    }

    /// Writes a comment and returns its id.
    pub fn add_comment(&mut self, name: &str, number: u64, by: &str, body: &str) -> Result<u64> {
        let (id, now) = (self.id(), self.clock.now());
        self.pull_mut(name, number)?.updated_at = now;
        self.repository_mut(name)?.comments.push(Comment {
            id,
            number,
            author: by.to_owned(),
            body: body.to_owned(),
            reactions: Vec::new(),
            created_at: now,
            updated_at: now,
        });
        self.tell_comment(name, id, "created", by, &json!({}))?;
        Ok(id)
    }

    /// Changes a comment's text.
    pub fn edit_comment(&mut self, name: &str, id: u64, by: &str, body: &str) -> Result<()> {
        let now = self.clock.now();
        let comments = &mut self.repository_mut(name)?.comments;
        let comment = comments.iter_mut().find(|comment| comment.id == id).context("no comment")?;
        let before = std::mem::replace(&mut comment.body, body.to_owned());
        comment.updated_at = now;
        let changes = json!({ "changes": { "body": { "from": before } } });
        self.tell_comment(name, id, "edited", by, &changes)
    }

    /// Submits a review and returns its id.
    pub fn add_review(
        &mut self,
        name: &str,
        number: u64,
        by: &str,
        opinion: Opinion,
        body: &str,
    ) -> Result<u64> {
        let (id, at) = (self.id(), self.clock.now());
        let pull = self.pull_mut(name, number)?;
        pull.reviewers.retain(|login| login != by);
        pull.updated_at = at;
        let (author, body, sha) = (by.to_owned(), body.to_owned(), pull.head_sha.clone());
        pull.reviews.push(Review { id, author, opinion, body, sha, at });
        self.tell_review(name, number, id, by)?;
        self.settle(name)?;
        Ok(id)
    }

    /// Begins or ends a check run: a run of this name that is still going ends.
    pub fn set_check(
        &mut self,
        name: &str,
        sha: &str,
        check: &str,
        conclusion: Option<&str>,
        output: Option<(String, String)>,
    ) -> Result<u64> {
        let (id, now) = (self.id(), self.clock.now());
        let repository = self.repository_mut(name)?;
        repository.git.resolve(sha).with_context(|| format!("no commit {sha}"))?;
        let running = repository
            .check_runs
            .iter()
            .position(|run| run.sha == sha && run.name == check && run.conclusion.is_none());
        let mut run = CheckRun {
            id,
            sha: sha.to_owned(),
            name: check.to_owned(),
            conclusion: conclusion.map(str::to_owned),
            output,
            started_at: now,
            completed_at: conclusion.map(|_| now),
        };
        if let Some(place) = running {
            let old = repository.check_runs.remove(place);
            (run.id, run.started_at) = (old.id, old.started_at);
        }
        let id = run.id;
        repository.check_runs.push(run);
        self.tell_check(name, id)?;
        self.settle(name)?;
        Ok(id)
    }

    /// Sets a commit status and returns its id.
    pub fn set_status(
        &mut self,
        name: &str,
        by: &str,
        sha: &str,
        context: &str,
        state: &str,
        description: Option<&str>,
    ) -> Result<u64> {
        let (id, at) = (self.id(), self.clock.now());
        self.repository_mut(name)?.statuses.push(Status {
            id,
            sha: sha.to_owned(),
            context: context.to_owned(),
            state: state.to_owned(),
            description: description.map(str::to_owned),
            at,
        });
        self.tell_status(name, id, by)?;
        self.settle(name)?;
        Ok(id)
    }

    /// Merges what waits to merge by itself and can.
    pub fn settle(&mut self, name: &str) -> Result<()> {
        let ready = |repository: &Repository| {
            repository.pulls.values().find_map(|pull| {
                let auto = pull.auto_merge.clone().filter(|_| pull.open)?;
                let state = repository.mergeable(pull);
                matches!(state, "clean" | "unstable").then_some((pull.number, auto))
            })
        };
        while let Some((number, auto)) = ready(self.repository(name)?) {
            let words = Words { title: auto.title, message: auto.message };
            let merged = self.merge(name, number, &auto.by, auto.how, &words, None);
            if merged.is_err() {
                self.pull_mut(name, number)?.auto_merge = None;
            }
        }
        Ok(())
    }

    /// The shape of a pull request for an event.
    pub(super) fn event_pull(&self, name: &str, number: u64) -> Result<Value> {
        let repository = self.repository(name)?;
        let pull = repository.pulls.get(&number).context("no pull request")?;
        Ok(self.full_pull_shape(repository, pull, false))
    }
}
