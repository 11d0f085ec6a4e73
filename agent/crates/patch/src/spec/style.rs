//! How a spec is written: like the source that it tests.

/// Counted from the source's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Style {
    indent: String,
    newline: &'static str,
    semicolons: bool,
    double_quotes: bool,
}

impl Style {
    pub(super) fn of(source: &str) -> Self {
        let code = || source.lines().filter(|line| !is_comment(line));
        let count = |wanted: char| code().map(|line| line.matches(wanted).count()).sum::<usize>();
        Self {
            indent: indent(source),
            newline: if source.contains("\r\n") { "\r\n" } else { "\n" },
            semicolons: semicolons(source),
            double_quotes: count('"') > count('\''),
        }
    }

    /// A template's text: a tab indents, `'` quotes, a statement ends in `;`.
    pub(super) fn render(&self, text: &str) -> String {
        let mut written = String::with_capacity(text.len());
        for line in text.lines() {
            self.render_line(line, &mut written);
            written.push_str(self.newline);
        }
        written
    }

    fn render_line(&self, line: &str, written: &mut String) {
        let code = line.trim_start_matches('\t');
        if code.is_empty() {
            return;
        }
        written.push_str(&self.indent.repeat(line.len() - code.len()));
        // Without semicolons a line that opens with a bracket would go on with the one before it.
        if !self.semicolons && code.starts_with(['(', '[']) {
            written.push(';');
        }
        let code = match code.strip_suffix(';') {
            Some(bare) if !self.semicolons => bare,
            _ => code,
        };
        if self.double_quotes {
            written.push_str(&code.replace('\'', "\""));
        } else {
            written.push_str(code);
        }
    }
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with("/*") || line.starts_with('*')
}

/// The smallest indent of a line of code.
fn indent(source: &str) -> String {
    let margins = source.lines().filter(|line| !is_comment(line)).filter_map(|line| {
        let code = line.trim_start_matches([' ', '\t']);
        let margin = &line[..line.len() - code.len()];
        (!margin.is_empty() && !code.trim().is_empty()).then_some(margin)
    });
    let smallest = margins.min_by_key(|margin| margin.len()).unwrap_or("  ");
    match smallest {
        tabs if tabs.starts_with('\t') => "\t".to_owned(),
        spaces => " ".repeat(spaces.len().clamp(2, 8)),
    }
}

fn semicolons(source: &str) -> bool {
    const STATEMENTS: [&str; 6] = ["import ", "const ", "let ", "return ", "await ", "this."];
    let statements = source
        .lines()
        .map(str::trim)
        .filter(|line| STATEMENTS.iter().any(|keyword| line.starts_with(keyword)));
    let (mut with, mut without) = (0, 0);
    for line in statements {
        if line.ends_with(';') {
            with += 1;
        } else if line.ends_with([')', '\'', '"', '`']) {
            without += 1;
        }
    }
    with >= without
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "const a = 'b';\n\tif (a) {\n\n\t\t(a)();\n";

    #[test]
    fn a_spec_is_written_like_its_source() {
        let cases = [
            ("class A {\n  b = 'c';\n}\n", "const a = 'b';\n  if (a) {\n\n    (a)();\n"),
            ("", "const a = 'b';\n  if (a) {\n\n    (a)();\n"),
            ("const a = \"b\"\n\treturn f(a)\n", "const a = \"b\"\n\tif (a) {\n\n\t\t;(a)()\n"),
            (
                "/**\n * it's a 'word'\n */\nclass A {\r\n    b = \"c\";\r\n}\r\n",
                "const a = \"b\";\r\n    if (a) {\r\n\r\n        (a)();\r\n",
            ),
        ];
        for (source, expected) in cases {
            assert_eq!(Style::of(source).render(TEXT), expected, "{source:?}");
        }
    }
}
