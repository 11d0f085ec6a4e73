//! What can go wrong between us and a git server. No variant holds a secret.

use std::time::Duration;

/// Why a fetch or push over http(s) did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// 401: the server does not know the token, or wants one.
    #[error("{place} wants a token that it knows: the one given is wrong, ended, or missing")]
    Unknown {
        /// Which repository.
        place: String,
    },
    /// 403: the server knows the token and does not let it.
    #[error("{place} does not let this token do that: {said}")]
    Forbidden {
        /// Which repository.
        place: String,
        /// In the server's words.
        said: String,
    },
    /// 404, which is also what a token sees that may not know of the repository.
    #[error("{place} has no such repository, or does not show it to this token")]
    Missing {
        /// Which repository.
        place: String,
    },
    /// The repository has moved; redirects are not followed.
    #[error("{place} has moved to {to}: give the project that address")]
    Elsewhere {
        /// Which repository.
        place: String,
        /// Where to.
        to: String,
    },
    /// 429 or 5xx: another time.
    #[error("{place} answered {status}: try again later")]
    Busy {
        /// Which repository.
        place: String,
        /// HTTP status.
        status: u16,
        /// `Retry-After`, where the server gave it in seconds.
        after: Option<Duration>,
    },
    /// No answer, or half of one.
    #[error("{place} cannot be reached: {why}")]
    Network {
        /// Which repository.
        place: String,
        /// The network's words.
        why: String,
    },
    /// Silence, an endless answer, a request too large to hold.
    #[error("{0}")]
    Limit(String),
    /// Something answers that is not a git server.
    #[error("{0}")]
    Protocol(String),
    /// Libgit2 did not understand the answer or its own repository.
    #[error("git: {0}")]
    Git(String),
    /// Nothing was sent.
    #[error("{0}")]
    Local(String),
}

impl Failure {
    /// Whether nothing may be known about what the server did.
    pub fn is_unclear(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Network { .. } | Self::Limit(_) | Self::Git(_))
    }
}
