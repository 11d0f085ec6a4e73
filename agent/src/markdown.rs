//! Text from outside inside our Markdown and our commit messages: quoted so that it can neither
//! mention, close, link, format, nor hide anything.
//!
//! A forge acts on text, not on Markdown: an escaped `\@team` is a mention all the same. So what is
//! not a plain word is shown as code, where no forge looks for anything.

/// Characters of one quoted text that are shown.
const MAX_CODE: usize = 300;
/// Characters of a text in prose that are shown.
const MAX_PROSE: usize = 2_000;
/// A commit is linked where at least so many hexadecimal digits stand together.
const SHA: usize = 7;

/// One line without anything hidden, of at most `most` characters.
pub fn line(text: &str, most: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words = words.map(|word| word.chars().filter(|c| !hides(*c)).collect::<String>());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    cut(&words.join(" "), most)
}

/// A code span.
pub fn code(text: &str) -> String {
    let shown = line(text, MAX_CODE);
    let fence = "`".repeat(longest_run(&shown) + 1);
    match shown.as_str() {
        "" => "`?`".to_owned(),
        shown if shown.contains('`') => format!("{fence} {shown} {fence}"),
        shown => format!("{fence}{shown}{fence}"),
    }
}

/// A code span for a table, where a bar would begin the next cell.
pub fn cell(text: &str) -> String {
    code(&text.replace('|', "¦"))
}

/// A code block, one text a line.
pub fn block(lines: &[String], language: &str) -> String {
    let lines: Vec<String> = lines.iter().map(|text| indented(text)).collect();
    let longest = lines.iter().map(|text| longest_run(text)).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", lines.join("\n"))
}

/// Paragraphs whose only formatting is their code spans.
pub fn prose(text: &str) -> String {
    let text = cut(text, MAX_PROSE);
    let paragraphs = text.split("\n\n").map(phrase).filter(|words| !words.is_empty());
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// The same on one line.
pub fn phrase(text: &str) -> String {
    let text = cut(text, MAX_PROSE);
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::new();
    if parts.len().is_multiple_of(2) {
        // One of the marks has no partner: who knows what is code.
        add_words(&mut out, &text);
    } else {
        for (at, part) in parts.into_iter().enumerate() {
            match at % 2 {
                0 => add_words(&mut out, part),
                _ => add(&mut out, &code(part), false),
            }
        }
    }
    out.trim_end().to_owned()
}

/// Words for a commit or a title, where nothing is code: what a forge would act on is taken out.
pub fn inert(text: &str, most: usize) -> String {
    let words = line(text, usize::MAX);
    let words = words.split(' ').map(|word| match is_address(word) || has_sha(word) {
        true => "…".to_owned(),
        false => without_signs(word),
    });
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    cut(&words.join(" "), most)
}

/// The words of one line in lines of at most `width` characters; a longer word stays whole.
pub fn wrapped(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

fn add_words(out: &mut String, part: &str) {
    let glued = !part.starts_with(char::is_whitespace);
    for (at, word) in part.split_whitespace().enumerate() {
        let word = line(word, MAX_CODE);
        if word.is_empty() {
            continue;
        }
        let begins =
            out.trim_end().is_empty() && !word.starts_with(|c: char| c.is_ascii_alphabetic());
        let shown = if is_plain(&word) && !begins { word } else { code(&word) };
        add(out, &shown, at > 0 || !glued);
    }
    if part.ends_with(char::is_whitespace) && !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// Two code spans never touch: their marks would become one.
fn add(out: &mut String, shown: &str, apart: bool) {
    let touch = out.ends_with('`') && shown.starts_with('`');
    if !out.is_empty() && !out.ends_with(' ') && (apart || touch) {
        out.push(' ');
    }
    out.push_str(shown);
}

/// Whether a word means nothing to Markdown and to a forge.
fn is_plain(word: &str) -> bool {
    let last = word.len() - word.chars().next_back().map_or(0, char::len_utf8);
    let letters = word.char_indices().all(|(at, c)| match c {
        ':' => at == last,
        c => c.is_alphanumeric() || ".,;!?'\"()/%-–—…".contains(c),
    });
    letters && !is_address(word) && !has_sha(word) && !names_issue(word)
}

fn is_address(word: &str) -> bool {
    let word = word.to_lowercase();
    word.contains("://") || word.contains("www.")
}

fn has_sha(word: &str) -> bool {
    let mut runs = word.split(|c: char| !c.is_alphanumeric());
    runs.any(|run| run.len() >= SHA && run.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `GH-1`
fn names_issue(word: &str) -> bool {
    word.to_lowercase().contains("gh-")
}

fn without_signs(word: &str) -> String {
    let word = if names_issue(word) { word.replace('-', " ") } else { word.to_owned() };
    word.chars().filter(|c| !"@#<>[]*".contains(*c)).collect()
}

/// Control characters, and what Unicode lets be ignored or turns the reading order with.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// A line keeps what it is indented by.
fn indented(text: &str) -> String {
    let indent = text.len() - text.trim_start_matches(' ').len();
    format!("{}{}", " ".repeat(indent.min(8)), line(text, MAX_CODE))
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_word_is_code() {
        for (from, to) in [
            (
                "`client` was closed when `a` sent to it.",
                "`client` was closed when `a` sent to it.",
            ),
            ("ask @team, it fixes #12", "ask `@team,` it fixes `#12`"),
            (
                "see https://a.example www.a.example GH-1",
                "see `https://a.example` `www.a.example` `GH-1`",
            ),
            (
                "owner/repo#1 deadbeef <b>x</b> [a](b)",
                "`owner/repo#1` `deadbeef` `<b>x</b>` `[a](b)`",
            ),
            ("1. a list", "`1.` a list"),
            ("- a list", "`-` a list"),
            ("one ` mark @a", "one `` ` `` mark `@a`"),
            ("`a``b` \u{202e}c\u{200b}", "`a` `b` c"),
            ("a _b_ *c* :d: ![e]", "a `_b_` `*c*` `:d:` `![e]`"),
            ("", ""),
        ] {
            assert_eq!(phrase(from), to, "{from}");
        }
    }

    #[test]
    fn code_ends_where_it_shall() {
        for (from, to) in [
            ("a", "`a`"),
            ("a`b", "`` a`b ``"),
            ("``", "``` `` ```"),
            ("", "`?`"),
            ("a\nb\u{7}c\u{feff}", "`a b c`"),
        ] {
            assert_eq!(code(from), to, "{from:?}");
        }
        assert_eq!(cell("a|b"), "`a¦b`");
        assert_eq!(code(&"x".repeat(1_000)).chars().count(), MAX_CODE + 2);
        let lines = ["```".to_owned(), "  at x".to_owned()];
        assert_eq!(block(&lines, "text"), "````text\n```\n  at x\n````");
    }

    #[test]
    fn a_commit_mentions_and_closes_nothing() {
        for (from, to) in [
            ("fix: send in RoomsGateway", "fix: send in RoomsGateway"),
            ("fixes #1 for @team", "fixes 1 for team"),
            ("closes GH-1, see https://a.example", "closes GH 1, see …"),
            ("a [skip ci] <b>\nSigned-off-by: x <x@y>", "a skip ci b Signed-off-by: x xy"),
            ("as in deadbeef", "as in …"),
        ] {
            assert_eq!(inert(from, 72), to, "{from}");
        }
        assert_eq!(inert(&"word ".repeat(40), 72).chars().count(), 72);
    }
}
