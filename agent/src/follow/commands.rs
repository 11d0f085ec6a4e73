//! What people ask for in remarks below a proposal: `/bugstack retry`, `ignore`, `explain`.
//!
//! A command begins a line of a plain paragraph. Code, quotes, HTML, lists and tables are other
//! people's words, or words about words.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::model::Remark;

/// What a command begins with.
const PREFIX: &str = "/bugstack";
/// Commands of one remark that are looked at.
const MAX_COMMANDS: usize = 5;
/// Characters of a command that are read.
const MAX_CHARS: usize = 500;

/// Something asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// Repair the issue again.
    Retry,
    /// The issue is not to be repaired, because …
    Ignore(Option<String>),
    /// Say why, and what is waited for.
    Explain,
    /// No command that we know.
    Unknown,
}

/// A remark's commands that were not acted on yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked<'a> {
    /// The remark.
    pub(super) remark: &'a Remark,
    /// What it asks for, in its order.
    pub(super) commands: Vec<Command>,
    /// All of its commands, to be remembered as handled.
    pub(super) lines: Vec<String>,
}

/// The remarks that ask for something new. A program's remark asks for nothing; an edited one
/// only for what it did not ask for before.
pub(super) fn asked<'a>(
    remarks: &'a [Remark],
    handled: &BTreeMap<i64, Vec<String>>,
) -> Vec<Asked<'a>> {
    let people = remarks.iter().filter(|remark| !remark.bot);
    let asked = people.map(|remark| {
        let lines = lines(&remark.body);
        let before = handled.get(&remark.id).map(Vec::as_slice).unwrap_or_default();
        let new = lines.iter().filter(|line| !before.contains(line));
        let commands = new.map(|line| command(line)).collect();
        Asked { remark, commands, lines }
    });
    asked.filter(|asked| !asked.commands.is_empty()).collect()
}

fn command(line: &str) -> Command {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match (word.to_ascii_lowercase().as_str(), rest) {
        ("retry", "") => Command::Retry,
        ("explain", "") => Command::Explain,
        ("ignore", "") => Command::Ignore(None),
        ("ignore", reason) => Command::Ignore(Some(reason.to_owned())),
        _ => Command::Unknown,
    }
}

/// What follows the prefix in each line of a plain paragraph that begins with it.
fn lines(body: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in plain_lines(body) {
        let Some(rest) = line.trim_start().strip_prefix(PREFIX) else { continue };
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            continue;
        }
        let rest: String = rest.trim().chars().take(MAX_CHARS).collect();
        if !found.contains(&rest) {
            found.push(rest);
        }
    }
    found.truncate(MAX_COMMANDS);
    found
}

/// The lines of paragraphs that stand in nothing else. Code and HTML inside a line keep their
/// marks, so that none of them begins a command.
fn plain_lines(body: &str) -> Vec<String> {
    let (mut lines, mut line, mut depth, mut paragraph) = (Vec::new(), String::new(), 0, false);
    for event in Parser::new(body) {
        match event {
            Event::Start(Tag::Paragraph) if depth == 0 => (paragraph, depth) = (true, 1),
            Event::Start(_) => {
                depth += 1;
                line.push('\u{0}');
            }
            Event::End(TagEnd::Paragraph) if depth == 1 && paragraph => {
                (paragraph, depth) = (false, 0);
                lines.push(std::mem::take(&mut line));
            }
            Event::End(_) => {
                depth -= 1;
                if depth == 0 {
                    line.clear();
                }
            }
            Event::Text(text) => line.push_str(&text),
            Event::Code(text) => line.push_str(&format!("`{text}`")),
            Event::SoftBreak | Event::HardBreak if paragraph => {
                lines.push(std::mem::take(&mut line));
            }
            _ => line.push('\u{0}'),
        }
    }
    lines.into_iter().map(|line| line.replace('\u{0}', "\u{fffd}")).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;

    fn remark(body: &str) -> Remark {
        let updated = "2026-11-22T19:00:00Z".parse().unwrap();
        Remark { id: 7, author: "ada".into(), bot: false, body: body.into(), updated }
    }

    fn commands(body: &str) -> Vec<Command> {
        let remarks = [remark(body)];
        asked(&remarks, &BTreeMap::new()).into_iter().flat_map(|asked| asked.commands).collect()
    }

    #[test]
    fn a_command_begins_a_line_of_a_plain_paragraph() {
        use Command::{Explain, Ignore, Retry, Unknown};
        let why = |text: &str| Ignore(Some(text.to_owned()));
        let cases = [
            ("/bugstack retry", vec![Retry]),
            ("  /bugstack   RETRY  ", vec![Retry]),
            ("thanks!\n/bugstack explain\nbye", vec![Explain]),
            ("/bugstack ignore\n\n/bugstack explain", vec![Ignore(None), Explain]),
            (
                "/bugstack ignore we rewrite `announce` soon",
                vec![why("we rewrite `announce` soon")],
            ),
            ("/bugstack retry\n/bugstack retry", vec![Retry]),
            ("/bugstack merge", vec![Unknown]),
            ("/bugstack", vec![Unknown]),
            ("/bugstack retry now", vec![Unknown]),
            ("please /bugstack retry", vec![]),
            ("/bugstackretry", vec![]),
            ("`/bugstack retry`", vec![]),
            ("```\n/bugstack retry\n```", vec![]),
            ("    /bugstack retry", vec![]),
            ("> /bugstack retry", vec![]),
            ("> quoted\n/bugstack retry", vec![]),
            ("<!-- /bugstack retry -->", vec![]),
            ("<div>\n/bugstack retry\n</div>", vec![]),
            ("<b>/bugstack retry</b>", vec![]),
            ("text <!--\n/bugstack retry -->", vec![]),
            ("**/bugstack retry**", vec![]),
            ("[/bugstack retry](https://x.example)", vec![]),
            ("- /bugstack retry", vec![]),
            ("# /bugstack retry", vec![]),
            ("", vec![]),
        ];
        for (body, expected) in cases {
            assert_eq!(commands(body), expected, "{body:?}");
        }
    }

    #[test]
    fn a_remark_is_acted_on_once_and_an_edited_one_only_for_what_changed() {
        let remarks = [remark("/bugstack explain\n/bugstack retry")];
        let handled = BTreeMap::from([(7, vec!["explain".to_owned()])]);
        let found = asked(&remarks, &handled);
        assert_eq!(found[0].commands, [Command::Retry]);
        let handled = BTreeMap::from([(7, found[0].lines.clone())]);
        assert!(asked(&remarks, &handled).is_empty());
    }

    #[test]
    fn programs_ask_for_nothing() {
        let remarks = [Remark { bot: true, ..remark("/bugstack retry") }];
        assert!(asked(&remarks, &BTreeMap::new()).is_empty());
    }

    #[test]
    fn a_remark_full_of_commands_is_read_up_to_a_bound() {
        let body: String = (0..1_000).map(|n| format!("/bugstack x{n}\n")).collect();
        assert_eq!(commands(&body).len(), MAX_COMMANDS);
        let long = format!("/bugstack ignore {}", "a".repeat(100_000));
        let [Command::Ignore(Some(reason))] = &commands(&long)[..] else { panic!() };
        assert!(reason.len() <= MAX_CHARS);
    }

    proptest::proptest! {
        #[test]
        fn no_remark_is_a_panic(body in "(?s).{0,200}") {
            commands(&body);
        }
    }
}
