//! Parsing and pattern matching. Nothing outside this module names the matcher's crates.

use std::collections::BTreeMap;
use std::ops::Range;

use ast_grep_config::{DeserializeEnv, RuleCore, SerializableRuleCore};
use ast_grep_core::Matcher as _;
use ast_grep_core::matcher::MatcherExt as _;
use ast_grep_core::tree_sitter::StrDoc;
use ast_grep_language::SupportLang;
use serde::{Deserialize, Serialize};

use crate::Refusal;

/// A node of a parsed file.
pub(crate) type Node<'t> = ast_grep_core::Node<'t, StrDoc<SupportLang>>;

/// Above this a file is generated code, and nesting may exhaust the stack.
const LARGEST_FILE: usize = 1 << 20;
/// Deeper nesting than any person writes.
const DEEPEST_NESTING: usize = 400;

/// A language that templates can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Language {
    /// `.ts`, `.mts`, `.cts`
    TypeScript,
    /// `.tsx`
    Tsx,
    /// `.js`, `.mjs`, `.cjs`, `.jsx`
    JavaScript,
}

impl Language {
    /// By the file's extension.
    pub fn of_path(path: &str) -> Option<Self> {
        let extension = path.rsplit('/').next()?.rsplit_once('.')?.1;
        Some(match extension {
            "ts" | "mts" | "cts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            "js" | "mjs" | "cjs" | "jsx" => Self::JavaScript,
            _ => return None,
        })
    }

    pub(crate) fn has_types(self) -> bool {
        self != Self::JavaScript
    }

    fn grammar(self) -> SupportLang {
        match self {
            Self::TypeScript => SupportLang::TypeScript,
            Self::Tsx => SupportLang::Tsx,
            Self::JavaScript => SupportLang::JavaScript,
        }
    }
}

/// A parsed file.
pub(crate) struct Tree {
    root: ast_grep_core::AstGrep<StrDoc<SupportLang>>,
    pub(crate) language: Language,
    pub(crate) path: String,
}

impl Tree {
    /// Refuses what it has no grammar for and what the grammar does not accept.
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, Refusal> {
        let language = Language::of_path(path).ok_or_else(|| {
            Refusal::new(
                "unsupported-language",
                format!("`{path}` is neither TypeScript nor JavaScript, and no template covers it"),
            )
        })?;
        let broken =
            |why: String| Refusal::new("does-not-parse", format!("`{path}` does not parse: {why}"));
        if text.len() > LARGEST_FILE {
            return Err(broken("it is larger than 1 MiB".into()));
        }
        let document = StrDoc::try_new(text, language.grammar()).map_err(broken)?;
        let tree =
            Self { root: ast_grep_core::AstGrep::doc(document), language, path: path.to_owned() };
        match tree.first_flaw() {
            Some(flaw) => Err(broken(flaw)),
            None => Ok(tree),
        }
    }

    pub(crate) fn root(&self) -> Node<'_> {
        self.root.root()
    }

    pub(crate) fn text(&self) -> &str {
        self.root.source()
    }

    /// One cursor walks every node: this runs for each text, patched ones too.
    fn first_flaw(&self) -> Option<String> {
        let mut cursor = self.root().get_inner_node().walk();
        let mut depth = 0;
        loop {
            let node = cursor.node();
            let line = node.start_position().row + 1;
            if node.is_error() || node.is_missing() {
                return Some(format!("line {line} is not valid syntax"));
            }
            if depth > DEEPEST_NESTING {
                return Some(format!("line {line} is nested more than {DEEPEST_NESTING} deep"));
            }
            if cursor.goto_first_child() {
                depth += 1;
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return None;
                }
                depth -= 1;
            }
        }
    }
}

/// One match of a rule.
pub(crate) struct Match<'t> {
    pub(crate) node: Node<'t>,
    captures: BTreeMap<String, Node<'t>>,
}

impl<'t> Match<'t> {
    /// The node that `$NAME` captured.
    pub(crate) fn capture(&self, name: &str) -> Option<&Node<'t>> {
        self.captures.get(name)
    }
}

