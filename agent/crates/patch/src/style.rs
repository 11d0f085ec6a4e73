//! How a file is written: indent, line ends, semicolons, quotes.

use crate::syntax::Tree;

/// Counted from the file, never configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) unit: String,
    pub(crate) newline: &'static str,
    pub(crate) semicolons: bool,
    pub(crate) quote: char,
}

impl Style {
    pub(crate) fn of(tree: &Tree) -> Self {
        let text = tree.text();
        let crlf = text.matches("\r\n").count();
        let lf = text.matches('\n').count() - crlf;
        let marks = Marks::of(tree);
        Self {
            unit: unit(text),
            newline: if crlf > lf { "\r\n" } else { "\n" },
            semicolons: marks.with >= marks.without,
            quote: if marks.double > marks.single { '"' } else { '\'' },
        }
    }

    /// A template's text at an indent: `\n` breaks a line, `\t` indents.
    pub(crate) fn render(&self, template: &str, indent: &str) -> String {
        let mut lines = Vec::new();
        for (index, line) in template.split('\n').enumerate() {
            let bare = line.trim_start_matches('\t');
            let depth = line.len() - bare.len();
            let bare = if self.semicolons { bare } else { bare.strip_suffix(';').unwrap_or(bare) };
            let margin = if index == 0 || line.is_empty() { "" } else { indent };
            lines.push(format!("{margin}{}{bare}", self.unit.repeat(depth)));
        }
        lines.join(self.newline)
    }

    /// A template's own text with this file's quotes; what is filled in keeps its own.
    pub(crate) fn quoted(&self, template: &str) -> String {
        template.replace('\'', &self.quote.to_string())
    }

    pub(crate) fn end(&self) -> &'static str {
        if self.semicolons { ";" } else { "" }
    }
}

/// The commonest step between one line's indent and the next deeper one.
fn unit(text: &str) -> String {
    let mut tabs = 0usize;
    let mut steps = [0usize; 9];
    let mut before = 0usize;
    for line in text.lines() {
        let bare = line.trim_start_matches([' ', '\t']);
        if bare.is_empty() || bare.starts_with('*') {
            continue;
        }
        if line.starts_with('\t') {
            tabs += 1;
            continue;
        }
        let depth = line.len() - bare.len();
        if let Some(step) = depth.checked_sub(before).filter(|step| (1..=8).contains(step)) {
            steps[step] += 1;
        }
        before = depth;
    }
    let commonest = (1..=8).rev().max_by_key(|step| steps[*step]).unwrap_or(2);
    match (tabs, steps[commonest]) {
        (0, 0) => "  ".into(),
        (tabs, spaces) if tabs > spaces => "\t".into(),
        _ => " ".repeat(commonest),
    }
}

/// How often a file ends a statement, and quotes a string, in each way.
#[derive(Default)]
struct Marks {
    with: usize,
    without: usize,
    single: usize,
    double: usize,
}

impl Marks {
    fn of(tree: &Tree) -> Self {
        let mut marks = Self::default();
        for node in tree.root().dfs() {
            match node.kind().as_ref() {
                "expression_statement" | "lexical_declaration" | "import_statement" => {
                    let ended = node.text().ends_with(';');
                    *(if ended { &mut marks.with } else { &mut marks.without }) += 1;
                }
                // The type `string` is a node of this kind too.
                "string" => {
                    marks.double += usize::from(node.text().starts_with('"'));
                    marks.single += usize::from(node.text().starts_with('\''));
                }
                _ => {}
            }
        }
        marks
    }
}
