//! One scenario as the lines of one test.

use serde::Serialize;

use super::module::{Module, identifier};
use super::value::{ANYTHING, argument, map_key};
use super::{Runner, SocketState, SpecTest};
use crate::{Callable, Field, Owner, Parameter, Refusal, Scenario, Shape, SocketSource, Subject};

/// The lines of one test; what they assert depends on the runner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct TestCase {
    title: String,
    arrange: Vec<String>,
    act: Vec<String>,
    /// The sockets that nothing may be sent to, for a send.
    closed: Vec<String>,
    /// Whether the socket that left is still kept, for a collection.
    held: Option<String>,
    #[serde(skip)]
    sites: Vec<usize>,
}

impl TestCase {
    /// What the runner will report, and what makes its failure count.
    pub(super) fn report(self, describe: &str, state: SocketState, runner: Runner) -> SpecTest {
        let red = match (&self.held, runner) {
            (None, _) => state.message(),
            (Some(_), Runner::Jest) => "Expected: false\nReceived: true".to_owned(),
            (Some(_), Runner::NodeTest) => "true !== false".to_owned(),
        };
        SpecTest { name: format!("{describe} {}", self.title), sites: self.sites, red }
    }

    /// Whether its lines need this helper.
    pub(super) fn mentions(&self, helper: &str) -> bool {
        self.arrange.iter().chain(&self.act).any(|line| line.contains(helper))
    }
}

/// One test for each scenario, in order, each with a title of its own.
pub(super) fn cases(
    subject: &Subject,
    module: &Module,
    state: SocketState,
    source: &str,
) -> Result<Vec<TestCase>, Refusal> {
    let writer = Writer { subject, module, state, source };
    let mut cases: Vec<TestCase> = Vec::new();
    for scenario in &subject.scenarios {
        let mut case = writer.case(scenario)?;
        let same = cases.iter().filter(|known| known.title == case.title).count();
        if same > 0 {
            case.title = format!("{} ({})", case.title, same + 1);
        }
        cases.push(case);
    }
    Ok(cases)
}

struct Writer<'a> {
    subject: &'a Subject,
    module: &'a Module,
    state: SocketState,
    source: &'a str,
}

