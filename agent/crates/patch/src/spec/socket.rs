//! How the fake socket of a spec behaves: as the installed `ws` does, in the state of the error.

use semver::Version;
use serde::Serialize;

/// The state in which production met the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SocketState {
    Closing,
    Closed,
}

impl SocketState {
    /// The state that the error names; without one, closed.
    pub(super) fn of(message: &str) -> Self {
        if message.contains("readyState 2") { Self::Closing } else { Self::Closed }
    }

    /// The other state in which `ws` refuses to send.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Closing => Self::Closed,
            Self::Closed => Self::Closing,
        }
    }

    /// As `ws` names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Closing => "CLOSING",
            Self::Closed => "CLOSED",
        }
    }

    /// As a person names it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }

    /// As a person names a socket that gets there during a call.
    pub(super) fn word_while_called(self) -> &'static str {
        match self {
            Self::Closing => "leaving",
            Self::Closed => "gone",
        }
    }

    /// What `ws` says when asked to send in this state.
    pub(super) fn message(self) -> String {
        let code = match self {
            Self::Closing => 2,
            Self::Closed => 3,
        };
        format!("WebSocket is not open: readyState {code} ({})", self.name())
    }
}

/// What `send` does on a socket that is not open, by the version of `ws`; found by running 5.2.8
/// to 8.23.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Dialect {
    /// `ws 8`
    ws: String,
    /// Whether a send without a callback throws: up to 6.
    bare_throws: bool,
    /// Whether the callback runs on a later tick: from 8.13.
    callback_later: bool,
}

impl Dialect {
    pub(super) fn of(version: Option<&Version>) -> Self {
        Self {
            ws: version.map_or("ws".to_owned(), |version| format!("ws {}", version.major)),
            bare_throws: version.is_some_and(|version| version.major <= 6),
            callback_later: version.is_none_or(|version| (version.major, version.minor) >= (8, 13)),
        }
    }
}
