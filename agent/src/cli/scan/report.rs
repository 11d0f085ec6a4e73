//! Findings for a person, and as JSON.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::json;

use super::files::Scanned;

/// One line a finding, as compilers print them, and a last line with the count.
pub(super) fn human(scanned: &Scanned) -> String {
    let mut text = String::new();
    for found in &scanned.findings {
        let function = found.function.as_ref().map_or_else(String::new, |it| format!(" in `{it}`"));
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "{}:{}:{}: {}{function}: {}",
            found.path, found.line, found.column, found.template, found.message
        );
    }
    let files = counted(scanned.files, "file");
    let _ = match scanned.findings.len() {
        0 => writeln!(text, "Nothing found in {files}."),
        some => writeln!(text, "{} in {files}.", counted(some, "finding")),
    };
    text
}

/// `files`, `findings`, `unread`.
pub(super) fn json(scanned: &Scanned) -> Result<String> {
    let unread = scanned.unread.iter().map(|(path, why)| json!({ "path": path, "why": why }));
    let told = json!({
        "files": scanned.files,
        "findings": scanned.findings,
        "unread": unread.collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&told)? + "\n")
}

fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
