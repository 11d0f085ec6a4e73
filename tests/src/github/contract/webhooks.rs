//! Webhook payloads against the published schemas of GitHub's events.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::Schema;

static EVENTS: LazyLock<BTreeMap<String, Schema>> = LazyLock::new(|| {
    let file: Value = serde_json::from_str(include_str!("webhooks.json")).unwrap_or_default();
    let schema = |schema: &Value| Schema::new(schema.clone(), &file["schemas"]);
    let events = file["events"].as_object().into_iter().flatten();
    events.map(|(name, text)| (name.clone(), schema(text))).collect()
});

/// What is wrong with the payload of an event.
pub fn check(event: &str, payload: &Value) -> Vec<String> {
    let action = payload["action"].as_str().unwrap_or("event");
    let wrong = match EVENTS.get(&format!("{event}${action}")) {
        Some(schema) => schema.check(payload),
        None => vec!["there is no such event".to_owned()],
    };
    wrong.into_iter().map(|what| format!("webhook {event} {action}: {what}")).collect()
}
