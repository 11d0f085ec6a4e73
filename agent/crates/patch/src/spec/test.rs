//! One scenario as the lines of one test.

use serde::Serialize;

use super::module::{Module, identifier};
use super::reach::Reach;
use super::value::argument;
use super::{Runner, SocketState, SpecTest};
use crate::{Callable, Field, Parameter, Refusal, Scenario, Shape, SocketSource, Subject};

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
    let writer = Writer { reach: Reach { subject, module, source }, state };
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
    reach: Reach<'a>,
    state: SocketState,
}

impl Writer<'_> {
    fn case(&self, scenario: &Scenario) -> Result<TestCase, Refusal> {
        match scenario {
            Scenario::Send { sites, call, sockets, closes_during_call } => {
                self.send(sites, call, sockets, *closes_during_call)
            }
            Scenario::Forget { site, collection, connect, disconnect } => {
                self.forget(*site, collection, connect, disconnect.as_deref())
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
        let mut arrange = self.reach.construct()?;
        let closed = self.closed_sockets(closes_during_call);
        for (socket, state) in closed.iter().chain(&[("open", "OPEN")]) {
            arrange.push(format!("const {socket} = fakeSocket('{state}');"));
        }
        let closed: Vec<&str> = closed.iter().map(|(socket, _)| *socket).collect();
        let all = [closed.as_slice(), &["open"]].concat();
        if let SocketSource::Field(field) = sockets
            && field.shape != Shape::Socket
        {
            arrange.extend(self.reach.fill(field, &all)?);
        }
        let mut act = self.send_to(&all, call, sockets, closes_during_call)?;
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

    /// The sockets that nothing may be sent to and their states when the call begins; production's
    /// own state comes first, so that its words come first.
    fn closed_sockets(&self, closes_during_call: bool) -> Vec<(&'static str, &'static str)> {
        if closes_during_call {
            return vec![("leaving", "OPEN")];
        }
        [self.state, self.state.other()].map(|state| (state.word(), state.name())).to_vec()
    }

    /// One call for a collection of sockets, or one for each socket.
    fn send_to(
        &self,
        all: &[&str],
        call: &Callable,
        sockets: &SocketSource,
        closes_during_call: bool,
    ) -> Result<Vec<String>, Refusal> {
        let one = |socket: &str| {
            let leaving = (closes_during_call && socket != "open").then_some(socket);
            self.call(call, sockets, socket, leaving)
        };
        let together =
            |value: &str| self.call(call, sockets, value, closes_during_call.then_some("leaving"));
        match sockets {
            SocketSource::Field(field) if field.shape == Shape::Socket => {
                let mut act = Vec::new();
                for socket in all {
                    act.push(self.reach.hand_over(field, socket)?);
                    act.extend(one(socket)?);
                }
                Ok(act)
            }
            SocketSource::Field(_) => together(""),
            SocketSource::CollectionParameter { shape, .. } => {
                together(&self.reach.collection_to_pass(*shape, all))
            }
            SocketSource::Parameter { .. } => {
                let calls: Vec<_> =
                    all.iter().map(|socket| one(socket)).collect::<Result<_, _>>()?;
                Ok(calls.concat())
            }
        }
    }

    fn forget(
        &self,
        site: usize,
        collection: &Field,
        connect: &Callable,
        disconnect: Option<&str>,
    ) -> Result<TestCase, Refusal> {
        disconnect.map_or(Ok(()), identifier)?;
        let mut arrange = self.reach.construct()?;
        arrange.push("const gone = fakeSocket('OPEN');".to_owned());
        let takes_socket =
            connect.parameters.iter().position(|parameter| self.takes_socket(parameter));
        let arguments = self.arguments(connect, takes_socket.or(Some(0)), "gone");
        let wait = if connect.is_async { "await " } else { "" };
        let mut act = vec![
            format!("{wait}{}({arguments});", self.reach.callee(connect)?),
            "gone.close();".to_owned(),
        ];
        act.extend(disconnect.and_then(|method| self.reach.tell(method, "gone")));
        act.push("await settled();".to_owned());
        Ok(TestCase {
            title: format!("forgets a socket that has left {}", collection.name),
            arrange,
            act,
            closed: Vec::new(),
            held: Some(self.reach.holds(collection, "gone")?),
            sites: vec![site],
        })
    }

    /// In a class's block the method is named, in a function's own block it need not be.
    fn title(&self, call: &str, what: &str) -> String {
        if call == self.reach.module.describe { what.to_owned() } else { format!("{call} {what}") }
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
        let expression =
            format!("{}({})", self.reach.callee(call)?, self.arguments(call, index, value));
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
            if Some(at) == index { value } else { argument(parameter, self.reach.source) }
                .to_owned()
        };
        call.parameters.iter().enumerate().map(one).collect::<Vec<_>>().join(", ")
    }

    fn takes_socket(&self, parameter: &Parameter) -> bool {
        argument(parameter, self.reach.source).starts_with("fakeSocket")
    }
}
