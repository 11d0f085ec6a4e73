//! What a test must know to drive the changed code. The engine reads it from the source; the
//! spec renderer turns it into a test for the project's own runner.

use serde::{Deserialize, Serialize};

/// The code under test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Path of the source file in the repository.
    pub path: String,
    /// How a test gets hold of the code.
    pub owner: Owner,
    /// What to try, each one test.
    pub scenarios: Vec<Scenario>,
}

/// Who owns the changed code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A method of a class that the test can construct.
    Class {
        /// `RoomsGateway`
        name: String,
        /// How the module hands it out.
        export: Export,
        /// The constructor's parameters, in order.
        constructor: Vec<Parameter>,
        /// Fields that the framework fills in, such as `@WebSocketServer() server`.
        injected: Vec<Field>,
    },
    /// A function of the module itself.
    Function {
        /// How the module hands it out.
        export: Export,
    },
    /// Nothing that a test can get hold of.
    Unreachable {
        /// For a person: `the module does not export \`broadcast\``.
        why: String,
    },
}

/// How a module hands a value out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Export {
    /// `export class X`, `export function x`
    Named,
    /// `export default`
    Default,
    /// `module.exports = { x }` or `exports.x = …`
    CommonJs,
    /// `module.exports = x`
    CommonJsWhole,
}

/// A parameter of a constructor, method or function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name; empty where it is destructured.
    pub name: String,
    /// Its type as written in the source: `HistoryService`, `string`.
    pub type_text: Option<String>,
}

/// A field of the class under test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name, or for a module's own collection the variable's.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
}

/// How a field holds sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// One socket.
    Socket,
    /// `Set<WebSocket>`
    Set,
    /// `WebSocket[]`
    Array,
    /// `Map<K, WebSocket>`
    MapValues,
    /// `Map<WebSocket, V>`
    MapKeys,
    /// An object used as a map: `Record<string, WebSocket>`
    Record,
    /// `Map<K, Set<WebSocket>>`
    MapOfSets,
    /// ws's `Server`, whose `clients` is a set of sockets.
    Server,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// Call the function with a closed socket in reach and an open one behind it: nothing is sent
    /// to the closed one, nothing escapes, and the open one gets exactly one copy.
    Send {
        /// Index into `Patch::sites` of the places that this test must turn red without.
        sites: Vec<usize>,
        /// The function to call.
        call: Callable,
        /// Where it takes its sockets from.
        sockets: SocketSource,
        /// Whether the function waits for something else before it sends: the socket is open when
        /// the call begins and closes meanwhile.
        closes_during_call: bool,
    },
    /// Let a socket connect and disconnect: the collection no longer holds it.
    Forget {
        /// Index into `Patch::sites`.
        site: usize,
        /// Where sockets are kept.
        collection: Field,
        /// The method that stores a new socket, and its parameters.
        connect: Callable,
        /// The method that the patch adds or completes, `handleDisconnect`; none where the code
        /// listens to the socket itself.
        disconnect: Option<String>,
    },
}

/// Something a test can call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callable {
    /// Its name.
    pub name: String,
    /// Whether TypeScript lets a test call it by name.
    pub public: bool,
    /// Whether it returns a promise.
    pub is_async: bool,
    /// In order.
    pub parameters: Vec<Parameter>,
}

/// Where the function under test takes its sockets from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketSource {
    /// A field of the class.
    Field(Field),
    /// A collection passed to the function, or of the module: the parameter's index.
    CollectionParameter {
        /// From 0.
        index: usize,
        /// Its shape.
        shape: Shape,
    },
    /// One socket, passed to the function.
    Parameter {
        /// From 0.
        index: usize,
    },
}
