//! How a test gets at the object under test: makes it, reads its fields, hands it sockets.

use super::module::{Module, identifier};
use super::value::{ANYTHING, argument, map_key};
use crate::{Callable, Field, Owner, Refusal, Scenario, Shape, SocketSource, Subject};

/// The way from a test to the code under test.
pub(super) struct Reach<'a> {
    pub(super) subject: &'a Subject,
    pub(super) module: &'a Module,
    pub(super) source: &'a str,
}

impl Reach<'_> {
    /// Makes the object under test, and fills in what the framework would.
    pub(super) fn construct(&self) -> Result<Vec<String>, Refusal> {
        let Owner::Class { name, constructor, injected, .. } = &self.subject.owner else {
            return Ok(Vec::new());
        };
        let arguments: Vec<&str> =
            constructor.iter().map(|parameter| argument(parameter, self.source)).collect();
        let object = self.object();
        let mut lines = vec![format!("const {object} = new {name}({});", arguments.join(", "))];
        for field in injected.iter().filter(|field| !self.is_source(field)) {
            lines.push(self.hand_over(field, ANYTHING)?);
        }
        Ok(lines)
    }

    fn is_source(&self, field: &Field) -> bool {
        self.subject.scenarios.iter().any(|scenario| match scenario {
            Scenario::Send { sockets: SocketSource::Field(source), .. } => {
                source.name == field.name
            }
            _ => false,
        })
    }

    /// `RoomsGateway` → `gateway`
    fn object(&self) -> String {
        let name = &self.module.describe;
        let last = name.char_indices().rev().find(|(_, letter)| letter.is_uppercase());
        let word = last.map_or("", |(start, _)| &name[start..]).to_lowercase();
        match word.as_str() {
            "gateway" | "service" | "server" | "hub" | "handler" | "manager" | "controller"
            | "room" | "broker" | "adapter" | "provider" | "broadcaster" => word,
            _ => "subject".to_owned(),
        }
    }

    /// A field of the object, private or not, or a collection of the module.
    fn member(&self, name: &str) -> Result<String, Refusal> {
        identifier(name)?;
        Ok(match self.subject.owner {
            Owner::Class { .. } if self.module.typescript => {
                format!("{}['{name}']", self.object())
            }
            Owner::Class { .. } => format!("{}.{name}", self.object()),
            _ => name.to_owned(),
        })
    }

    /// What a test calls.
    pub(super) fn callee(&self, call: &Callable) -> Result<String, Refusal> {
        if call.public && matches!(self.subject.owner, Owner::Class { .. }) {
            identifier(&call.name)?;
            return Ok(format!("{}.{}", self.object(), call.name));
        }
        self.member(&call.name)
    }

    /// Tells the object as the framework would. The unpatched code may lack the method: then the
    /// assertion tells, not the compiler. A module of functions listens to the socket itself.
    pub(super) fn tell(&self, method: &str, socket: &str) -> Option<String> {
        let object = self.object();
        match (&self.subject.owner, self.module.typescript) {
            (Owner::Class { .. }, true) => Some(format!("({object} as any).{method}?.({socket});")),
            (Owner::Class { .. }, false) => Some(format!("{object}.{method}?.({socket});")),
            _ => None,
        }
    }

    /// Puts sockets into a collection.
    pub(super) fn fill(&self, field: &Field, sockets: &[&str]) -> Result<Vec<String>, Refusal> {
        let member = self.member(&field.name)?;
        let key = map_key(&field.name, self.source, self.module.typescript);
        let line = |socket: &&str| match field.shape {
            Shape::Set => format!("{member}.add({socket});"),
            Shape::Array => format!("{member}.push({socket});"),
            Shape::MapKeys => format!("{member}.set({socket}, {ANYTHING});"),
            Shape::Record => format!("{member}['{socket}'] = {socket};"),
            Shape::MapOfSets => format!("{member}.set({}, new Set([{socket}]));", key(socket)),
            _ => format!("{member}.set({}, {socket});", key(socket)),
        };
        Ok(match field.shape {
            Shape::Server => {
                let server = self.collection(Shape::Server, sockets);
                vec![self.hand_over(field, &server)?]
            }
            _ => sockets.iter().map(line).collect(),
        })
    }

    /// Whether a collection holds a socket.
    pub(super) fn holds(&self, collection: &Field, socket: &str) -> Result<String, Refusal> {
        let kept = self.member(&collection.name)?;
        Ok(match collection.shape {
            Shape::Set | Shape::MapKeys => format!("{kept}.has({socket})"),
            Shape::Array => format!("{kept}.includes({socket})"),
            Shape::MapValues => format!("Array.from({kept}.values()).includes({socket})"),
            Shape::Record => format!("Object.values({kept}).includes({socket})"),
            Shape::MapOfSets => {
                format!("Array.from({kept}.values()).some((held) => held.has({socket}))")
            }
            Shape::Server => format!("{kept}.clients.has({socket})"),
            Shape::Socket => format!("{kept} === {socket}"),
        })
    }

    /// Sets a field whatever TypeScript thinks of it.
    pub(super) fn hand_over(&self, field: &Field, value: &str) -> Result<String, Refusal> {
        identifier(&field.name)?;
        let name = &field.name;
        let property = if name == value { name.clone() } else { format!("{name}: {value}") };
        Ok(match self.subject.owner {
            Owner::Class { .. } => format!("Object.assign({}, {{ {property} }});", self.object()),
            _ => format!("Object.assign({name}, {value});"),
        })
    }

    /// A collection of sockets that the compiler takes for the real one.
    pub(super) fn collection_to_pass(&self, shape: Shape, sockets: &[&str]) -> String {
        let cast = if shape == Shape::Server && self.module.typescript { " as any" } else { "" };
        self.collection(shape, sockets) + cast
    }

    fn collection(&self, shape: Shape, sockets: &[&str]) -> String {
        let any = if self.module.typescript { "<any, any>" } else { "" };
        let list = sockets.join(", ");
        let pairs = |pair: &dyn Fn(&&str) -> String| {
            sockets.iter().map(pair).collect::<Vec<_>>().join(", ")
        };
        match shape {
            Shape::Set => format!("new Set([{list}])"),
            Shape::Array | Shape::Socket => format!("[{list}]"),
            Shape::MapValues => {
                let pairs = pairs(&|socket| format!("['{socket}', {socket}]"));
                format!("new Map{any}([{pairs}])")
            }
            Shape::MapKeys => {
                let pairs = pairs(&|socket| format!("[{socket}, {ANYTHING}]"));
                format!("new Map{any}([{pairs}])")
            }
            Shape::Record => format!("{{ {list} }}"),
            Shape::MapOfSets => {
                let pairs = pairs(&|socket| format!("['{socket}', new Set([{socket}])]"));
                format!("new Map{any}([{pairs}])")
            }
            Shape::Server => format!("{{ clients: new Set([{list}]) }}"),
        }
    }
}
