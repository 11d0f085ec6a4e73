//! Finding places in a file: the one that the trace proved, and others of its shape.

use std::cell::OnceCell;

use crate::constant::Usage;
use crate::guard::guard_of;
use crate::slot::{Slot, SlotKind, slot_of};
use crate::style::Style;
use crate::syntax::{
    Match, Node, Tree, arguments, awaits, bare, class_around, column_of, encloses, field_text, is,
    is_any, is_function, line_of, method_call, text,
};
use crate::template::{Check, Template, Unless};
use crate::types::Types;
use crate::{Evidence, Place, Refusal};

/// A parsed file with what is read from it once.
pub(crate) struct File<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) types: Types<'t>,
    style: OnceCell<Style>,
    usage: OnceCell<Usage>,
}

impl<'t> File<'t> {
    pub(crate) fn new(tree: &'t Tree) -> Self {
        Self { tree, types: Types::of(tree), style: OnceCell::new(), usage: OnceCell::new() }
    }

    pub(crate) fn style(&self) -> &Style {
        self.style.get_or_init(|| Style::of(self.tree))
    }

    /// Read when it is first asked for: most files are refused before.
    pub(crate) fn usage(&self) -> &Usage {
        self.usage.get_or_init(|| Usage::of(&self.types))
    }

    pub(crate) fn refusal_at(&self, line: u32, code: &str, because: &str) -> Refusal {
        Refusal::new(code, format!("{}:{line}: {because}", self.tree.path))
    }
}

/// A call that a template's site rule matched.
#[derive(Clone)]
pub(crate) struct Site<'t> {
    pub(crate) call: Node<'t>,
    pub(crate) receiver: Node<'t>,
}

impl<'t> Site<'t> {
    fn of(found: &Match<'t>) -> Option<Self> {
        let receiver = match found.capture("RECV") {
            Some(receiver) => receiver.clone(),
            None => method_call(&found.node)?.0,
        };
        Some(Self { call: found.node.clone(), receiver })
    }

    /// The method's name, where V8's column points.
    pub(crate) fn name(&self) -> Node<'t> {
        let callee = self.call.field("function");
        callee.and_then(|callee| callee.field("property")).unwrap_or_else(|| self.call.clone())
    }

    pub(crate) fn is_optional(&self) -> bool {
        let callee = self.call.field("function");
        callee.is_some_and(|callee| callee.children().any(|child| is(&child, "optional_chain")))
    }

    pub(crate) fn slot(&self) -> Result<Slot<'t>, Refusal> {
        slot_of(&self.call)
    }

    /// The named function or method around the site.
    pub(crate) fn function(&self) -> Option<Node<'t>> {
        self.call
            .ancestors()
            .filter(is_function)
            .find(|function| name_of_function(function).is_some())
    }

    /// `Class.method` or `function`.
    pub(crate) fn function_name(&self) -> Option<String> {
        self.function().and_then(|function| qualified(&function))
    }
}

/// The name of a declared function, a method, or a function that a field or variable holds.
pub(crate) fn name_of_function(function: &Node<'_>) -> Option<String> {
    if let Some(name) = field_text(function, "name") {
        return Some(name);
    }
    let holder = function.parent()?;
    if is_any(&holder, &["variable_declarator", "public_field_definition", "field_definition"]) {
        return field_text(&holder, "name").or_else(|| field_text(&holder, "property"));
    }
    if is(&holder, "assignment_expression") {
        return field_text(&holder.field("left")?, "property");
    }
    None
}

fn qualified(function: &Node<'_>) -> Option<String> {
    let name = name_of_function(function)?;
    let member = is(function, "method_definition")
        || function
            .parent()
            .is_some_and(|it| is_any(&it, &["public_field_definition", "field_definition"]));
    let class = class_around(function).filter(|_| member).and_then(|it| field_text(&it, "name"));
    Some(class.map_or(name.clone(), |class| format!("{class}.{name}")))
}

/// Every match of the template's site below a node, in the order of the text.
pub(crate) fn sites_below<'t>(
    template: &Template,
    file: &File<'t>,
    below: &Node<'t>,
) -> Vec<Site<'t>> {
    let text = file.tree.text();
    if !template.recipe.prefilter.iter().all(|word| text.contains(word.as_str())) {
        return Vec::new();
    }
    let mut sites: Vec<Site<'t>> =
        template.recipe.site.find(file.tree, below).iter().filter_map(Site::of).collect();
    sites.sort_by_key(|site| site.name().range().start);
    sites
}

/// The site that the evidence names.
pub(crate) fn locate<'t>(
    template: &Template,
    file: &File<'t>,
    evidence: &Evidence,
) -> Result<Site<'t>, Refusal> {
    let all = sites_below(template, file, &file.tree.root());
    let (place, found) = match evidence.place {
        Place::Exact { line, column } => (format!("line {line}"), at_line(file, all, line, column)),
        Place::Function => match evidence.function.as_deref() {
            Some(name) => {
                let found = all.into_iter().filter(|site| is_inside(site, name)).collect();
                (format!("`{name}`"), found)
            }
            None => ("any place".into(), all),
        },
    };
    let path = &file.tree.path;
    let mut found = likely(template, file, found);
    match (found.pop(), found.len()) {
        (Some(site), 0) => Ok(site),
        (None, _) => Err(Refusal::new(
            "no-such-call",
            format!(
                "{path}: there is no call of this kind at {place}; the code has moved since the \
                 build that failed, or the trace is of another file"
            ),
        )),
        (Some(_), others) => Err(Refusal::new(
            "ambiguous-site",
            format!("{path}: {} calls at {place} could be meant; the trace names none", others + 1),
        )),
    }
}

