//! A spec is written like the source that it tests.

use crate::style::Style;

/// A template's text: a tab indents, `'` quotes, a statement ends in `;`.
pub(super) fn written(text: &str, style: &Style) -> String {
    let mut written = String::with_capacity(text.len());
    for line in text.lines() {
        written.push_str(&written_line(line, style));
        written.push_str(style.newline);
    }
    written
}

fn written_line(line: &str, style: &Style) -> String {
    let code = line.trim_start_matches('\t');
    if code.is_empty() {
        return String::new();
    }
    let indent = style.unit.repeat(line.len() - code.len());
    let quoted = code.replace('\'', &style.quote.to_string());
    match quoted.strip_suffix(';') {
        // Without semicolons a line that opens with a bracket would go on with the one before it.
        Some(bare) if !style.semicolons && bare.starts_with(['(', '[']) => {
            format!("{indent};{bare}")
        }
        Some(bare) if !style.semicolons => indent + bare,
        _ => indent + &quoted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_is_written_like_its_source() {
        let text = "const a = 'b';\n\tif (a) {\n\n\t\t(a)();\n";
        let style = |unit: &str, newline, semicolons, quote| Style {
            unit: unit.to_owned(),
            newline,
            semicolons,
            quote,
        };
        let cases = [
            (style("  ", "\n", true, '\''), "const a = 'b';\n  if (a) {\n\n    (a)();\n"),
            (style("\t", "\n", false, '"'), "const a = \"b\"\n\tif (a) {\n\n\t\t;(a)()\n"),
            (
                style("    ", "\r\n", true, '"'),
                "const a = \"b\";\r\n    if (a) {\r\n\r\n        (a)();\r\n",
            ),
        ];
        for (style, expected) in cases {
            assert_eq!(written(text, &style), expected, "{style:?}");
        }
    }
}
