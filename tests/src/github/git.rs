//! Real git behind the model: a bare repository, worked on by plumbing only.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

/// The object id that stands for none.
pub(super) const ZERO: &str = "0000000000000000000000000000000000000000";

/// A bare repository.
#[derive(Debug, Clone)]
pub struct Git {
    folder: PathBuf,
    /// What git said about commits, which never change: a test asks the same often.
    said: Arc<Mutex<HashMap<Vec<String>, Option<String>>>>,
}

/// Whose name a commit carries, and when.
#[derive(Debug, Clone)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// The date.
    pub at: Timestamp,
}

/// A commit as git has it.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its id.
    pub sha: String,
    /// Its tree's id.
    pub tree: String,
    /// Its parents' ids.
    pub parents: Vec<String>,
    /// Who wrote it.
    pub author: Signature,
    /// Who committed it.
    pub committer: Signature,
    /// The whole message.
    pub message: String,
}

/// What a change does to one file.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Its new content.
    Write(String, Vec<u8>),
    /// It goes.
    Delete(String),
}

impl Git {
    /// An empty bare repository in a new folder.
    pub fn init(folder: PathBuf, branch: &str) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let git = Self { folder, said: Arc::default() };
        git.run(&["init", "--quiet", "--bare", &format!("--initial-branch={branch}")])?;
        for (key, value) in [
            ("http.receivepack", "true"),
            ("uploadpack.allowAnySHA1InWant", "true"),
            ("receive.denyDeleteCurrent", "ignore"),
            ("transfer.hideRefs", "refs/merging"),
            ("gc.auto", "0"),
            ("receive.autogc", "false"),
        ] {
            git.run(&["config", key, value])?;
        }
        Ok(git)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A git command in this repository that knows nothing of the machine's own configuration.
    pub fn command(&self) -> Command {
        let mut command = Command::new("git");
        command
            .current_dir(&self.folder)
            .env_remove("GIT_DIR")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("HOME", "/nonexistent")
            .env("LC_ALL", "C");
        command
    }

