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
    /// Whether the one that stays is still kept.
    kept: Option<String>,
    #[serde(skip)]
    sites: Vec<usize>,
}

impl TestCase {
    /// What the runner will report, and what makes its failure count.
    pub(super) fn report(self, describe: &str, state: SocketState, runner: Runner) -> SpecTest {
        let red = match (&self.held, runner) {
            (None, _) => state.message(),
            (Some(_), Runner::Jest) => "Expected: false\nReceived: true".to_owned(),
            (Some(_), Runner::Vitest) => "expected true to be false".to_owned(),
            (Some(_), Runner::Mocha | Runner::NodeTest) => "true !== false".to_owned(),
        };
        SpecTest { name: format!("{describe} {}", self.title), sites: self.sites, red }
    }

    /// Whether its lines need this helper.
    pub(super) fn mentions(&self, helper: &str) -> bool {
        self.arrange.iter().chain(&self.act).any(|line| line.contains(helper))
    }
}

/// The socket that gets exactly one copy, and its state.
const OPEN: [(&str, &str); 1] = [("open", "OPEN")];

/// A socket that nothing may be sent to.
#[derive(Debug, Clone, Copy)]
struct Closed {
    name: &'static str,
    /// Its state when the call begins.
    begins: &'static str,
    /// Its state when the code under test asks.
    state: SocketState,
}

impl Closed {
    fn leave(&self) -> String {
        format!("{0}.readyState = {0}.{1};", self.name, self.state.name())
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
        for (socket, state) in closed.iter().map(|it| (it.name, it.begins)).chain(OPEN) {
            arrange.push(format!("const {socket} = fakeSocket('{state}');"));
        }
        let names: Vec<&str> = closed.iter().map(|it| it.name).collect();
        let all = [names.as_slice(), &["open"]].concat();
        if let SocketSource::Field(field) = sockets
            && field.shape != Shape::Socket
        {
            arrange.extend(self.reach.fill(field, &all)?);
        }
        let leaving: &[Closed] = if closes_during_call { &closed } else { &[] };
        let mut act = self.send_to(&all, call, sockets, leaving)?;
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
            closed: names.into_iter().map(str::to_owned).collect(),
            held: None,
            kept: None,
            sites: sites.to_vec(),
        })
    }

    /// The sockets that nothing may be sent to; production's own state comes first, so that its
    /// words come first.
    fn closed_sockets(&self, closes_during_call: bool) -> Vec<Closed> {
        let of = |state: SocketState| match closes_during_call {
            false => Closed { name: state.word(), begins: state.name(), state },
            true => Closed { name: state.word_while_called(), begins: "OPEN", state },
        };
        [self.state, self.state.other()].map(of).to_vec()
    }

    /// One call for a collection of sockets, or one for each socket.
    fn send_to(
        &self,
        all: &[&str],
        call: &Callable,
        sockets: &SocketSource,
        leaving: &[Closed],
    ) -> Result<Vec<String>, Refusal> {
        let one = |socket: &str| {
            let own: Vec<Closed> = leaving.iter().filter(|it| it.name == socket).copied().collect();
            self.call(call, sockets, socket, &own)
        };
        let together = |value: &str| self.call(call, sockets, value, leaving);
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
        arrange.extend(["stays", "gone"].map(|it| format!("const {it} = fakeSocket('OPEN');")));
        arrange.extend(self.reach.fill(collection, &["stays"])?);
        let takes_socket =
            connect.parameters.iter().position(|parameter| self.takes_socket(parameter));
        let arguments = self.arguments(connect, takes_socket.or(Some(0)), "gone");
        let wait = if connect.is_async { "await " } else { "" };
        let mut act = vec![
            format!("{wait}{}({arguments});", self.reach.callee(connect)?),
            "gone.close();".to_owned(),
        ];
        // Where a place in a list is looked up, whoever is not there any more must hit nobody else.
        let times = if collection.shape == Shape::Array { 2 } else { 1 };
        let told = disconnect.and_then(|method| self.reach.tell(method, "gone"));
        act.extend(std::iter::repeat_n(told, times).flatten());
        act.push("await settled();".to_owned());
        Ok(TestCase {
            title: format!("forgets a socket that has left {}", collection.name),
            arrange,
            act,
            closed: Vec::new(),
            held: Some(self.reach.holds(collection, "gone")?),
            kept: Some(self.reach.holds(collection, "stays")?),
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
        leaving: &[Closed],
    ) -> Result<Vec<String>, Refusal> {
        let index = match sockets {
            SocketSource::Field(_) => None,
            SocketSource::CollectionParameter { index, .. } | SocketSource::Parameter { index } => {
                Some(*index)
            }
        };
        let expression =
            format!("{}({})", self.reach.callee(call)?, self.arguments(call, index, value));
        let leave = leaving.iter().map(Closed::leave);
        Ok(match (leaving, call.is_async) {
            ([], false) => vec![format!("{expression};")],
            ([], true) => vec![format!("await {expression};")],
            (_, false) => [format!("{expression};")].into_iter().chain(leave).collect(),
            (_, true) => {
                let answer = match leaving {
                    [one] => format!("{}Answer", one.name),
                    _ => "answer".to_owned(),
                };
                [format!("const {answer} = {expression};")]
                    .into_iter()
                    .chain(leave)
                    .chain([format!("await {answer};")])
                    .collect()
            }
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
