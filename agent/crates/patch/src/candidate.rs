//! The ranked candidates for one place: each a whole patch, with what stands beside it.

use crate::companion::{self, Beside, Companion};
use crate::guard::spelling;
use crate::reach::scenarios;
use crate::rendering::patched;
use crate::siblings::{Group, gather};
use crate::site::{File, Site};
use crate::syntax::{Tree, encloses, function_around, is};
use crate::template::{Candidate, Template, When};
use crate::wording::Facts;
use crate::{
    Evidence, LeftAlone, Owner, Patch, PatchedSite, ProjectFacts, Refusal, Scenario, Subject,
};

/// What all candidates for a place share.
struct Setting<'a, 't> {
    template: &'a Template,
    file: &'a File<'t>,
    groups: Vec<Group<'t>>,
    left_alone: Vec<LeftAlone>,
    scenarios: Vec<Scenario>,
    owner: Owner,
    facts: Facts,
    companion: Option<Companion>,
}

/// All candidates for the proved site, best first.
pub(crate) fn render_all<'t>(
    template: &Template,
    companions: &[&Template],
    file: &File<'t>,
    lead: &Site<'t>,
    evidence: &Evidence,
    project: &ProjectFacts,
) -> Result<Vec<Patch>, Refusal> {
    let setting = setting(template, companions, file, lead, evidence);
    let mut patches: Vec<Patch> = Vec::new();
    let mut broken = None;
    for candidate in template.recipe.candidates.iter().filter(|it| fits(it, &setting.groups)) {
        let patch = render(&setting, candidate, project)?;
        if patches.iter().any(|earlier| earlier.sites == patch.sites) {
            continue;
        }
        let patched = patch.apply(&file.tree.path, file.tree.text())?;
        match Tree::parse(&file.tree.path, &patched) {
            Ok(_) => patches.push(patch),
            Err(refusal) => broken = Some(refusal),
        }
    }
    match broken {
        Some(refusal) if patches.is_empty() => {
            Err(Refusal::new("breaks-syntax", format!("the patched file: {}", refusal.explanation)))
        }
        _ => Ok(patches),
    }
}

fn setting<'a, 't>(
    template: &'a Template,
    companions: &[&Template],
    file: &'a File<'t>,
    lead: &Site<'t>,
    evidence: &Evidence,
) -> Setting<'a, 't> {
    let (mut groups, mut left_alone) = gather(template, file, lead);
    let (mut scenarios, owner) = scenarios(file, &mut groups, &mut left_alone);
    let mut facts = Facts::of(file, lead, evidence);
    facts.sites = groups.len();
    let beside = Beside { file, lead, owner: &owner, index: groups.len() };
    let (companion, lack) = companion::find(companions, &beside);
    scenarios.extend(companion.iter().flat_map(|it| it.scenarios.iter().cloned()));
    left_alone.extend(lack);
    Setting { template, file, groups, left_alone, scenarios, owner, facts, companion }
}

fn render(
    setting: &Setting<'_, '_>,
    candidate: &Candidate,
    project: &ProjectFacts,
) -> Result<Patch, Refusal> {
    let Setting { template, file, facts, companion, .. } = setting;
    let groups = &setting.groups;
    let mut sites = (0..groups.len())
        .map(|index| patched(template, candidate, file, groups, index, project))
        .collect::<Result<Vec<PatchedSite>, Refusal>>()?;
    let mut summary = facts.render(&template.recipe.pr.summary)?;
    let mut risk = facts.render(&template.recipe.pr.risk)?;
    if let Some(companion) = companion {
        sites.push(companion.site.clone());
        summary = format!("{summary}\n\n{}", companion.summary);
        risk = format!("{risk}\n\n{}", companion.risk);
    }
    Ok(Patch {
        template: template.id.clone(),
        candidate: candidate.id.clone(),
        title: facts.render(&template.recipe.pr.title)?,
        summary,
        risk: risk.trim().to_owned(),
        sites,
        left_alone: setting.left_alone.clone(),
        subject: Subject {
            path: file.tree.path.clone(),
            owner: setting.owner.clone(),
            scenarios: setting.scenarios.clone(),
        },
    })
}

fn fits(candidate: &Candidate, groups: &[Group<'_>]) -> bool {
    let read = |site: &Site<'_>| {
        let state = format!("{}.readyState", spelling(&site.receiver));
        let start = site.call.range().start;
        site.function().is_some_and(|function| {
            function
                .dfs()
                .take_while(|node| node.range().start < start)
                .filter(|node| is(node, "member_expression") && spelling(node) == state)
                .any(|node| function_around(&node).is_some_and(|it| encloses(&it, &site.call)))
        })
    };
    match candidate.when {
        Some(When::StateUnread) => !groups.iter().flat_map(|group| &group.sites).any(read),
        None => true,
    }
}