impl Writer<'_> {
    fn case(&self, scenario: &Scenario) -> Result<TestCase, Refusal> {
        match scenario {
            Scenario::Send { sites, call, sockets, closes_during_call } => {
                self.send(sites, call, sockets, *closes_during_call)
            }
            Scenario::Forget { site, collection, connect, disconnect } => {
                self.forget(*site, collection, connect, disconnect)
            }
        }
    }

    fn send(
        &self,
        sites: &[usize],
        call: &Callable,
        sockets: &SocketSource,
        closes_during_call: bool,
    ) -> Result<TestCase, Refusal> {
        let (closed, states) = if closes_during_call {
            (vec!["leaving"], vec!["OPEN"])
        } else {
            (
                vec![self.state.word(), self.state.other().word()],
                vec![self.state.name(), self.state.other().name()],
            )
        };
        let all: Vec<&str> = closed.iter().copied().chain(["open"]).collect();
        let mut arrange = self.construct();
        for (socket, state) in all.iter().zip(states.into_iter().chain(["OPEN"])) {
            arrange.push(format!("const {socket} = fakeSocket('{state}');"));
        }
        let one = |socket: &&str| {
            let leaves = closes_during_call && *socket != "open";
            self.call(call, sockets, socket, leaves.then_some(*socket))
        };
        let mut act = match sockets {
            SocketSource::Field(field) if field.shape == Shape::Socket => {
                let each = all.iter().map(|socket| {
                    Ok([vec![self.hand_over(field, socket)?], one(socket)?].concat())
                });
                each.collect::<Result<Vec<_>, Refusal>>()?.concat()
            }
            SocketSource::Parameter { .. } => {
                all.iter().map(one).collect::<Result<Vec<_>, _>>()?.concat()
            }
            SocketSource::Field(field) => {
                arrange.extend(self.fill(field, &all)?);
                self.call(call, sockets, "", closes_during_call.then_some("leaving"))?
            }
            SocketSource::CollectionParameter { shape, .. } => {
                let collection = self.collection(*shape, &all);
                self.call(call, sockets, &collection, closes_during_call.then_some("leaving"))?
            }
        };
        act.push("await settled();".to_owned());
        let what = if closes_during_call {
            "sends nothing to a socket that closes meanwhile"
        } else {
            "sends to open sockets only"
        };
        Ok(TestCase {
            title: self.title(&call.name, what),
            arrange,
            act,
            closed: closed.into_iter().map(str::to_owned).collect(),
            held: None,
            sites: sites.to_vec(),
        })
    }

    fn forget(
        &self,
        site: usize,
        collection: &Field,
        connect: &Callable,
        disconnect: &str,
    ) -> Result<TestCase, Refusal> {
        identifier(disconnect)?;
        let mut arrange = self.construct();
        arrange.push("const gone = fakeSocket('OPEN');".to_owned());
        let takes_socket =
            connect.parameters.iter().position(|parameter| self.takes_socket(parameter));
        let arguments = self.arguments(connect, takes_socket.or(Some(0)), "gone");
        let wait = if connect.is_async { "await " } else { "" };
        let mut act = vec![
            format!("{wait}{}({arguments});", self.callee(connect)?),
            "gone.close();".to_owned(),
        ];
        act.extend(self.tell(disconnect, "gone"));
        act.push("await settled();".to_owned());
        let kept = self.member(&collection.name)?;
        let held = match collection.shape {
            Shape::Set | Shape::MapKeys => format!("{kept}.has(gone)"),
            Shape::Array => format!("{kept}.includes(gone)"),
            Shape::MapValues => format!("Array.from({kept}.values()).includes(gone)"),
            Shape::Server => format!("{kept}.clients.has(gone)"),
            Shape::Socket => format!("{kept} === gone"),
        };
        Ok(TestCase {
            title: format!("forgets a socket that has left {}", collection.name),
            arrange,
            act,
            closed: Vec::new(),
            held: Some(held),
            sites: vec![site],
        })
    }

    /// In a class's block the method is named, in a function's own block it need not be.
    fn title(&self, call: &str, what: &str) -> String {
        if call == self.module.describe { what.to_owned() } else { format!("{call} {what}") }
    }

    /// Makes the object under test, and fills in what the framework would.
    fn construct(&self) -> Vec<String> {
        let Owner::Class { name, constructor, injected, .. } = &self.subject.owner else {
            return Vec::new();
        };
        let arguments: Vec<&str> =
            constructor.iter().map(|parameter| argument(parameter, self.source)).collect();
        let object = self.object();
        let mut lines = vec![format!("const {object} = new {name}({});", arguments.join(", "))];
        for field in injected.iter().filter(|field| !self.is_source(field)) {
            lines.push(format!("Object.assign({object}, {{ {}: {ANYTHING} }});", field.name));
        }
        lines
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
            Owner::Function { .. } => name.to_owned(),
        })
    }

    fn callee(&self, call: &Callable) -> Result<String, Refusal> {
        if call.public && matches!(self.subject.owner, Owner::Class { .. }) {
            identifier(&call.name)?;
            return Ok(format!("{}.{}", self.object(), call.name));
        }
        self.member(&call.name)
    }

    /// Tells the object as the framework would. The unpatched code may lack the method: then the
    /// assertion tells, not the compiler. A module of functions listens to the socket itself.
    fn tell(&self, method: &str, socket: &str) -> Option<String> {
        let object = self.object();
        match (&self.subject.owner, self.module.typescript) {
            (Owner::Function { .. }, _) => None,
            (Owner::Class { .. }, true) => Some(format!("({object} as any).{method}?.({socket});")),
            (Owner::Class { .. }, false) => Some(format!("{object}.{method}?.({socket});")),
        }
    }

    fn fill(&self, field: &Field, sockets: &[&str]) -> Result<Vec<String>, Refusal> {
        let member = self.member(&field.name)?;
        let key = map_key(&field.name, self.source, self.module.typescript);
        let line = |socket: &&str| match field.shape {
            Shape::Set => format!("{member}.add({socket});"),
            Shape::Array => format!("{member}.push({socket});"),
            Shape::MapKeys => format!("{member}.set({socket}, {ANYTHING});"),
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

    /// Sets a field whatever TypeScript thinks of it.
    fn hand_over(&self, field: &Field, value: &str) -> Result<String, Refusal> {
        identifier(&field.name)?;
        let name = &field.name;
        let property = if name == value { name.clone() } else { format!("{name}: {value}") };
        Ok(match self.subject.owner {
            Owner::Class { .. } => format!("Object.assign({}, {{ {property} }});", self.object()),
            Owner::Function { .. } => format!("Object.assign({name}, {value});"),
        })
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
            Shape::Server if self.module.typescript => {
                format!("{{ clients: new Set([{list}]) }} as any")
            }
            Shape::Server => format!("{{ clients: new Set([{list}]) }}"),
        }
    }

    /// Calls the function once, with `value` where it takes its sockets; a socket that leaves does
    /// so while the function waits.
    fn call(
        &self,
        call: &Callable,
        sockets: &SocketSource,
        value: &str,
        leaving: Option<&str>,
    ) -> Result<Vec<String>, Refusal> {
        let index = match sockets {
            SocketSource::Field(_) => None,
            SocketSource::CollectionParameter { index, .. } | SocketSource::Parameter { index } => {
                Some(*index)
            }
        };
        let expression = format!("{}({})", self.callee(call)?, self.arguments(call, index, value));
        let leave = |socket| format!("{socket}.readyState = {socket}.{};", self.state.name());
        Ok(match (leaving, call.is_async) {
            (None, false) => vec![format!("{expression};")],
            (None, true) => vec![format!("await {expression};")],
            (Some(socket), false) => vec![format!("{expression};"), leave(socket)],
            (Some(socket), true) => vec![
                format!("const answer = {expression};"),
                leave(socket),
                "await answer;".to_owned(),
            ],
        })
    }

    fn arguments(&self, call: &Callable, index: Option<usize>, value: &str) -> String {
        let one = |(at, parameter): (usize, &Parameter)| {
            if Some(at) == index { value } else { argument(parameter, self.source) }.to_owned()
        };
        call.parameters.iter().enumerate().map(one).collect::<Vec<_>>().join(", ")
    }

    fn takes_socket(&self, parameter: &Parameter) -> bool {
        argument(parameter, self.source).starts_with("fakeSocket")
    }
}
