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
        (
            "scope: site",
            "scope: site\nsignature: { message: '(', thrown-in: { package: ws, function: x } }",
            "`signature`: regex parse error",
        ),
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
fn two_templates_of_one_name_are_refused() {
    let files = [("probe/template.yml", GOOD), ("own/probe/template.yml", GOOD)];
    let error = Library::load(files).err().unwrap();
    assert_eq!(error.file, "own/probe/template.yml");
}
