//! Pushing one branch of ours over http(s), as a compare-and-swap.
//!
//! The server's tip is compared with what we expect before anything is sent, and the same tip
//! goes into the push command, where the server compares it again under its own lock. Somebody
//! who pushes in between therefore wins, and we learn of it.

use std::cell::RefCell;

use git2::{Direction, Oid, PushOptions, RemoteCallbacks};

use super::Repository;
use super::commit::reference;
use super::http::{Access, Failure, Limits, Operation, printable};

/// What a branch shall point at, and what it points at now.
#[derive(Debug, Clone, Copy)]
pub struct Push<'a> {
    /// A branch under `bugstack/`.
    pub branch: &'a str,
    /// Its new head, full SHA; none deletes the branch.
    pub commit: Option<&'a str>,
    /// Its head now, full SHA; none where it must not exist.
    pub expected: Option<&'a str>,
}

/// Why a push did not happen.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Only branches under `bugstack/` are ours to move.
    #[error("refusing to push `{0}`: only branches under bugstack/ are ours")]
    NotOurs(String),
    /// Somebody else moved the branch.
    #[error("`{branch}` is at {} and not where we left it", found.as_deref().unwrap_or("nothing"))]
    Moved {
        /// Which branch.
        branch: String,
        /// Its head there, full SHA; none where it does not exist.
        found: Option<String>,
    },
    /// The server's rules forbid it.
    #[error("the server refuses `{branch}`: {why}")]
    Rejected {
        /// Which branch.
        branch: String,
        /// In the server's words.
        why: String,
    },
    /// The server was not reached, or did not let us.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Repository {
    /// Moves one branch of the remote, only if it is where `push` expects it. A branch that is
    /// at the new head already is left there.
    ///
    /// # Errors
    /// See [`PushError`]. After an unclear end the remote is asked where the branch is.
    pub fn push(&self, access: &Access, push: &Push<'_>) -> Result<(), PushError> {
        if !is_ours(push.branch) {
            return Err(PushError::NotOurs(push.branch.to_owned()));
        }
        let wanted = oid(push.commit)?;
        let answer = RefCell::new(Answer::default());
        let sent = Operation::run(access, Limits::PUSH, || {
            self.send(access, push, (oid_or_zero(push.expected)?, wanted), &answer)
        });
        match (sent, answer.into_inner()) {
            (_, Answer { found: Some(found), .. }) if found == wanted => Ok(()),
            (_, Answer { found: Some(found), .. }) => Err(moved(push, found)),
            (Ok(()), Answer { rejected: None, .. }) => Ok(()),
            (Ok(()), Answer { rejected: Some(why), .. }) => self.explain(access, push, wanted, why),
            (Err(failure), _) if failure.is_unclear() => match self.tip(access, push.branch) {
                Ok(tip) if oid(tip.as_deref())? == wanted => Ok(()),
                _ => Err(failure.into()),
            },
            (Err(failure), _) => Err(failure.into()),
        }
    }

    /// Where a branch of the remote is, full SHA.
    ///
    /// # Errors
    /// When the remote cannot be asked.
    pub fn tip(&self, access: &Access, branch: &str) -> Result<Option<String>, Failure> {
        let name = reference(branch);
        Operation::run(access, Limits::PUSH, || {
            let mut remote = self.0.remote_anonymous(access.url().as_str())?;
            remote.connect(Direction::Fetch)?;
            let heads = remote.list()?;
            Ok(heads.iter().find(|head| head.name() == name).map(|head| head.oid().to_string()))
        })
    }

    /// Fetches one branch of the remote and says where it is there; none where it is not.
    ///
    /// # Errors
    /// When the remote cannot be asked.
    pub fn fetch_branch(&self, access: &Access, branch: &str) -> Result<Option<String>, Failure> {
        let tip = self.tip(access, branch)?;
        if tip.is_some() {
            let name = reference(branch);
            self.fetch_through(access, &[&format!("+{name}:{name}")])?;
        }
        Ok(tip)
    }

    fn send(
        &self,
        access: &Access,
        push: &Push<'_>,
        (expected, wanted): (Oid, Oid),
        answer: &RefCell<Answer>,
    ) -> Result<(), git2::Error> {
        let mut callbacks = RemoteCallbacks::new();
        callbacks.push_negotiation(|updates| match updates {
            // `src` is what the server has now, and what goes into the command as the old id.
            [update] if update.src() == expected && update.dst() == wanted => Ok(()),
            [update] => {
                answer.borrow_mut().found = Some(update.src());
                Err(git2::Error::from_str("the branch has moved"))
            }
            _ => Err(git2::Error::from_str("a push moves one branch")),
        });
        callbacks.push_update_reference(|_, why| {
            answer.borrow_mut().rejected = why.map(|why| printable(why.as_bytes()));
            Ok(())
        });
        let mut options = PushOptions::new();
        options.remote_callbacks(callbacks).packbuilder_parallelism(1);
        let name = reference(push.branch);
        // Forced, because a fix on a newer base does not descend from the older fix.
        let refspec = push.commit.map_or(format!(":{name}"), |commit| format!("+{commit}:{name}"));
        let mut remote = self.0.remote_anonymous(access.url().as_str())?;
        remote.push(&[refspec], Some(&mut options))
    }

    /// A refused command: the branch moved while we pushed, or a rule forbids it.
    fn explain(
        &self,
        access: &Access,
        push: &Push<'_>,
        wanted: Oid,
        why: String,
    ) -> Result<(), PushError> {
        let found = oid(self.tip(access, push.branch)?.as_deref())?;
        if found == wanted {
            return Ok(());
        }
        if found != oid(push.expected)? {
            return Err(moved(push, found));
        }
        Err(PushError::Rejected { branch: push.branch.to_owned(), why })
    }
}