/// Of several, those that could have failed: not guarded, and not of another type.
fn likely<'t>(template: &Template, file: &File<'t>, found: Vec<Site<'t>>) -> Vec<Site<'t>> {
    if found.len() < 2 || found.len() > crate::siblings::MOST_SIBLINGS {
        return found;
    }
    let of_type = |site: &&Site<'t>| {
        let kind = file.types.of_expression(&site.receiver);
        !kind.is_known() || template.recipe.of.as_ref().is_none_or(|it| kind.is(&it.is))
    };
    let unguarded =
        |site: &&Site<'t>| !template.recipe.unless.iter().any(|it| holds(it, file, site));
    let possible: Vec<_> = found.iter().filter(of_type).cloned().collect();
    let kept: Vec<_> = possible.iter().filter(unguarded).cloned().collect();
    match (kept.len(), possible.first()) {
        (1, _) => kept,
        // Each is guarded; the first one's refusal says so.
        (0, Some(first)) => vec![first.clone()],
        _ => found,
    }
}

fn at_line<'t>(
    file: &File<'t>,
    all: Vec<Site<'t>>,
    line: u32,
    column: Option<u32>,
) -> Vec<Site<'t>> {
    let exact = all.iter().find(|site| {
        let name = site.name();
        line_of(&name) == line && Some(column_of(file.tree, &name)) == column
    });
    if let Some(exact) = exact {
        return vec![exact.clone()];
    }
    // Source maps often point at the start of the expression.
    let begins = all.iter().find(|site| {
        line_of(&site.call) == line && Some(column_of(file.tree, &site.call)) == column
    });
    match begins {
        Some(site) => vec![site.clone()],
        None => all.into_iter().filter(|site| line_of(&site.name()) == line).collect(),
    }
}

/// Whether a site lies in the function that the runtime named; nested arrows belong to it.
fn is_inside(site: &Site<'_>, name: &str) -> bool {
    let plain = plain_name(name);
    if let Some(class) = plain.strip_suffix(".<anonymous>") {
        return class_around(&site.call).and_then(|it| field_text(&it, "name")).as_deref()
            == Some(class);
    }
    site.call.ancestors().filter(is_function).any(|function| {
        let Some(full) = qualified(&function) else { return false };
        full == plain || (!full.contains('.') && plain.rsplit('.').next() == Some(full.as_str()))
    })
}

/// `async Object.tell [as send]` is `tell`.
fn plain_name(name: &str) -> &str {
    let mut plain = name.split(" [as ").next().unwrap_or(name);
    for prefix in ["async ", "new ", "Object.", "exports.", "Module."] {
        plain = plain.strip_prefix(prefix).unwrap_or(plain);
    }
    plain
}

/// Every `unless` of the template, in its order, then whether the call can be left out.
pub(crate) fn check(template: &Template, file: &File<'_>, site: &Site<'_>) -> Result<(), Refusal> {
    let line = line_of(&site.name());
    for unless in &template.recipe.unless {
        if holds(unless, file, site) {
            return Err(file.refusal_at(line, &unless.code, &unless.because));
        }
    }
    let wraps = template.recipe.candidates.iter().flat_map(|it| &it.edits);
    if wraps.into_iter().any(|edit| matches!(edit, crate::template::Edit::Wrap { .. })) {
        let slot = site
            .slot()
            .map_err(|refusal| file.refusal_at(line, &refusal.code, &refusal.explanation))?;
        let inside = matches!(slot.kind, SlotKind::Operand | SlotKind::LooseOperand);
        if inside && !is_repeatable(&site.receiver) {
            let why = "the receiver would have to get a name first, and an expression has no room \
                       for that";
            return Err(file.refusal_at(line, "no-room", why));
        }
    }
    Ok(())
}

fn holds(unless: &Unless, file: &File<'_>, site: &Site<'_>) -> bool {
    if let Some(rule) = &unless.rule {
        return rule.at(file.tree, site.call.clone()).is_some();
    }
    match unless.check {
        Some(Check::Guarded) => guard_of(&site.call, &site.receiver).is_some(),
        Some(Check::AwaitsInside) => awaits_inside(site),
        None => false,
    }
}

/// `client.send(await …)`, or an executor's promise whose arguments wait first.
fn awaits_inside(site: &Site<'_>) -> bool {
    if arguments(&site.call).iter().any(awaits) || awaits(&site.receiver) {
        return true;
    }
    let Ok(slot) = site.slot() else { return false };
    crate::syntax::within_function(&slot.node, "await_expression")
        .iter()
        .any(|wait| wait.range().end <= site.call.range().start || !encloses(wait, &site.call))
}

/// Whether saying the receiver twice means the same as saying it once.
pub(crate) fn is_repeatable(receiver: &Node<'_>) -> bool {
    const ACTS: &[&str] = &[
        "call_expression",
        "new_expression",
        "await_expression",
        "update_expression",
        "assignment_expression",
        "yield_expression",
    ];
    !bare(receiver.clone()).dfs().any(|node| is_any(&node, ACTS))
}

/// A receiver as a person would say it.
pub(crate) fn spoken(receiver: &Node<'_>) -> String {
    text(&bare(receiver.clone()))
}
