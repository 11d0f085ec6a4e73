//! Whatever comes with an event, or stands in the repository, stays text.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

use crate::scene::{SOURCE, Scene};

/// What Markdown, HTML, forges and terminals act on.
const PIECES: [&str; 46] = [
    "`",
    "``",
    "```",
    "````",
    "~~~",
    "\n",
    "\n\n",
    "\r",
    "\t",
    " ",
    "    ",
    "@ada",
    "@acme/team",
    "#12",
    "GH-7",
    "acme/chat#3",
    "fixes #1",
    "closes",
    "deadbeefcafe",
    "0123456789abcdef0123456789abcdef01234567",
    "https://evil.example/x",
    "www.evil.example",
    "<img src=x onerror=1>",
    "<!--",
    "-->",
    "<!-- bugstack:v1 fix_key=x -->",
    "](https://x.example)",
    "![a",
    "[a]",
    "# ",
    "- ",
    "1. ",
    "> ",
    "---",
    "===",
    "|",
    "\\",
    "\\|",
    "*b*",
    "_i_",
    "&lt;",
    "\u{202e}",
    "\u{200b}",
    "\u{7}",
    "$x$",
    "word",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// What of the body is not inside code, and every element that is not ours.
fn outside_code(body: &str) -> (String, Vec<String>) {
    let (mut text, mut foreign, mut in_code, mut marks) = (String::new(), Vec::new(), false, 0);
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    for event in Parser::new_ext(body, options) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Text(words) if !in_code => text.push_str(&words),
            Event::SoftBreak | Event::HardBreak | Event::Start(Tag::Paragraph) => text.push('\n'),
            Event::Html(html) if html.starts_with("<!-- bugstack:v1 ") => marks += 1,
            Event::Start(
                tag @ (Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::BlockQuote(_)
                | Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::FootnoteDefinition(_)),
            ) => foreign.push(format!("{tag:?}")),
            Event::Html(html) | Event::InlineHtml(html) => foreign.push(html.to_string()),
            Event::TaskListMarker(_) => foreign.push("task".into()),
            _ => {}
        }
    }
    assert_eq!(marks, 1, "{body}");
    (text, foreign)
}

fn headings(body: &str) -> usize {
    let headings = Parser::new_ext(body, Options::ENABLE_TABLES);
    headings.filter(|event| matches!(event, Event::Start(Tag::Heading { .. }))).count()
}

/// Columns of every row of every table.
fn cells(body: &str) -> Vec<usize> {
    let mut rows = Vec::new();
    for event in Parser::new_ext(body, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::TableRow) => rows.push(0),
            Event::Start(Tag::TableCell) => rows.last_mut().into_iter().for_each(|row| *row += 1),
            _ => {}
        }
    }
    rows
}

fn hides(c: char) -> bool {
    (c.is_control() && c != '\n')
        || ('\u{200b}'..='\u{200f}').contains(&c)
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2060}'..='\u{2069}').contains(&c)
}

