//! What people do in a repository, and what a test sees there afterwards.

use anyhow::{Context, Result, anyhow};

use super::GitHub;
use super::answer::Answer;
use super::git::{Edit, Git};
use super::model::{
    CheckRun, Comment, Merge, Opinion, Protection, PullRequest, Repository, Role, World,
};
use super::pulls::Words;

/// A repository on a [`GitHub`], to act in as people do.
#[derive(Debug, Clone)]
pub struct Repo<'a> {
    github: &'a GitHub,
    name: String,
}

impl<'a> Repo<'a> {
    pub(super) fn new(github: &'a GitHub, name: &str) -> Self {
        Self { github, name: name.to_owned() }
    }

    /// `owner/name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where git finds it.
    pub fn clone_url(&self) -> String {
        format!("{}/{}.git", self.github.url(), self.name)
    }

    fn with<T>(&self, act: impl FnOnce(&mut World) -> Result<T>) -> Result<T> {
        act(&mut self.github.world())
    }

    fn see<T>(&self, look: impl FnOnce(&Repository) -> Result<T>) -> Result<T> {
        look(self.github.world().repository(&self.name)?)
    }

    /// Changes settings of the repository in the model.
    pub fn set(&self, change: impl FnOnce(&mut Repository)) -> Result<()> {
        self.with(|world| {
            change(world.repository_mut(&self.name)?);
            Ok(())
        })
    }

    /// Hides it from strangers.
    pub fn make_private(&self) -> Result<()> {
        self.set(|repository| repository.private = true)
    }

    /// Gives somebody a role.
    pub fn role(&self, login: &str, role: Role) -> Result<()> {
        self.github.user(login);
        self.set(|repository| {
            repository.collaborators.insert(login.to_owned(), role);
        })
    }

    /// Protects a branch.
    pub fn protect(&self, branch: &str, protection: Protection) -> Result<()> {
        self.set(|repository| {
            repository.protections.insert(branch.to_owned(), protection);
        })
    }

    /// Pushes one commit with these files on top of a branch (a new one starts at the default
    /// branch), and returns it. Rules do not hold for who does this.
    pub fn push(
        &self,
        login: &str,
        branch: &str,
        files: &[(&str, &str)],
        message: &str,
    ) -> Result<String> {
        let head = self.head(branch)?.or(self.default_head()?);
        self.commit_to(login, branch, head, files, message)
    }

    /// Replaces what a branch had by one commit on top of the default branch.
    pub fn force_push(
        &self,
        login: &str,
        branch: &str,
        files: &[(&str, &str)],
        message: &str,
    ) -> Result<String> {
        let head = self.default_head()?;
        self.commit_to(login, branch, head, files, message)
    }

    fn default_head(&self) -> Result<Option<String>> {
        self.see(|repository| Ok(repository.git.head(&repository.default_branch)))
    }

    fn commit_to(
        &self,
        login: &str,
        branch: &str,
        parent: Option<String>,
        files: &[(&str, &str)],
        message: &str,
    ) -> Result<String> {
        self.github.user(login);
        let edits: Vec<Edit> = files
            .iter()
            .map(|(path, text)| Edit::Write((*path).to_owned(), text.as_bytes().to_vec()))
            .collect();
        self.with(|world| {
            let git = world.repository(&self.name)?.git.clone();
            let tree = git.edit(parent.as_deref(), &edits)?;
            let parents: Vec<&str> = parent.as_deref().into_iter().collect();
            let author = world.signature(login);
            let sha = git.make_commit(&tree, &parents, &author, &author, message)?;
            world.move_branch(&self.name, login, branch, &sha)?;
            Ok(sha)
        })
    }

    /// Points a branch at a commit that is there.
    pub fn point(&self, login: &str, branch: &str, sha: &str) -> Result<()> {
        self.with(|world| world.move_branch(&self.name, login, branch, sha))
    }

    /// Takes a branch away.
    pub fn delete_branch(&self, login: &str, branch: &str) -> Result<()> {
        self.with(|world| world.delete_branch(&self.name, login, branch))
    }

