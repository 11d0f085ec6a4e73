//! `tsc --noEmit`: its command line and its diagnostics.

use std::ffi::OsString;

use bugstack_patch::Refusal;
use bugstack_sandbox::{End, Outcome};

use super::inside::{TREE, last_words};

/// What the type check said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeReport {
    /// The command, as argv joined by spaces.
    pub command: String,
    /// Each diagnostic without its position, which a patch moves.
    pub diagnostics: Vec<String>,
}

const OPTIONS: [&str; 5] = ["--noEmit", "--pretty", "false", "--project", "tsconfig.json"];

pub(super) fn argv() -> Vec<OsString> {
    let mut argv: Vec<OsString> = vec![format!("{TREE}/node_modules/typescript/bin/tsc").into()];
    argv.extend(OPTIONS.map(OsString::from));
    argv
}

pub(super) fn read(outcome: &Outcome) -> Result<TypeReport, Refusal> {
    let said = String::from_utf8_lossy(&outcome.stdout);
    let diagnostics: Vec<String> = said.lines().filter_map(without_position).collect();
    let clean = outcome.end == End::Exited(0);
    if clean != diagnostics.is_empty() {
        let words = format!("tsc ended with {:?}\n{}", outcome.end, last_words(outcome));
        return Err(Refusal::new("report-contradicts-exit", words));
    }
    Ok(TypeReport { command: format!("tsc {}", OPTIONS.join(" ")), diagnostics })
}

/// `src/a.ts(3,7): error TS2322: …` → `src/a.ts: error TS2322: …`; continuation lines are dropped.
fn without_position(line: &str) -> Option<String> {
    let at = line.find("error TS")?;
    let (place, words) = line.split_at(at);
    let file = place.split('(').next().unwrap_or(place).trim_end_matches([':', ' ']);
    Some(if file.is_empty() { words.to_owned() } else { format!("{file}: {words}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_loses_its_position() {
        let table = [
            ("src/a.ts(3,7): error TS2322: No.", Some("src/a.ts: error TS2322: No.")),
            ("error TS18003: No inputs.", Some("error TS18003: No inputs.")),
            ("  Type 'a' is not 'b'.", None),
        ];
        for (line, expected) in table {
            assert_eq!(without_position(line).as_deref(), expected);
        }
    }
}
