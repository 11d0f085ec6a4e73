//! Lists in pages, with links to the others.

use std::fmt::Write;

use axum::http::Uri;
use serde_json::Value;

use super::answer::Answer;

/// Cuts the page out of a list that was asked for, and says where the others are.
pub(super) fn page(uri: &Uri, host: &str, asked: &[(String, String)], answer: &mut Answer) {
    let number = |name: &str| {
        let found = asked.iter().find(|(key, _)| key == name);
        found.and_then(|(_, value)| value.parse::<usize>().ok()).filter(|number| *number > 0)
    };
    let (size, page) = (number("per_page").unwrap_or(30).min(100), number("page").unwrap_or(1));
    let Some(body) = &mut answer.body else { return };
    let list = match body {
        Value::Array(list) => list,
        Value::Object(map) => {
            let key =
                ["check_runs", "statuses", "files"].into_iter().find(|key| map.contains_key(*key));
            match key.and_then(|key| map.get_mut(key)) {
                Some(Value::Array(list)) => list,
                _ => return,
            }
        }
        _ => return,
    };
    let last = list.len().div_ceil(size).max(1);
    *list = list.iter().skip((page - 1) * size).take(size).cloned().collect();
    let mut links = String::new();
    let mut link = |to: usize, relation: &str| {
        let others = uri.query().unwrap_or_default().split('&');
        let mut query: Vec<String> = others
            .filter(|part| !part.is_empty() && !part.starts_with("page="))
            .map(str::to_owned)
            .collect();
        query.push(format!("page={to}"));
        let comma = if links.is_empty() { "" } else { ", " };
        let path = uri.path();
        let query = query.join("&");
        let _ = write!(links, "{comma}<http://{host}{path}?{query}>; rel=\"{relation}\"");
    };
    if page > 1 {
        link(page - 1, "prev");
    }
    if page < last {
        link(page + 1, "next");
        link(last, "last");
    }
    if page > 1 {
        link(1, "first");
    }
    if !links.is_empty() {
        answer.headers.push(("link".to_owned(), links));
    }
}
