//! Taking a site out of a patch that nothing needs there.

use crate::{LeftAlone, Patch, Refusal, Scenario};

impl Patch {
    /// The patch without the site `index`, which is listed as left alone for `reason`. A test that
    /// only this site asked for goes with it.
    pub fn without(mut self, index: usize, reason: Refusal) -> Self {
        if index >= self.sites.len() {
            return self;
        }
        let site = self.sites.remove(index);
        let (path, line) = (site.path, site.lines.0);
        self.summary = format!(
            "{}\n\nLine {line} was taken out of this change again, see what was left alone.",
            self.summary
        );
        self.left_alone.push(LeftAlone { path, line, reason });
        self.subject.scenarios.retain_mut(|scenario| keeps(scenario, index));
        self
    }
}

/// Counts the sites of a test anew; whether any is left.
fn keeps(scenario: &mut Scenario, without: usize) -> bool {
    let moved = |site: usize| if site > without { site - 1 } else { site };
    match scenario {
        Scenario::Send { sites, .. } => {
            sites.retain(|site| *site != without);
            sites.iter_mut().for_each(|site| *site = moved(*site));
            !sites.is_empty()
        }
        Scenario::Forget { site, .. } => {
            let stays = *site != without;
            *site = moved(*site);
            stays
        }
    }
}
