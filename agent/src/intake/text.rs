//! Makes foreign text harmless: no terminal sequences, no characters that hide or reorder others,
//! never longer than it may be.

use std::borrow::Cow;

/// One line: as [`block`], with every run of white space a single space.
pub(super) fn line(text: &str, max_bytes: usize) -> String {
    let text = strip_ansi(text);
    let words = text.split_whitespace().map(visible).filter(|word| !word.is_empty());
    bounded(words.collect::<Vec<_>>().join(" "), max_bytes)
}

/// Text of several lines, in at most `max_bytes` bytes; what was cut off is an ellipsis.
pub(super) fn block(text: &str, max_bytes: usize) -> String {
    bounded(visible(&strip_ansi(text)).trim().to_owned(), max_bytes)
}

/// Removes terminal sequences: `ESC [ … letter` and `ESC ] … BEL`.
pub(super) fn strip_ansi(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\u{1b}' {
            kept.push(char);
            continue;
        }
        match chars.next() {
            Some('[') => {
                chars.find(|char| ('\u{40}'..='\u{7e}').contains(char));
            }
            Some(']') => {
                chars.find(|char| matches!(char, '\u{7}' | '\u{1b}' | '\n'));
            }
            _ => {}
        }
    }
    Cow::Owned(kept)
}

fn visible(text: &str) -> String {
    text.chars().filter(|&char| !is_harmful(char)).collect()
}

/// Control characters, and the format characters that reorder or hide what a reviewer reads
/// (Unicode TR 36, "Trojan Source").
fn is_harmful(char: char) -> bool {
    match char {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}' => true,
        _ => char.is_control(),
    }
}

fn bounded(mut text: String, max_bytes: usize) -> String {
    const ELLIPSIS: &str = "…";
    if text.len() > max_bytes {
        text.truncate(text.floor_char_boundary(max_bytes.saturating_sub(ELLIPSIS.len())));
        text.push_str(ELLIPSIS);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_loses_what_harms_and_keeps_what_reads() {
        for (from, to) in [
            ("plain", "plain"),
            ("\u{1b}[31mred\u{1b}[39m", "red"),
            ("\u{1b}]0;title\u{7}shown", "shown"),
            ("a\u{202e}b\u{2066}c\u{200b}d", "abcd"),
            ("bell\u{7}, nul\0", "bell, nul"),
            ("one\r\n\ttwo", "one two"),
            ("größer 日本 👩‍💻", "größer 日本 👩‍💻"),
        ] {
            assert_eq!(line(from, 100), to);
        }
        assert_eq!(block(" one\r\n\ttwo ", 100), "one\n\ttwo");
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(line("日本語です", 9), "日本…");
        assert_eq!(line("日本語です", 8), "日…");
        assert_eq!(line("abc", 3), "abc");
    }
}