/// A rule compiled for each of its languages.
pub(crate) struct Rule {
    compiled: BTreeMap<Language, RuleCore>,
}

impl Rule {
    /// Compiles a rule object; what fails is said in the matcher's own words.
    pub(crate) fn compile(
        rule: &serde_yaml::Value,
        languages: &[Language],
    ) -> Result<Self, String> {
        let mut compiled = BTreeMap::new();
        for language in languages {
            let mut whole = serde_yaml::Mapping::new();
            whole.insert("rule".into(), rule.clone());
            let core: SerializableRuleCore =
                serde_yaml::from_value(whole.into()).map_err(|error| error.to_string())?;
            let core = core
                .get_matcher(DeserializeEnv::new(language.grammar()))
                .map_err(|error| in_full(&error))?;
            compiled.insert(*language, core);
        }
        Ok(Self { compiled })
    }

    pub(crate) fn at<'t>(&self, tree: &Tree, node: Node<'t>) -> Option<Match<'t>> {
        let found = self.compiled.get(&tree.language)?.match_node(node)?;
        let captures = found
            .get_env()
            .get_matched_variables()
            .filter_map(|variable| match variable {
                ast_grep_core::meta_var::MetaVariable::Capture(name, _) => {
                    Some((name.clone(), found.get_env().get_match(&name)?.clone()))
                }
                _ => None,
            })
            .collect();
        Some(Match { node: found.get_node().clone(), captures })
    }

    pub(crate) fn find<'t>(&self, tree: &'t Tree, below: &Node<'t>) -> Vec<Match<'t>> {
        let Some(rule) = self.compiled.get(&tree.language) else { return Vec::new() };
        let kinds = rule.potential_kinds();
        let possible =
            |node: &Node<'t>| kinds.as_ref().is_none_or(|it| it.contains(node.kind_id().into()));
        below.dfs().filter(possible).filter_map(|node| self.at(tree, node)).collect()
    }
}

fn in_full(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

pub(crate) fn is(node: &Node<'_>, kind: &str) -> bool {
    node.kind() == kind
}

pub(crate) fn is_any(node: &Node<'_>, kinds: &[&str]) -> bool {
    kinds.contains(&node.kind().as_ref())
}

pub(crate) fn same(one: &Node<'_>, other: &Node<'_>) -> bool {
    one.node_id() == other.node_id()
}

pub(crate) fn text(node: &Node<'_>) -> String {
    node.text().into_owned()
}

pub(crate) fn field_text(node: &Node<'_>, field: &str) -> Option<String> {
    node.field(field).map(|found| text(&found))
}

/// Line of a node's first character, from 1.
pub(crate) fn line_of(node: &Node<'_>) -> u32 {
    u32::try_from(node.start_pos().line() + 1).unwrap_or(u32::MAX)
}

/// Column of a node's first character as V8 counts it: UTF-16 units, from 1.
pub(crate) fn column_of(tree: &Tree, node: &Node<'_>) -> u32 {
    let start = node.range().start;
    let line = &tree.text()[line_start(tree.text(), start)..start];
    u32::try_from(line.encode_utf16().count() + 1).unwrap_or(u32::MAX)
}

pub(crate) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The white space that the line of this offset begins with.
pub(crate) fn indent_at(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

const FUNCTIONS: &[&str] = &[
    "arrow_function",
    "function_expression",
    "function_declaration",
    "generator_function",
    "generator_function_declaration",
    "method_definition",
];

pub(crate) fn is_function(node: &Node<'_>) -> bool {
    is_any(node, FUNCTIONS)
}

/// The innermost function around a node, not the node itself.
pub(crate) fn function_around<'t>(node: &Node<'t>) -> Option<Node<'t>> {
    node.ancestors().find(is_function)
}

pub(crate) fn class_around<'t>(node: &Node<'t>) -> Option<Node<'t>> {
    node.ancestors()
        .find(|above| is_any(above, &["class_declaration", "abstract_class_declaration", "class"]))
        .filter(|class| class.field("body").is_some())
}

/// Nodes of a kind below `node` that run with it: nested functions are left out.
pub(crate) fn within_function<'t>(node: &Node<'t>, kind: &str) -> Vec<Node<'t>> {
    own_nodes(node, |it| is(it, kind))
}

