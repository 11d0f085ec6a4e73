//! Git over http(s): libgit2's smart protocol on our own HTTP client, so that TLS is rustls.
//!
//! libgit2 knows one transport a scheme for the whole process and asks for it without saying who
//! asks. What belongs to one operation (credentials, limits, what went wrong) is therefore lent
//! to the thread that runs it, see [`Operation::run`].

mod access;
mod failure;
mod stream;

use std::cell::RefCell;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream, Transport};
use reqwest::{Client, Url};
use tokio::runtime::Handle;

pub use access::Access;
pub use failure::Failure;
pub(super) use stream::printable;

/// Bounds of one operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The longest silence of the server.
    pub(super) idle: Duration,
    /// The longest operation.
    pub(super) whole: Duration,
    /// The most bytes that one answer may have.
    pub(super) answer: u64,
    /// The most bytes that one request may have: a push is held in memory.
    pub(super) request: usize,
}

impl Limits {
    /// For a repository of any sensible size.
    pub(super) const FETCH: Self = Self {
        idle: Duration::from_secs(60),
        whole: Duration::from_secs(30 * 60),
        answer: 8 << 30,
        request: 16 << 20,
    };
    /// For a few small files.
    pub(super) const PUSH: Self = Self {
        idle: Duration::from_secs(60),
        whole: Duration::from_secs(5 * 60),
        answer: 64 << 20,
        request: 64 << 20,
    };
}

/// One fetch or push over http(s).
pub(super) struct Operation {
    access: Access,
    client: Client,
    handle: Handle,
    limits: Limits,
    deadline: Instant,
    /// What went wrong first: libgit2 keeps a text only.
    failure: Mutex<Option<Failure>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Operation>>> = const { RefCell::new(None) };
}

impl Operation {
    /// Runs `work`, whose http(s) remotes then speak through us.
    ///
    /// # Errors
    /// What the transport saw, or else what libgit2 says.
    pub(super) fn run<T>(
        access: &Access,
        limits: Limits,
        work: impl FnOnce() -> Result<T, git2::Error>,
    ) -> Result<T, Failure> {
        register()?;
        let prepared = |error: anyhow::Error| Failure::Local(format!("{error:#}"));
        let operation = Arc::new(Self {
            access: access.clone(),
            client: crate::net::client(access.url()).map_err(prepared)?,
            handle: crate::net::runtime().map_err(prepared)?,
            limits,
            deadline: Instant::now() + limits.whole,
            failure: Mutex::new(None),
        });
        let before = CURRENT.replace(Some(operation.clone()));
        let done = work();
        CURRENT.set(before);
        let seen = operation.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        done.map_err(|error| seen.unwrap_or_else(|| Failure::Git(error.message().to_owned())))
    }

    /// Keeps the failure and says it in libgit2's terms.
    fn failed(&self, failure: Failure) -> std::io::Error {
        let text = failure.to_string();
        let mut first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(failure);
        std::io::Error::other(text)
    }
}

/// Makes sure that libgit2 knows our transport. Everything that makes a remote calls this first.
///
/// # Errors
/// When libgit2 does not take it.
#[expect(unsafe_code, reason = "git2 has no other way to bring a transport")]
pub(super) fn register() -> Result<(), Failure> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    let done = DONE.get_or_init(|| {
        for scheme in ["http", "https"] {
            // SAFETY: no transport may be made at the same time. Only this room makes remotes,
            // each after this function, and `get_or_init` lets nobody pass before it is done.
            unsafe {
                git2::transport::register(scheme, |remote| {
                    let operation = CURRENT.with_borrow(Clone::clone);
                    let operation = operation.ok_or_else(|| {
                        git2::Error::from_str("git over http outside of an operation")
                    })?;
                    Transport::smart(remote, true, Subtransport(operation))
                })
            }
            .map_err(|error| error.message().to_owned())?;
        }
        Ok(())
    });
    done.clone().map_err(Failure::Local)
}

struct Subtransport(Arc<Operation>);

impl SmartSubtransport for Subtransport {
    fn action(
        &self,
        url: &str,
        service: Service,
    ) -> Result<Box<dyn SmartSubtransportStream>, git2::Error> {
        let opened = Url::parse(url)
            .map_err(|_| Failure::Protocol("the remote's URL is unreadable".into()))
            .and_then(|url| stream::Stream::open(self.0.clone(), &url, service));
        match opened {
            Ok(stream) => Ok(Box::new(stream)),
            Err(failure) => Err(git2::Error::from_str(&self.0.failed(failure).to_string())),
        }
    }

    fn close(&self) -> Result<(), git2::Error> {
        Ok(())
    }
}

#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;
