//! Which candidates are tried, and in which order: the template's, unless this repository has
//! turned one down.

use std::collections::BTreeMap;

use bugstack_patch::Patch;

/// A record below this is bad: proposals of the candidate are mostly not merged here.
const BAD: f64 = 0.1;

/// The candidates that were banned, by name, and the others.
pub(super) fn without_banned(patches: Vec<Patch>, bans: &[String]) -> (Vec<String>, Vec<Patch>) {
    let banned =
        |patch: &Patch| bans.iter().any(|ban| *ban == name(patch) || *ban == patch.template);
    let (banned, left): (Vec<_>, Vec<_>) = patches.into_iter().partition(banned);
    (banned.iter().map(name).collect(), left)
}

/// Those with a bad record here come last; nothing else changes its place.
pub(super) fn by_record(mut patches: Vec<Patch>, record: &BTreeMap<String, f64>) -> Vec<Patch> {
    let bad = |patch: &Patch| {
        let bound = record.get(&name(patch)).or_else(|| record.get(&patch.template));
        bound.is_some_and(|bound| *bound < BAD)
    };
    patches.sort_by_key(bad);
    patches
}

/// As the proof and the proposal name it.
fn name(patch: &Patch) -> String {
    format!("{}/{}", patch.template, patch.candidate)
}

#[cfg(test)]
mod tests {
    use bugstack_patch::{Owner, Subject};

    use super::*;

    fn patches(candidates: &[&str]) -> Vec<Patch> {
        let patch = |candidate: &&str| Patch {
            template: "guard".into(),
            candidate: (*candidate).into(),
            title: String::new(),
            summary: String::new(),
            risk: String::new(),
            sites: Vec::new(),
            left_alone: Vec::new(),
            subject: Subject {
                path: String::new(),
                owner: Owner::Unreachable { why: String::new() },
                scenarios: Vec::new(),
            },
        };
        candidates.iter().map(patch).collect()
    }

    fn names(patches: &[Patch]) -> Vec<&str> {
        patches.iter().map(|patch| patch.candidate.as_str()).collect()
    }

    #[test]
    fn a_ban_names_a_candidate_or_a_whole_template() {
        for (ban, left) in [
            ("guard/a", vec!["b", "c"]),
            ("guard/c", vec!["a", "b"]),
            ("guard", vec![]),
            ("other/a", vec!["a", "b", "c"]),
        ] {
            let (_, kept) = without_banned(patches(&["a", "b", "c"]), &[ban.to_owned()]);
            assert_eq!(names(&kept), left, "{ban}");
        }
    }

    #[test]
    fn only_a_bad_record_moves_a_candidate() {
        for (record, order) in [
            (vec![], ["a", "b", "c"]),
            (vec![("guard/c", 0.9)], ["a", "b", "c"]),
            (vec![("guard/a", 0.01)], ["b", "c", "a"]),
            (vec![("guard/a", 0.01), ("guard/b", 0.02)], ["c", "a", "b"]),
            (vec![("guard", 0.01)], ["a", "b", "c"]),
        ] {
            let record = record.into_iter().map(|(name, bound)| (name.to_owned(), bound));
            let sorted = by_record(patches(&["a", "b", "c"]), &record.collect());
            assert_eq!(names(&sorted), order);
        }
    }
}
