//! How a file is written: indent, line ends, semicolons, quotes.

use crate::syntax::{Tree, is_any};

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
        Self {
            unit: unit(text),
            newline: if crlf > lf { "\r\n" } else { "\n" },
            semicolons: semicolons(tree),
            quote: if quotes(tree, '"') > quotes(tree, '\'') { '"' } else { '\'' },
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

fn semicolons(tree: &Tree) -> bool {
    let (mut with, mut without) = (0, 0);
    for node in tree.root().dfs() {
        if is_any(&node, &["expression_statement", "lexical_declaration", "import_statement"]) {
            if node.text().ends_with(';') {
                with += 1;
            } else {
                without += 1;
            }
        }
    }
    with >= without
}

fn quotes(tree: &Tree, quote: char) -> usize {
    tree.root()
        .dfs()
        .filter(|node| node.kind() == "string" && node.text().starts_with(quote))
        .count()
}
