//! The tests that drive a patch's places: which of them a test can reach, and through which call.

use super::{owner_of, send_scenario};
use crate::siblings::{Group, leave};
use crate::site::File;
use crate::syntax::line_of;
use crate::{LeftAlone, Owner, Scenario, SiteEvidence};

/// One scenario for each function; siblings in functions that no test can drive are left alone.
pub(crate) fn scenarios<'t>(
    file: &File<'t>,
    groups: &mut Vec<Group<'t>>,
    left_alone: &mut Vec<LeftAlone>,
) -> (Vec<Scenario>, Owner) {
    let lead = groups[0].sites[0].clone();
    let mut owner = owner_of(file, &lead);
    if let Err(why) = send_scenario(file, &lead, vec![0])
        && !matches!(owner, Owner::Unreachable { .. })
    {
        owner = Owner::Unreachable { why };
    }
    if matches!(owner, Owner::Unreachable { .. }) {
        return (Vec::new(), owner);
    }
    groups.retain(|group| {
        let site = &group.sites[0];
        let why = match send_scenario(file, site, Vec::new()) {
            _ if group.evidence == SiteEvidence::Proved => return true,
            Ok(_) => match owner_of(file, site) {
                Owner::Unreachable { why } => why,
                _ => return true,
            },
            Err(why) => why,
        };
        let words = format!("no test can be written for it: {why}");
        let reason = file.refusal_at(line_of(&site.name()), "unreachable", &words);
        left_alone.push(leave(file, site, reason));
        false
    });
    (merged(file, groups), owner)
}

/// Sites that one call reaches through one collection share a scenario.
fn merged<'t>(file: &File<'t>, groups: &[Group<'t>]) -> Vec<Scenario> {
    let mut merged: Vec<Scenario> = Vec::new();
    let each = groups
        .iter()
        .enumerate()
        .filter_map(|(index, group)| send_scenario(file, &group.sites[0], vec![index]).ok());
    for scenario in each {
        if !merged.iter_mut().any(|earlier| joins(earlier, &scenario)) {
            merged.push(scenario);
        }
    }
    merged
}

fn joins(earlier: &mut Scenario, later: &Scenario) -> bool {
    let (
        Scenario::Send { sites, call, sockets, .. },
        Scenario::Send { sites: more, call: same_call, sockets: same_sockets, .. },
    ) = (earlier, later)
    else {
        return false;
    };
    let same = call == same_call && sockets == same_sockets;
    if same {
        sites.extend(more);
    }
    same
}