fn own_nodes<'t>(node: &Node<'t>, wanted: impl Fn(&Node<'t>) -> bool) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    let mut open = vec![node.clone()];
    while let Some(next) = open.pop() {
        if wanted(&next) {
            found.push(next.clone());
        }
        open.extend(next.children().filter(|child| !is_function(child)));
    }
    found
}

/// Where a function stops for a while: `await`, `for await`, `yield`.
pub(crate) fn waits<'t>(node: &Node<'t>) -> Vec<Node<'t>> {
    own_nodes(node, |it| match it.kind().as_ref() {
        "await_expression" | "yield_expression" => true,
        "for_in_statement" => it.children().any(|child| is(&child, "await")),
        _ => false,
    })
}

pub(crate) fn awaits(node: &Node<'_>) -> bool {
    !waits(node).is_empty()
}

pub(crate) fn encloses(outer: &Node<'_>, inner: &Node<'_>) -> bool {
    let (outer, inner): (Range<usize>, Range<usize>) = (outer.range(), inner.range());
    outer.start <= inner.start && inner.end <= outer.end
}

/// `name` of `new_expression`, `call_expression` and so on without wrappers that change no value.
pub(crate) fn bare<'t>(node: Node<'t>) -> Node<'t> {
    let mut node = node;
    while is_any(
        &node,
        &[
            "parenthesized_expression",
            "non_null_expression",
            "as_expression",
            "satisfies_expression",
        ],
    ) {
        let inner = node.named_children().find(|child| !is(child, "comment"));
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// Arguments of a call, comments left out.
pub(crate) fn arguments<'t>(call: &Node<'t>) -> Vec<Node<'t>> {
    match call.field("arguments") {
        Some(list) if is(&list, "arguments") => {
            list.named_children().filter(|child| !is(child, "comment")).collect()
        }
        _ => Vec::new(),
    }
}

/// The call that this function is an argument of, and its place among the arguments.
pub(crate) fn call_given<'t>(function: &Node<'t>) -> Option<(Node<'t>, usize)> {
    let list = function.parent().filter(|parent| is(parent, "arguments"))?;
    let call = list.parent()?;
    let index = arguments(&call).iter().position(|argument| same(argument, function))?;
    Some((call, index))
}

/// Method name of `object.method(…)`, and the object.
pub(crate) fn method_call<'t>(call: &Node<'t>) -> Option<(Node<'t>, String)> {
    let callee = call.field("function").filter(|callee| is(callee, "member_expression"))?;
    Some((callee.field("object")?, field_text(&callee, "property")?))
}

/// Whether this function is the executor of `new Promise(…)`.
pub(crate) fn promise_of_executor<'t>(function: &Node<'t>) -> Option<Node<'t>> {
    let (call, index) = call_given(function)?;
    let promise = is(&call, "new_expression")
        && index == 0
        && field_text(&call, "constructor").as_deref() == Some("Promise");
    promise.then_some(call)
}

pub(crate) fn root_of<'t>(node: &Node<'t>) -> Node<'t> {
    node.ancestors().last().unwrap_or_else(|| node.clone())
}

/// A function of the file's top or of the class around a node, by its name; also one that a
/// constant or a field holds.
pub(crate) fn function_named<'t>(near: &Node<'t>, name: &str) -> Option<Node<'t>> {
    let class = class_around(near).and_then(|class| class.field("body"));
    let places = class.into_iter().chain([root_of(near)]);
    places
        .flat_map(|place| place.named_children().collect::<Vec<_>>())
        .map(|child| child.field("declaration").unwrap_or(child))
        .flat_map(|child| match child.kind().as_ref() {
            "lexical_declaration" | "variable_declaration" => child.named_children().collect(),
            _ => vec![child],
        })
        .filter(|child| {
            let named = field_text(child, "name").or_else(|| field_text(child, "property"));
            named.as_deref() == Some(name)
        })
        .find_map(|child| {
            if is_function(&child) { Some(child) } else { child.field("value").filter(is_function) }
        })
}
