//! The loaded templates, and the way from evidence to ranked patches.

use std::collections::BTreeMap;

use semver::Version;

use crate::candidate;
use crate::foreign;
use crate::site::{File, Site, check, locate};
use crate::syntax::{Tree, column_of, line_of, text};
use crate::template::{Signature, Template};
use crate::wording::Facts;
use crate::{Diagnosis, Evidence, Patch, Refusal};

/// A source file, unpatched. Its language follows from the path's extension.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Path in the repository, `/` between parts.
    pub path: &'a str,
    /// The whole text.
    pub text: &'a str,
}

/// What is known about the project around a file.
#[derive(Debug, Clone, Default)]
pub struct ProjectFacts {
    /// Installed packages by name, from the lockfile; empty when unknown.
    pub versions: BTreeMap<String, Version>,
}

/// The loaded templates.
pub struct Library {
    templates: Vec<Template>,
}

/// A template that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {reason}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct LoadError {
    /// Path relative to the templates folder.
    pub file: String,
    /// From 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

impl Library {
    /// Loads every `<id>/template.yml` among the files; others are left to their readers.
    ///
    /// # Errors
    /// The first template that does not hold, with file, line and reason.
    pub fn load<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, LoadError> {
        let mut templates: Vec<Template> = Vec::new();
        for (path, text) in files {
            let Some(folder) = path.strip_suffix("/template.yml") else { continue };
            let fail = |line, reason| LoadError { file: path.to_owned(), line, reason };
            let id = folder.rsplit('/').next().unwrap_or(folder);
            let template = Template::read(id, text).map_err(|flaw| fail(flaw.line, flaw.reason))?;
            if templates.iter().any(|other| other.id == template.id) {
                return Err(fail(None, format!("there is another template `{id}`")));
            }
            templates.push(template);
        }
        let missing = templates.iter().find_map(|template| {
            let unknown = |id: &&String| !templates.iter().any(|other| other.id == **id);
            template.companions.iter().find(unknown).map(|id| (template, id))
        });
        if let Some((template, id)) = missing {
            return Err(LoadError {
                file: format!("{}/template.yml", template.id),
                line: None,
                reason: format!("`companions`: there is no template `{id}`"),
            });
        }
        Ok(Self { templates })
    }

    /// Every template, in the order they were loaded.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// Finds the template that explains what production proved about one place.
    ///
    /// # Errors
    /// A refusal: `not-this-family`, `connecting`, `unsupported-language`, `does-not-parse`,
    /// `generated-file`, `browser-code`, `no-such-call`, `ambiguous-site`, `receiver-contradicts-trace`, or a template's own.
    pub fn diagnose(
        &self,
        source: &Source<'_>,
        evidence: &Evidence,
        project: &ProjectFacts,
    ) -> Result<Diagnosis, Refusal> {
        let template = self.template_for(evidence, project)?;
        let tree = Tree::parse(source.path, source.text)?;
        let file = File::new(&tree);
        let site = proved_site(template, &file, evidence)?;
        let facts = Facts::of(&file, &site, evidence);
        Ok(Diagnosis {
            template: template.id.clone(),
            family: template.family.clone(),
            cause: facts.render(&template.cause)?,
            path: source.path.to_owned(),
            line: line_of(&site.name()),
            column: column_of(&tree, &site.name()),
            function: site.function_name(),
        })
    }

    /// Renders the ranked candidates for a diagnosis of the same source and evidence.
    ///
    /// # Errors
    /// A refusal; the diagnosis's own ones again where the source is another one.
    pub fn patches(
        &self,
        source: &Source<'_>,
        evidence: &Evidence,
        diagnosis: &Diagnosis,
        project: &ProjectFacts,
    ) -> Result<Vec<Patch>, Refusal> {
        let template =
            self.templates.iter().find(|template| template.id == diagnosis.template).ok_or_else(
                || {
                    Refusal::new(
                        "unknown-template",
                        format!("there is no template `{}` in this library", diagnosis.template),
                    )
                },
            )?;
        let tree = Tree::parse(source.path, source.text)?;
        let file = File::new(&tree);
        let lead = proved_site(template, &file, evidence)?;
        let companions = self.companions_of(template);
        candidate::render_all(template, &companions, &file, &lead, evidence, project)
    }

    /// The templates whose edits may stand beside this one's.
    pub(crate) fn companions_of(&self, template: &Template) -> Vec<&Template> {
        let ids = template.companions.iter();
        ids.filter_map(|id| self.templates.iter().find(|other| other.id == *id)).collect()
    }

    fn template_for(
        &self,
        evidence: &Evidence,
        _project: &ProjectFacts,
    ) -> Result<&Template, Refusal> {
        for template in &self.templates {
            let Some(signature) = &template.recipe.signature else { continue };
            let Some(found) = signature.message.captures(&evidence.message) else { continue };
            if !thrown_in(signature, evidence) {
                continue;
            }
            let state = found.name("state").map_or("", |state| state.as_str());
            return match template.recipe.refuse.iter().find(|refusal| refusal.state == state) {
                Some(refusal) => Err(Refusal::new(&refusal.code, &refusal.because)),
                None => Ok(template),
            };
        }
        Err(Refusal::new(
            "not-this-family",
            format!("no template knows the error `{}` from that place", evidence.message),
        ))
    }
}

fn thrown_in(signature: &Signature, evidence: &Evidence) -> bool {
    evidence.callee.as_ref().is_none_or(|callee| {
        callee.package == signature.package && signature.function.is_match(&callee.function)
    })
}

fn proved_site<'t>(
    template: &Template,
    file: &File<'t>,
    evidence: &Evidence,
) -> Result<Site<'t>, Refusal> {
    foreign::check(file)?;
    let site = locate(template, file, evidence)?;
    let line = line_of(&site.name());
    if let Some(condition) = &template.recipe.of {
        let found = file.types.of_expression(&site.receiver);
        if found.is_known() && !found.is(&condition.is) {
            return Err(Refusal::new(
                "receiver-contradicts-trace",
                format!(
                    "{}:{line}: the trace went through `{}`, but `{}` is not one there ({}); \
                     the code has moved, or the trace is of another build",
                    file.tree.path,
                    condition.is.replace('#', "."),
                    text(&site.receiver),
                    crate::wording::type_words(&found),
                ),
            ));
        }
        if !found.is_known() && evidence.callee.is_none() {
            return Err(Refusal::new(
                "receiver-unproven",
                format!(
                    "{}:{line}: no frame of the trace is inside a package, and nothing in the \
                     file says that `{}` is a `{}`",
                    file.tree.path,
                    text(&site.receiver),
                    condition.is.replace('#', "."),
                ),
            ));
        }
    }
    check(template, file, &site)?;
    Ok(site)
}