    /// Opens a pull request to the default branch and returns its number.
    pub fn open(&self, login: &str, head: &str, title: &str) -> Result<u64> {
        self.github.user(login);
        self.with(|world| {
            let now = world.clock.now();
            let repository = world.repository(&self.name)?;
            let base = repository.default_branch.clone();
            let pull = PullRequest {
                id: 0,
                number: repository.pulls.keys().max().unwrap_or(&0) + 1,
                author: login.to_owned(),
                title: title.to_owned(),
                body: None,
                head: head.to_owned(),
                head_sha: repository.git.head(head).with_context(|| format!("no {head}"))?,
                base_sha: repository.git.head(&base).context("no base")?,
                base,
                open: true,
                draft: false,
                merged: None,
                closed: None,
                auto_merge: None,
                labels: Vec::new(),
                reviewers: Vec::new(),
                reviews: Vec::new(),
                asked: None,
                head_lost: None,
                created_at: now,
                updated_at: now,
            };
            world.open(&self.name, pull)
        })
    }

    /// Writes a comment and returns its id.
    pub fn comment(&self, number: u64, login: &str, text: &str) -> Result<u64> {
        self.github.user(login);
        self.with(|world| world.add_comment(&self.name, number, login, text))
    }

    /// Changes a comment's text.
    pub fn edit_comment(&self, id: u64, login: &str, text: &str) -> Result<()> {
        self.with(|world| world.edit_comment(&self.name, id, login, text))
    }

    /// Submits a review.
    pub fn review(&self, number: u64, login: &str, opinion: Opinion, text: &str) -> Result<u64> {
        self.github.user(login);
        self.with(|world| world.add_review(&self.name, number, login, opinion, text))
    }

    /// Presses the merge button as the owner and returns the commit on the base branch.
    pub fn merge(&self, number: u64, how: Merge) -> Result<String> {
        let owner = self.name.split('/').next().unwrap_or_default();
        self.with(|world| {
            let merged = world.merge(&self.name, number, owner, how, &Words::default(), None);
            merged.map_err(|refusal: Answer| anyhow!("{}", refusal.message()))
        })
    }

    /// Closes without a merge.
    pub fn close(&self, number: u64, login: &str) -> Result<()> {
        self.with(|world| world.close(&self.name, number, login))
    }

    /// Puts it into or out of draft.
    pub fn draft(&self, number: u64, login: &str, draft: bool) -> Result<()> {
        self.with(|world| world.set_draft(&self.name, number, login, draft))
    }

    /// Begins a check run (no conclusion) or ends it, and returns its id.
    pub fn check(&self, sha: &str, name: &str, conclusion: Option<&str>) -> Result<u64> {
        self.with(|world| world.set_check(&self.name, sha, name, conclusion, None))
    }

    /// Ends a check run with something to read.
    pub fn check_with(
        &self,
        sha: &str,
        name: &str,
        conclusion: &str,
        output: (&str, &str),
    ) -> Result<u64> {
        let output = Some((output.0.to_owned(), output.1.to_owned()));
        self.with(|world| world.set_check(&self.name, sha, name, Some(conclusion), output))
    }

    /// Sets a commit status.
    pub fn status(&self, sha: &str, context: &str, state: &str) -> Result<u64> {
        let owner = self.name.split('/').next().unwrap_or_default();
        self.with(|world| world.set_status(&self.name, owner, sha, context, state, None))
    }

    /// The commit at a branch.
    pub fn head(&self, branch: &str) -> Result<Option<String>> {
        self.see(|repository| Ok(repository.git.head(branch)))
    }

    /// The repository's git.
    pub fn git(&self) -> Result<Git> {
        self.see(|repository| Ok(repository.git.clone()))
    }

    /// A file's text at a revision.
    pub fn read(&self, revision: &str, path: &str) -> Result<Option<String>> {
        let bytes = self.git()?.read(revision, path);
        bytes.map(String::from_utf8).transpose().context("it is not text")
    }

    /// A pull request.
    pub fn pull(&self, number: u64) -> Result<PullRequest> {
        self.see(|repository| {
            repository.pulls.get(&number).cloned().with_context(|| format!("no #{number}"))
        })
    }

    /// Every pull request, oldest first.
    pub fn pulls(&self) -> Result<Vec<PullRequest>> {
        self.see(|repository| Ok(repository.pulls.values().cloned().collect()))
    }

    /// The comments of a pull request, oldest first.
    pub fn comments(&self, number: u64) -> Result<Vec<Comment>> {
        self.see(|repository| {
            let comments = repository.comments.iter().filter(|comment| comment.number == number);
            Ok(comments.cloned().collect())
        })
    }

    /// The check runs of a commit, oldest first.
    pub fn checks(&self, sha: &str) -> Result<Vec<CheckRun>> {
        self.see(|repository| {
            let runs = repository.check_runs.iter().filter(|run| run.sha == sha);
            Ok(runs.cloned().collect())
        })
    }
}
