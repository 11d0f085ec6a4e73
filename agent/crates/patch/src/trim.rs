//! Taking a site out of a patch that nothing needs there.

use crate::{LeftAlone, Patch, Refusal, Scenario};

impl Patch {
    /// The patch without the site `index`, which is listed as left alone for `reason`. A test that
    /// only this site asked for goes with it.
    pub fn without(mut self, index: usize, reason: Refusal) -> Self {
        if index >= self.sites.len() {
            return self;
        }
        let site = self.sites.remove(index);
        let (path, line) = (site.path, site.lines.0);
        self.summary = format!(
            "{}\n\nLine {line} was taken out of this change again, see what was left alone.",
            self.summary
        );
        self.left_alone.push(LeftAlone { path, line, reason });
        self.subject.scenarios.retain_mut(|scenario| keeps(scenario, index));
        self
    }
}

/// Counts the sites of a test anew; whether any is left.
fn keeps(scenario: &mut Scenario, without: usize) -> bool {
    let moved = |site: usize| if site > without { site - 1 } else { site };
    match scenario {
        Scenario::Send { sites, .. } => {
            sites.retain(|site| *site != without);
            sites.iter_mut().for_each(|site| *site = moved(*site));
            !sites.is_empty()
        }
        Scenario::Forget { site, .. } => {
            let stays = *site != without;
            *site = moved(*site);
            stays
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Callable, Field, Owner, PatchedSite, Shape, SiteEvidence, SocketSource, Subject, TextEdit,
    };

    fn call(name: &str) -> Callable {
        Callable { name: name.into(), public: true, is_async: false, parameters: Vec::new() }
    }

    fn send(sites: &[usize]) -> Scenario {
        let (call, sockets) = (call("tell"), SocketSource::Parameter { index: 0 });
        Scenario::Send { sites: sites.to_vec(), call, sockets, closes_during_call: false }
    }

    /// Three sites, each of which puts its number in front of its line.
    fn patch() -> Patch {
        let site = |number: u32| PatchedSite {
            template: "by-hand".into(),
            path: "a.js".into(),
            lines: (number + 1, number + 1),
            evidence: SiteEvidence::Typed,
            edits: vec![TextEdit {
                start: number as usize * 2,
                end: number as usize * 2,
                text: number.to_string(),
            }],
        };
        let collection = Field { name: "all".into(), shape: Shape::Set };
        let (connect, disconnect) = (call("join"), Some("leave".into()));
        let forget = Scenario::Forget { site: 2, collection, connect, disconnect };
        Patch {
            template: "by-hand".into(),
            candidate: "by-hand".into(),
            title: String::new(),
            summary: "Three lines.".into(),
            risk: String::new(),
            sites: (0..3).map(site).collect(),
            left_alone: Vec::new(),
            subject: Subject {
                path: "a.js".into(),
                owner: Owner::Unreachable { why: String::new() },
                scenarios: vec![send(&[0, 1]), send(&[1]), forget],
            },
        }
    }

    #[test]
    fn a_site_goes_with_its_edits_and_its_own_tests_and_is_named() {
        let reason = Refusal::new("site-not-needed", "no test notices");
        let trimmed = patch().without(1, reason.clone());
        assert_eq!(trimmed.apply("a.js", ";\n;\n;\n"), Ok("0;\n;\n2;\n".to_owned()));
        let left = LeftAlone { path: "a.js".into(), line: 2, reason: reason.clone() };
        assert_eq!(trimmed.left_alone, [left]);
        assert!(trimmed.summary.contains("Line 2 was taken out"), "{}", trimmed.summary);
        let [Scenario::Send { sites, .. }, Scenario::Forget { site, .. }] =
            trimmed.subject.scenarios.as_slice()
        else {
            panic!("{:?}", trimmed.subject.scenarios)
        };
        assert_eq!((sites.as_slice(), *site), ([0].as_slice(), 1));
        assert_eq!(patch().without(3, reason), patch());
    }
}