/// Removes a branch of ours from the remote, if it is still at `commit`.
///
/// # Errors
/// See [`PushError`].
pub fn delete_branch(access: &Access, branch: &str, commit: &str) -> Result<(), PushError> {
    let nothing = Push { branch, commit: None, expected: Some(commit) };
    scratch(|repository| repository.push(access, &nothing))
}

/// Whether the remote lets us begin a push; nothing is sent.
///
/// # Errors
/// When it does not, or cannot be asked.
pub fn may_push(access: &Access) -> Result<(), Failure> {
    scratch(|repository| {
        Operation::run(access, Limits::PUSH, || {
            repository.0.remote_anonymous(access.url().as_str())?.connect(Direction::Push)
        })
    })
}

/// Speaks to a remote without a repository of one's own: libgit2 wants one all the same.
fn scratch<T, E: From<Failure>>(work: impl FnOnce(&Repository) -> Result<T, E>) -> Result<T, E> {
    let local =
        |error: &dyn std::fmt::Display| Failure::Local(format!("a scratch folder: {error}"));
    let folder = tempfile::tempdir().map_err(|error| local(&error))?;
    let inner = git2::Repository::init_bare(folder.path()).map_err(|error| local(&error))?;
    work(&Repository(inner))
}

/// What was learnt while pushing.
#[derive(Default)]
struct Answer {
    /// Where the branch was, when it was not where we expected it.
    found: Option<Oid>,
    /// Why the server did not move it.
    rejected: Option<String>,
}

/// Whether a branch is ours to move.
pub(crate) fn is_ours(branch: &str) -> bool {
    branch.strip_prefix("bugstack/").is_some_and(|rest| !rest.is_empty())
        && git2::Reference::is_valid_name(&reference(branch))
}

fn moved(push: &Push<'_>, found: Oid) -> PushError {
    let found = (!found.is_zero()).then(|| found.to_string());
    PushError::Moved { branch: push.branch.to_owned(), found }
}

/// Git writes "no commit" as zeros.
fn oid_or_zero(sha: Option<&str>) -> Result<Oid, git2::Error> {
    sha.map_or(Ok(Oid::ZERO_SHA1), Oid::from_str)
}

fn oid(sha: Option<&str>) -> Result<Oid, Failure> {
    oid_or_zero(sha).map_err(|error| Failure::Local(error.message().to_owned()))
}
