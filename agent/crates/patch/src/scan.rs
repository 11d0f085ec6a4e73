//! The same faults before they happen. Nothing has failed yet, so nothing is proved by a trace: a
//! place counts only where the file itself says what the receiver is, and why it may be stale.

use serde::Serialize;

use crate::candidate;
use crate::library::{Library, ProjectFacts, Source};
use crate::reach::why_stale;
use crate::site::{File, Site, check, sites_below};
use crate::syntax::{Tree, column_of, line_of};
use crate::template::Template;
use crate::{Evidence, Patch, Place, Refusal};

/// A place that will fail one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The template's id.
    pub template: String,
    /// Path in the repository, `/` between parts.
    pub path: String,
    /// From 1.
    pub line: u32,
    /// From 1, in UTF-16 units as V8 counts.
    pub column: u32,
    /// The named function around it.
    pub function: Option<String>,
    /// One sentence.
    pub message: String,
}

impl Library {
    /// Every such place of a file, in the order of the text. A file that none of the templates can
    /// be about is not even parsed.
    ///
    /// # Errors
    /// `unsupported-language` or `does-not-parse`.
    pub fn scan(&self, source: &Source<'_>) -> Result<Vec<Finding>, Refusal> {
        let templates: Vec<_> =
            self.templates().iter().filter(|it| may_be_about(it, source.text)).collect();
        if templates.is_empty() {
            return Ok(Vec::new());
        }
        let tree = Tree::parse(source.path, source.text)?;
        let file = File::new(&tree);
        let mut findings: Vec<Finding> = templates
            .into_iter()
            .flat_map(|template| found(template, &file).into_iter().map(|(_, it)| it))
            .collect();
        findings.sort_by_key(|finding| (finding.line, finding.column));
        Ok(findings)
    }

    /// The best patch for the first place of a file that has one; none where nothing is to be done.
    /// It may repair others with it: scan the patched text for the rest.
    ///
    /// # Errors
    /// As [`Library::scan`].
    pub fn repair_first(
        &self,
        source: &Source<'_>,
        project: &ProjectFacts,
    ) -> Result<Option<Patch>, Refusal> {
        if !self.templates().iter().any(|it| may_be_about(it, source.text)) {
            return Ok(None);
        }
        let tree = Tree::parse(source.path, source.text)?;
        let file = File::new(&tree);
        for template in self.templates() {
            let companions = self.companions_of(template);
            for (site, finding) in found(template, &file) {
                let evidence = supposed(&finding);
                let patches =
                    candidate::render_all(template, &companions, &file, &site, &evidence, project);
                if let Some(patch) = patches.ok().and_then(|it| it.into_iter().next()) {
                    return Ok(Some(patch));
                }
            }
        }
        Ok(None)
    }
}

/// A template without a signature repairs what another one leads to; and a receiver can only have
/// the wanted type in a file that names its package.
fn may_be_about(template: &Template, text: &str) -> bool {
    let package = template.recipe.of.as_ref().and_then(|it| it.is.split('#').next());
    let named = |package: &str| {
        ['\'', '"', '`'].iter().any(|quote| text.contains(&format!("{quote}{package}{quote}")))
    };
    template.recipe.signature.is_some()
        && template.recipe.prefilter.iter().all(|word| text.contains(word.as_str()))
        && package.is_some_and(named)
}

fn found<'t>(template: &Template, file: &File<'t>) -> Vec<(Site<'t>, Finding)> {
    let Some(wanted) = &template.recipe.of else { return Vec::new() };
    if template.recipe.signature.is_none() {
        return Vec::new();
    }
    let sites = sites_below(template, file, &file.tree.root()).into_iter();
    sites
        .filter(|site| file.types.of_expression(&site.receiver).is(&wanted.is))
        .filter(|site| check(template, file, site).is_ok())
        .filter_map(|site| why_stale(file, &site).map(|why| (site, why)))
        .map(|(site, why)| {
            let finding = finding(template, file, &site, &why);
            (site, finding)
        })
        .collect()
}

fn finding(template: &Template, file: &File<'_>, site: &Site<'_>, why: &str) -> Finding {
    let name = site.name();
    Finding {
        template: template.id.clone(),
        path: file.tree.path.clone(),
        line: line_of(&name),
        column: column_of(file.tree, &name),
        function: site.function_name(),
        message: format!(
            "`{}` may have closed by then: {why}",
            crate::site::spoken(&site.receiver)
        ),
    }
}

/// What production would say if it failed there.
fn supposed(finding: &Finding) -> Evidence {
    Evidence {
        message: String::new(),
        outcome: None,
        callee: None,
        path: finding.path.clone(),
        place: Place::Exact { line: finding.line, column: Some(finding.column) },
        function: finding.function.clone(),
    }
}
