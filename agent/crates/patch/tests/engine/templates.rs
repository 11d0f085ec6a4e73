//! Every built-in template against its own cases, and what must hold for any patch.

use crate::cases;
use crate::cases::{Case, library, load_all, outcome};
use bugstack_patch::{Language, Patch, SiteEvidence};

#[test]
fn every_case_of_every_template_holds() {
    let library = library();
    let cases = load_all();
    let mut wrong = Vec::new();
    for case in &cases {
        wrong.extend(case.check(library).into_iter().map(|why| format!("{}: {why}", case.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The family covers what people write, and a third of that must stay as it is.
#[test]
fn the_family_does_not_shrink() {
    let cases = load_all();
    let kept = cases.iter().filter(|case| case.refusal.is_some()).count();
    assert!(cases.len() >= 160, "{} cases", cases.len());
    assert!(kept * 3 >= cases.len(), "{kept} of {} must not change", cases.len());
    for template in library().templates() {
        let own = cases.iter().filter(|case| case.template == template.id).count();
        assert!(own >= 3, "`{}` has {own} cases", template.id);
    }
}

#[test]
fn a_repaired_place_is_already_guarded() {
    let library = library();
    for case in load_all().iter().filter(|case| case.refusal.is_none()) {
        for patch in outcome(library, case, &case.before).unwrap() {
            let patched = patch.apply(&case.path, &case.before).unwrap();
            let again = cases::diagnose_again(library, case, &patched);
            assert_eq!(
                again.map_err(|refusal| refusal.code),
                Err("already-guarded".to_owned()),
                "{} {}:\n{patched}",
                case.name,
                patch.candidate
            );
        }
    }
}

#[test]
fn comments_survive_and_line_ends_stay() {
    let library = library();
    for case in load_all().iter().filter(|case| case.refusal.is_none()) {
        for patch in outcome(library, case, &case.before).unwrap() {
            let patched = patch.apply(&case.path, &case.before).unwrap();
            for comment in case.before.lines().filter_map(|line| line.split_once("// ")) {
                assert!(patched.contains(comment.1.trim()), "{}: lost `{}`", case.name, comment.1);
            }
            assert_eq!(case.before.ends_with('\n'), patched.ends_with('\n'), "{}", case.name);
            assert_eq!(case.before.contains("\r\n"), patched.contains("\r\n"), "{}", case.name);
        }
    }
}

#[test]
fn the_same_fault_is_repaired_in_every_style() {
    let library = library();
    for case in load_all().iter().filter(|case| case.refusal.is_none() && case.mutable()) {
        for (style, before) in case.mutations() {
            let plain = outcome(library, case, &case.before).unwrap();
            let patches = outcome(library, case, &before)
                .unwrap_or_else(|refusal| panic!("{} {style}: {refusal:?}", case.name));
            let mut patched = patches[0].apply(&case.path, &before).unwrap();
            if style == "functions" {
                // An arrow without a block gets one, and is an arrow still.
                patched = cases::mutate(style, &patched);
            }
            let expected = cases::mutate(style, &plain[0].apply(&case.path, &case.before).unwrap());
            assert_eq!(patched, expected, "{} in {style}", case.name);
        }
    }
}

#[test]
fn every_site_stands_and_falls_alone() {
    let library = library();
    for case in load_all().iter().filter(|case| case.refusal.is_none()) {
        for patch in outcome(library, case, &case.before).unwrap() {
            assert_eq!(patch.sites[0].evidence, SiteEvidence::Proved, "{}", case.name);
            let whole = patch.apply(&case.path, &case.before).unwrap();
            for index in 0..patch.sites.len() {
                let without = patch.apply_without(index, &case.path, &case.before).unwrap();
                assert_ne!(without, whole, "{}", case.name);
                assert!(cases::parses(library, case, &without), "{}:\n{without}", case.name);
            }
        }
    }
}

#[test]
fn edits_are_sorted_and_apart() {
    let library = library();
    let apart = |patch: &Patch| {
        patch.sites.iter().all(|site| {
            site.edits.windows(2).all(|pair| pair[0].end <= pair[1].start)
                && site.edits.iter().all(|edit| edit.start <= edit.end)
        })
    };
    for case in load_all().iter().filter(|case| case.refusal.is_none()) {
        let patches = outcome(library, case, &case.before).unwrap();
        assert!(patches.iter().all(apart), "{}", case.name);
    }
}

#[test]
fn a_language_is_told_by_the_extension() {
    let table = [
        ("a/b.ts", Some(Language::TypeScript)),
        ("b.d.mts", Some(Language::TypeScript)),
        ("b.tsx", Some(Language::Tsx)),
        ("b.cjs", Some(Language::JavaScript)),
        ("b.py", None),
        ("ts", None),
    ];
    for (path, language) in table {
        assert_eq!(Language::of_path(path), language, "{path}");
    }
}

#[test]
fn cases_have_names_of_their_own() {
    let mut names: Vec<_> = load_all().iter().map(|case: &Case| case.name.clone()).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}
