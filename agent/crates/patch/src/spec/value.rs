//! What a test passes where the code under test wants a value.

use regex::Regex;

use crate::Parameter;

/// Any value at all; defined by the helpers.
pub(super) const ANYTHING: &str = "anything()";

/// What a test passes for a parameter that takes no socket under test.
pub(super) fn argument(parameter: &Parameter, source: &str) -> &'static str {
    match parameter.type_text.as_deref().map(str::trim) {
        Some(text) => typed(text),
        None if is_socket_name(&parameter.name) => "fakeSocket('OPEN')",
        None if is_taken_apart(&parameter.name, source) => ANYTHING,
        None => "'hello'",
    }
}

/// Whether the source stores keys of this type: the key of `name`'s `Map<K, …>`.
pub(super) fn map_key(name: &str, source: &str, typescript: bool) -> impl Fn(&str) -> String {
    let pattern = format!(r"\b{}\b[^;\n]*?\bMap<\s*(\w+)", regex::escape(name));
    let key = Regex::new(&pattern)
        .ok()
        .and_then(|pattern| pattern.captures(source).map(|found| found[1].to_owned()));
    let plain = !typescript || key.as_deref() == Some("string");
    move |word| if plain { format!("'{word}'") } else { format!("'{word}' as never") }
}

fn typed(text: &str) -> &'static str {
    match text {
        "string" | "any" | "unknown" => "'hello'",
        "number" => "1",
        "boolean" => "true",
        "Buffer" => "Buffer.from('hello')",
        "WebSocket" | "Socket" | "WebSocket.WebSocket" | "ws.WebSocket" => "fakeSocket('OPEN')",
        list if list.ends_with("[]") => "[]",
        _ => ANYTHING,
    }
}

fn is_socket_name(name: &str) -> bool {
    ["client", "socket", "ws", "connection", "conn", "peer"].contains(&name)
}

/// Whether the source reads a property of it that a text has not.
fn is_taken_apart(name: &str, source: &str) -> bool {
    const TEXT_PROPERTIES: [&str; 9] = [
        "length",
        "trim",
        "slice",
        "split",
        "toString",
        "toLowerCase",
        "toUpperCase",
        "replace",
        "includes",
    ];
    if name.is_empty() {
        return true;
    }
    let pattern = format!(r"\b{}\s*\??\.\s*(\w+)", regex::escape(name));
    Regex::new(&pattern).is_ok_and(|pattern| {
        pattern.captures_iter(source).any(|found| !TEXT_PROPERTIES.contains(&&found[1]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_follows_the_type_and_without_one_the_use() {
        let cases = [
            ("text", Some("string"), "", "'hello'"),
            ("count", Some("number"), "", "1"),
            ("client", Some("WebSocket"), "", "fakeSocket('OPEN')"),
            ("names", Some("string[]"), "", "[]"),
            ("presence", Some("Presence"), "", "anything()"),
            ("", None, "", "anything()"),
            ("client", None, "client.send(1)", "fakeSocket('OPEN')"),
            ("message", None, "send(message)", "'hello'"),
            ("message", None, "send(message.trim())", "'hello'"),
            ("message", None, "send(message.text)", "anything()"),
        ];
        for (name, type_text, source, expected) in cases {
            let parameter =
                Parameter { name: name.into(), type_text: type_text.map(str::to_owned) };
            assert_eq!(argument(&parameter, source), expected, "{parameter:?} {source}");
        }
    }

    #[test]
    fn a_key_is_cast_only_where_it_must() {
        let source = "a = new Map<string, WebSocket>();\n b: Map<RoomId, WebSocket>;\n";
        assert_eq!(map_key("a", source, true)("open"), "'open'");
        assert_eq!(map_key("b", source, true)("open"), "'open' as never");
        assert_eq!(map_key("c", source, true)("open"), "'open' as never");
        assert_eq!(map_key("b", source, false)("open"), "'open'");
    }
}