    /// Runs git and returns what it printed, without the line's end.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.command();
        command.args(arguments);
        let output = feed(command, b"")?;
        Ok(String::from_utf8_lossy(&output).trim_end_matches('\n').to_owned())
    }

    /// Runs git once for each question about commits; `revisions` are those that it is about.
    fn ask(&self, arguments: &[&str], revisions: &[&str]) -> Option<String> {
        if !revisions.iter().all(|revision| is_id(revision)) {
            return self.run(arguments).ok();
        }
        let key: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        said.unwrap_or_else(|| {
            let answer = self.run(arguments).ok();
            // A commit that is not there may come.
            if answer.is_none() && !revisions.iter().all(|one| self.resolve(one).is_some()) {
                return None;
            }
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            said.insert(key, answer.clone());
            answer
        })
    }

    /// What git prints of two commits' difference in a format.
    pub fn diff(&self, format: &str, base: &str, head: &str, path: Option<&str>) -> Result<String> {
        let start = ["diff", "--no-renames", "--no-abbrev", "--no-color", format, base, head, "--"];
        let arguments: Vec<&str> = start.into_iter().chain(path).collect();
        self.ask(&arguments, &[base, head]).with_context(|| format!("no diff {base} {head}"))
    }

    /// The commit that a revision names.
    pub fn resolve(&self, revision: &str) -> Option<String> {
        if revision.starts_with('-') {
            return None;
        }
        let commit = format!("{revision}^{{commit}}");
        self.run(&["rev-parse", "--quiet", "--verify", &commit]).ok()
    }

    /// The commit at a branch.
    pub fn head(&self, branch: &str) -> Option<String> {
        let name = format!("refs/heads/{branch}");
        // Nothing packs references here, so that most questions need no process.
        let plain = !branch.split('/').any(|part| part.is_empty() || part.starts_with('.'));
        let file = plain.then(|| std::fs::read_to_string(self.folder.join(&name)).ok()).flatten();
        file.map(|id| id.trim().to_owned()).filter(|id| is_id(id)).or_else(|| self.resolve(&name))
    }

    /// Every reference with its id.
    pub fn references(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        let list = self.run(&["for-each-ref", "--format=%(refname) %(objectname)", prefix])?;
        Ok(list
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, id)| (name.to_owned(), id.to_owned()))
            .collect())
    }

    /// Points a reference at a commit.
    pub fn point(&self, reference: &str, sha: &str) -> Result<()> {
        self.run(&["update-ref", reference, sha]).map(drop)
    }

    /// Takes a reference away.
    pub fn delete(&self, reference: &str) -> Result<()> {
        self.run(&["update-ref", "-d", reference]).map(drop)
    }

    /// Whether one commit is the other or came before it.
    pub fn contains(&self, descendant: &str, ancestor: &str) -> bool {
        let arguments = ["merge-base", "--is-ancestor", ancestor, descendant];
        self.ask(&arguments, &[ancestor, descendant]).is_some()
    }

    /// The best common ancestor.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<String> {
        self.ask(&["merge-base", one, other], &[one, other])
    }

    /// A range's commits, oldest first.
    pub fn between(&self, base: &str, head: &str) -> Result<Vec<String>> {
        let range = format!("{base}..{head}");
        let arguments = ["rev-list", "--reverse", "--topo-order", &range];
        let list = self.ask(&arguments, &[base, head]).with_context(|| format!("no {range}"))?;
        Ok(list.lines().map(str::to_owned).collect())
    }

    /// Reads a commit.
    pub fn commit(&self, sha: &str) -> Result<Commit> {
        let format = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B";
        let arguments = ["show", "--no-patch", &format!("--format={format}"), sha];
        let text = self.ask(&arguments, &[sha]).with_context(|| format!("no commit {sha}"))?;
        let parts: Vec<&str> = text.split('\0').collect();
        let [sha, tree, parents, an, ae, at, cn, ce, ct, message] = parts[..] else {
            bail!("git show printed {} parts for {sha}", parts.len());
        };
        let signature = |name: &str, email: &str, at: &str| -> Result<Signature> {
            let at = Timestamp::from_second(at.parse()?)?;
            Ok(Signature { name: name.to_owned(), email: email.to_owned(), at })
        };
        Ok(Commit {
            sha: sha.to_owned(),
            tree: tree.to_owned(),
            parents: parents.split_whitespace().map(str::to_owned).collect(),
            author: signature(an, ae, at)?,
            committer: signature(cn, ce, ct)?,
            message: message.trim_end().to_owned(),
        })
    }

    /// Makes a commit of a tree; no reference moves.
    pub fn make_commit(
        &self,
        tree: &str,
        parents: &[&str],
        author: &Signature,
        committer: &Signature,
        message: &str,
    ) -> Result<String> {
        let mut command = self.command();
        command.args(["commit-tree", tree]);
        for parent in parents {
            command.args(["-p", parent]);
        }
        for (role, who) in [("AUTHOR", author), ("COMMITTER", committer)] {
            command.env(format!("GIT_{role}_NAME"), &who.name);
            command.env(format!("GIT_{role}_EMAIL"), &who.email);
            command.env(format!("GIT_{role}_DATE"), format!("@{} +0000", who.at.as_second()));
        }
        let id = feed(command, format!("{}\n", message.trim_end()).as_bytes())?;
        Ok(String::from_utf8(id)?.trim().to_owned())
    }

    /// The tree of a commit (or no tree) with edits.
    pub fn edit(&self, parent: Option<&str>, edits: &[Edit]) -> Result<String> {
        let index = tempfile::tempdir()?;
        let git = |arguments: &[&str], input: &[u8]| -> Result<String> {
            let mut command = self.command();
            command.env("GIT_INDEX_FILE", index.path().join("index")).args(arguments);
            Ok(String::from_utf8(feed(command, input)?)?.trim().to_owned())
        };
        match parent {
            Some(parent) => git(&["read-tree", parent], b"")?,
            None => git(&["read-tree", "--empty"], b"")?,
        };
        for edit in edits {
            match edit {
                Edit::Write(path, content) => {
                    let blob = git(&["hash-object", "-w", "--stdin"], content)?;
                    git(&["update-index", "--add", "--cacheinfo", "100644", &blob, path], b"")?
                }
                Edit::Delete(path) => {
                    let nothing = format!("0 {ZERO}\t{path}\n");
                    git(&["update-index", "--index-info"], nothing.as_bytes())?
                }
            };
        }
        git(&["write-tree"], b"")
    }

    /// The tree of a merge, or nothing when there are conflicts.
    pub fn merge_tree(&self, base: Option<&str>, ours: &str, theirs: &str) -> Option<String> {
        let mut arguments = vec!["merge-tree".to_owned(), "--write-tree".to_owned()];
        arguments.extend(base.map(|base| format!("--merge-base={base}")));
        arguments.extend([ours.to_owned(), theirs.to_owned()]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let printed = self.ask(&arguments, &[base.unwrap_or(ours), ours, theirs])?;
        printed.lines().next().map(str::to_owned)
    }

    /// A file's bytes.
    pub fn read(&self, revision: &str, path: &str) -> Option<Vec<u8>> {
        let mut command = self.command();
        command.args(["cat-file", "blob", &format!("{revision}:{path}")]);
        feed(command, b"").ok()
    }
}

/// Whether a revision is a whole object id, which always names the same.
fn is_id(revision: &str) -> bool {
    revision.len() == ZERO.len() && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Runs a command with this on its standard input and returns what it printed.
pub(super) fn feed(mut command: Command, input: &[u8]) -> Result<Vec<u8>> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("git cannot be started")?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input)?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}
