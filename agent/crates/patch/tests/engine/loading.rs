//! A template that does not hold is named with file, line and reason.

use bugstack_patch::Library;

const GOOD: &str = "id: probe
title: A probe
family: test
cause: because
languages: [TypeScript]
site: { pattern: $RECV.send($$$ARGS) }
scope: site
candidates:
  - id: only
    edits: [{ wrap: SLOT, with: 'if (x) { $BODY }' }]
signature: { message: lost, thrown-in: { package: ws, function: send } }
pr: { title: a title, summary: a summary }
";

fn fault(text: &str) -> String {
    match Library::load([("probe/template.yml", text)]) {
        Ok(_) => "loads".into(),
        Err(error) => error.to_string().replace('\n', " "),
    }
}

#[test]
fn a_template_that_holds_is_listed() {
    let files = [("probe/template.yml", GOOD), ("spec/helpers.j2", "{% nothing of ours")];
    let library = Library::load(files).unwrap();
    let template = &library.templates()[0];
    assert_eq!((template.id.as_str(), template.family.as_str()), ("probe", "test"));
    assert_eq!(template.candidates, ["only"]);
}

#[test]
fn a_flaw_has_a_file_a_line_and_a_reason() {
    let table = [
        ("", "", "loads"),
        ("id: probe", "id: other", "probe/template.yml:1: `id`: the id must be the folder's name"),
        ("title: A", "tilte: A", "probe/template.yml:2: unknown field `tilte`"),
        ("[TypeScript]", "[Cobol]", "probe/template.yml:5: languages[0]: unknown variant `Cobol`"),
        (
            "{ pattern: $RECV.send($$$ARGS) }",
            "{ kind: no_such_kind }",
            "probe/template.yml:6: `site`: ",
        ),
        ("{ pattern: $RECV.send($$$ARGS) }", "{ patern: x }", "probe/template.yml:6: `site`: "),
        ("wrap: SLOT", "wrap: HOUSE", "probe/template.yml:10: candidates[0].edits: "),
        (
            "  - id: only\n    edits: [{ wrap: SLOT, with: 'if (x) { $BODY }' }]",
            "  []",
            "at least one",
        ),
        ("cause: because", "cause: '{{ because'", "`cause`"),
        ("scope: site", "scope: site\ncompanions: [nobody]", "there is no template `nobody`"),
        (
            "scope: site",
            "scope: site\nunless: [{ code: a, because: b }]",
            "needs either a `rule` or a `check`",
        ),
        ("message: lost", "message: '('", "probe/template.yml:11: `signature`: regex parse error"),
        ("message: lost", "message: '(\\w{500}){500}'", ":11: `signature`: Compiled regex exceeds"),
        ("id: probe", "id: ../probe", "the id must be the folder's name"),
        ("[TypeScript]", "[]", "probe/template.yml:5: `languages`: there must be at least one"),
        (
            "cause: because",
            "cause: '{{ nobody }}'",
            "probe/template.yml:4: `cause`: undefined value",
        ),
        (
            "title: a title",
            "title: '{% for x in y %}'",
            "probe/template.yml:12: `title`: syntax error",
        ),
        ("$BODY }", "}", "probe/template.yml:8: `candidates`: `only`: what is wrapped stands as"),
        ("if (x)", "if ($NOBODY)", "`only`: nothing fills in `$NOBODY`"),
        ("- id: only", "- id: Only One", "`Only One` must be a name of its own"),
        (
            "scope: site",
            "scope: site\nunless: [{ code: 'a b', because: b, check: guarded }]",
            "probe/template.yml:8: `unless`: `a b` is no code",
        ),
        ("scope: site", "scope: site\nprefilter: ['']", "`prefilter`: at most 8 words, none empty"),
        ("scope: site", "scope: site\ncompanions: [probe]", "cannot stand beside itself"),
        ("signature: ", "about: timer\n# ", "loads"),
        ("signature: ", "# ", "needs a `signature`, or says with `about`"),
        ("scope: site", "scope: everywhere", "unknown variant `everywhere`"),
        ("scope: site", "scope: site\nrun: rm", "probe/template.yml:8: unknown field `run`"),
        (
            "edits: [",
            "edits: [{ hoist: RECV, as: 'a b' }, ",
            "`only`: `a b` is no name for a value",
        ),
        ("edits: [", "edits: [{ import: '*', from: ws }, ", "`only`: `*` is no name"),
        ("edits: [", "edits: [{ insert: x, into: '../x' }, ", "`only`: `../x` is no method's name"),
    ];
    let wrong: Vec<String> = table
        .iter()
        .map(|(from, to, wanted)| (to, wanted, fault(&GOOD.replacen(from, to, 1))))
        .filter(|(_, wanted, found)| !found.contains(*wanted))
        .map(|(to, wanted, found)| format!("`{to}`\n  wanted {wanted}\n  found  {found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_would_take_for_ever_is_refused_at_load() {
    let nested = |depth: usize| {
        let open = "{ kind: program, has: ".repeat(depth);
        format!("{open}{{ kind: program }}{}", " }".repeat(depth))
    };
    let rule = |rule: &str| fault(&GOOD.replacen("{ pattern: $RECV.send($$$ARGS) }", rule, 1));
    assert_eq!(rule(&nested(6)), "loads");
    assert!(rule(&nested(7)).contains("nest deeper than 6"), "{}", rule(&nested(7)));
    assert!(rule(&nested(2_000)).contains("probe/template.yml:"), "a limit of the reader");
    assert!(fault(&format!("{GOOD}# {}", "x".repeat(40_000))).contains("longer than 32 KiB"));
    let levels: String = (1..30)
        .map(|level| format!("l{level}: &l{level} [*l{}, *l{}]\n", level - 1, level - 1))
        .collect();
    assert_ne!(fault(&format!("l0: &l0 [x]\n{levels}{GOOD}")), "loads");
}

#[test]
fn two_templates_of_one_name_are_refused() {
    let files = [("probe/template.yml", GOOD), ("own/probe/template.yml", GOOD)];
    let error = Library::load(files).err().unwrap();
    assert_eq!(error.file, "own/probe/template.yml");
}
