//! What production proved about one place in the code.

use serde::{Deserialize, Serialize};

/// One failing place, as the trace tells it, already mapped to a file of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The error's own words.
    pub message: String,
    /// How the failure reached the program, where the SDK knew it.
    pub outcome: Option<Outcome>,
    /// The library function that the application's frame called, where the trace shows one.
    pub callee: Option<Callee>,
    /// Path in the repository, `/` between parts.
    pub path: String,
    /// How much of the place is known.
    pub place: Place,
    /// The application's function as the runtime names it: `RoomsGateway.announce`.
    pub function: Option<String>,
}

/// How a failed send reached the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// `send` threw.
    Thrown,
    /// The callback or promise got the error.
    CalledBack,
    /// Nobody was told.
    Dropped,
}

/// A function of an installed package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callee {
    /// `ws`
    pub package: String,
    /// `sendAfterClose`, `WebSocket.send`; the frame nearest to the application wins.
    pub function: String,
}

/// How much the trace says about the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Line and column of this very text, both from 1; V8's column is at the method's name.
    Exact {
        /// From 1.
        line: u32,
        /// From 1.
        column: Option<u32>,
    },
    /// Only the function is known: the trace names a built file without a source map.
    Function,
}