fn assert_inert(words: &str) {
    let lower = words.to_lowercase();
    for sign in ["@", "#", "://", "www.", "gh-", "<", "`"] {
        assert!(!lower.contains(sign), "{sign}: {words}");
    }
    let sha = |run: &str| run.len() >= 7 && run.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(!words.split(|c: char| !c.is_alphanumeric()).any(sha), "{words}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn hostile_texts_stay_inside_code(
        kind in text(), message in text(), function in text(), release in text(),
        environment in text(), test in text(), runner in text(), cause in text(), summary in text(),
        risk in text(), title in text(), reason in text(), path in text(), spec in "[a-z'$`; ]{1,12}",
        verdict in text(), change in text(),
    ) {
        let scene = Scene::new();
        let mut job = scene.job();
        let thrown = &mut job.event["exceptions"][0];
        thrown["type"] = kind.into();
        thrown["frames"][0]["function"] = function.clone().into();
        thrown["frames"][0]["file"] = format!("/app/node_modules/{path}").into();
        thrown["frames"][1]["function"] = function.into();
        job.event["release"] = release.into();
        job.event["environment"] = environment.into();
        let told = &mut job.verdict;
        told["diagnosis"]["site"]["evidence"]["message"] = message.into();
        told["diagnosis"]["found"]["cause"] = cause.into();
        for (field, text) in [("summary", summary), ("risk", risk), ("title", title)] {
            told["patch"][field] = text.into();
        }
        told["patch"]["left_alone"][0]["reason"]["explanation"] = reason.into();
        told["patch"]["left_alone"][0]["path"] = path.clone().into();
        told["patch"]["sites"][1]["path"] = path.clone().into();
        told["files"][1][0] = format!("src/{spec}.spec.ts").into();
        let proof = &mut told["proof"];
        proof["red"]["test"] = test.clone().into();
        proof["red"]["message"] = runner.into();
        proof["sites"][0]["file"] = path.into();
        proof["sites"][1]["red_without"] = test.clone().into();
        proof["tried"] = serde_json::json!([
            {"template": "a", "verdict": verdict}, {"template": change, "verdict": "proven"}
        ]);
        proof["mutants"] = serde_json::json!([{"change": change, "killed_by": test}]);
        proof["environment"]["ws"] = change.into();

        let proposal = scene.proposed(&job);
        let body = &proposal.body;
        let (words, foreign) = outside_code(body);
        prop_assert_eq!(foreign, Vec::<String>::new(), "{}", body);
        assert_inert(&words);
        prop_assert_eq!(headings(body), 4, "{}", body);
        prop_assert!(cells(body).iter().all(|count| *count == 2), "{}", body);
        prop_assert!(!body.chars().any(hides), "{}", body);
        prop_assert!(body.chars().count() <= 65_536);
        prop_assert!(body.trim_end().ends_with(" -->"));
        let last = body.trim_end().lines().last().unwrap();
        prop_assert!(last.starts_with("<!-- bugstack:v1 fix_key=c0ffee"), "{}", last);

        prop_assert!(proposal.title.chars().count() <= 72);
        prop_assert!(!proposal.title.contains('\n'));
        let git = git2::Repository::open(&scene.project.repository).unwrap();
        let commit = git.find_commit(proposal.commit.parse().unwrap()).unwrap();
        let message = commit.message().unwrap();
        let (told, trailer) = message.trim_end().rsplit_once("\n\n").unwrap();
        prop_assert!(trailer.starts_with("Bugstack-Fix-Key: c0ffee"));
        assert_inert(&told.replace('`', ""));
    }
}

#[test]
fn the_longest_texts_leave_room_for_the_marker() {
    let scene = Scene::new();
    let mut job = scene.job();
    let long = "@x ".repeat(20_000);
    let fill = |value: &mut Value| *value = Value::from(long.as_str());
    fill(&mut job.event["exceptions"][0]["type"]);
    let frame = job.event["exceptions"][0]["frames"][1].clone();
    job.event["exceptions"][0]["frames"] = vec![frame; 500].into();
    for frame in job.event["exceptions"][0]["frames"].as_array_mut().unwrap() {
        fill(&mut frame["function"]);
    }
    let told = &mut job.verdict;
    fill(&mut told["diagnosis"]["site"]["evidence"]["message"]);
    fill(&mut told["diagnosis"]["found"]["cause"]);
    for field in ["summary", "risk", "title"] {
        fill(&mut told["patch"][field]);
    }
    let mut place = told["patch"]["left_alone"][0].clone();
    fill(&mut place["path"]);
    fill(&mut place["reason"]["explanation"]);
    told["patch"]["left_alone"] = vec![place; 500].into();
    let mut site = told["patch"]["sites"][0].clone();
    fill(&mut site["path"]);
    told["patch"]["sites"] = vec![site; 500].into();
    let mut needed = told["proof"]["sites"][0].clone();
    fill(&mut needed["file"]);
    fill(&mut needed["red_without"]);
    told["proof"]["sites"] = vec![needed; 500].into();
    fill(&mut told["proof"]["red"]["test"]);
    fill(&mut told["proof"]["red"]["message"]);
    let name = format!("src/{}.spec.ts", "x'".repeat(100));
    told["files"] = serde_json::json!([[SOURCE, "x\n"], [name, "y\n"]]);
    let body = scene.proposed(&job).body;
    assert!(body.chars().count() <= 65_536, "{}", body.chars().count());
    let (_, foreign) = outside_code(&body);
    assert_eq!(foreign, Vec::<String>::new());
}
