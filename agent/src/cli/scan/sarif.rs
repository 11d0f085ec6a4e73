//! Findings as SARIF 2.1.0, which code hosts and editors read:
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>.

use std::collections::BTreeSet;

use anyhow::Result;
use bugstack_patch::{Finding, Library};
use serde_json::{Value, json};

use super::files::Scanned;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn text(library: &Library, scanned: &Scanned) -> Result<String> {
    let used: BTreeSet<&str> = scanned.findings.iter().map(|it| it.template.as_str()).collect();
    let rules = library.templates().iter().filter(|it| used.contains(it.id.as_str()));
    let rules: Vec<Value> =
        rules.map(|it| json!({ "id": it.id, "shortDescription": { "text": it.title } })).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "bugstack",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "utf16CodeUnits",
            "results": scanned.findings.iter().map(result).collect::<Vec<_>>(),
        }],
    });
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

fn result(found: &Finding) -> Value {
    json!({
        "ruleId": found.template,
        "level": "warning",
        "message": { "text": found.message },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&found.path) },
            "region": { "startLine": found.line, "startColumn": found.column },
        }}],
    })
}

/// A relative reference (RFC 3986): everything but unreserved characters and `/` is escaped.
fn uri(path: &str) -> String {
    let mut text = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_is_a_reference() {
        assert_eq!(uri("src/a b/%ü.ts"), "src/a%20b/%25%C3%BC.ts");
    }
}
