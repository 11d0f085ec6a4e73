//! The judge: requests and answers against GitHub's published description of its API.
//!
//! `rest.json`, `webhooks.json` and `graphql.graphql` are subsets, made by `generate.mjs`; `LICENSES.md` says whose
//! they are.

pub mod graphql;
pub mod webhooks;

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};

static REST: LazyLock<Contract> = LazyLock::new(|| Contract::parse(include_str!("rest.json")));

/// Path parameters that may hold slashes.
const LONG: [&str; 3] = ["ref", "path", "branch"];
/// What any call may answer, whether its description says so or not.
const ANYWHERE: [u16; 9] = [400, 401, 403, 404, 410, 429, 500, 502, 503];

/// Every operation that we describe.
#[derive(Debug, Default)]
pub struct Contract {
    operations: Vec<Operation>,
}

/// One operation, checked by schemas that are compiled when they are first asked for.
#[derive(Debug)]
pub struct Operation {
    /// GitHub's name for it, such as `pulls/create`.
    pub name: String,
    /// The HTTP method.
    pub method: String,
    /// The path's template.
    pub path: String,
    query: BTreeMap<String, Schema>,
    body: Option<Schema>,
    body_required: bool,
    answers: BTreeMap<u16, Option<Schema>>,
    error: Schema,
}

#[derive(Debug)]
struct Schema {
    text: Value,
    properties: Vec<String>,
    compiled: OnceLock<Result<Validator, String>>,
}

/// The description of every REST operation that the agent may call.
pub fn rest() -> &'static Contract {
    &REST
}

impl Contract {
    fn parse(text: &str) -> Self {
        let Ok(Value::Object(file)) = serde_json::from_str(text) else { return Self::default() };
        let schemas = &file["schemas"];
        let Some(operations) = file["operations"].as_object() else { return Self::default() };
        let operations =
            operations.iter().map(|(name, value)| Operation::parse(name, value, schemas)).collect();
        Self { operations }
    }

    /// The operation of a request with the path's parameters, still encoded.
    pub fn find(&self, method: &str, path: &str) -> Option<(&Operation, BTreeMap<String, String>)> {
        self.operations
            .iter()
            .filter(|operation| operation.method == method)
            .filter_map(|operation| Some((operation, parameters(&operation.path, path)?)))
            .max_by_key(|(operation, found)| operation.path.split('/').count() - found.len())
    }

    /// The names of all operations.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.operations.iter().map(|operation| operation.name.as_str())
    }
}

fn parameters(template: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let template: Vec<&str> = template.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    let spare = path.len().checked_sub(template.len())?;
    let mut found = BTreeMap::new();
    let mut at = 0;
    for part in template {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let end = at + 1 + if name.is_some_and(|name| LONG.contains(&name)) { spare } else { 0 };
        let text = path.get(at..end)?.join("/");
        match name {
            Some(name) if !text.is_empty() => drop(found.insert(name.to_owned(), text)),
            None if text == part => {}
            _ => return None,
        }
        at = end;
    }
    (at == path.len()).then_some(found)
}

impl Operation {
    fn parse(name: &str, value: &Value, schemas: &Value) -> Self {
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let map = |key: &str| value[key].as_object().cloned().unwrap_or_default();
        let optional =
            |value: &Value| (!value.is_null()).then(|| Schema::new(value.clone(), schemas));
        Self {
            name: name.to_owned(),
            method: text("method"),
            path: text("path"),
            query: map("query")
                .into_iter()
                .map(|(name, schema)| (name, Schema::new(schema, schemas)))
                .collect(),
            body: optional(&value["body"]),
            body_required: value["body_required"] == true,
            answers: map("responses")
                .iter()
                .filter_map(|(status, schema)| Some((status.parse().ok()?, optional(schema))))
                .collect(),
            error: Schema::new(json!({ "$ref": "#/$defs/basic-error" }), schemas),
        }
    }

    /// Whether its list comes in pages.
    pub fn paged(&self) -> bool {
        self.query.contains_key("per_page")
    }

    /// What is wrong with a request.
    pub fn check_request(&self, query: &[(String, String)], body: Option<&Value>) -> Vec<String> {
        let mut wrong = Vec::new();
        for (name, value) in query {
            match self.query.get(name) {
                None => wrong.push(format!("query `{name}` is unknown")),
                Some(schema) => wrong.extend(schema.check_text(name, value)),
            }
        }
        match (&self.body, body) {
            (None, Some(_)) => wrong.push("takes no body".to_owned()),
            (Some(_), None) if self.body_required => wrong.push("the body is missing".to_owned()),
            (Some(schema), Some(body)) => {
                wrong.extend(schema.unknown(body));
                wrong.extend(schema.check(body));
            }
            _ => {}
        }
        wrong.into_iter().map(|what| format!("{}: request: {what}", self.name)).collect()
    }

    /// What is wrong with an answer.
    pub fn check_answer(&self, status: u16, body: Option<&Value>) -> Vec<String> {
        let wrong = match (self.answers.get(&status), body) {
            // Some descriptions leave an error's body out though there is one.
            (Some(None), Some(body)) if status >= 400 => self.error.check(body),
            (Some(None), None) | (_, None) if status == 304 => Vec::new(),
            (Some(None), Some(_)) => vec!["has no body".to_owned()],
            (Some(None), None) => Vec::new(),
            (Some(Some(_)), None) => vec!["the body is missing".to_owned()],
            (Some(Some(schema)), Some(body)) => schema.check(body),
            (None, Some(body)) if ANYWHERE.contains(&status) => self.error.check(body),
            (None, _) => vec!["this status is not described".to_owned()],
        };
        wrong.into_iter().map(|what| format!("{}: answer {status}: {what}", self.name)).collect()
    }
}

impl Schema {
    fn new(schema: Value, all: &Value) -> Self {
        let mut reached = serde_json::Map::new();
        reach(&schema, all, &mut reached);
        let properties = schema["properties"]
            .as_object()
            .map(|map| map.keys().cloned().collect())
            .unwrap_or_default();
        let text = json!({ "allOf": [schema], "$defs": reached });
        Self { text, properties, compiled: OnceLock::new() }
    }

    fn check(&self, value: &Value) -> Vec<String> {
        let compiled = self
            .compiled
            .get_or_init(|| jsonschema::validator_for(&self.text).map_err(|why| why.to_string()));
        match compiled {
            Ok(schema) => schema
                .iter_errors(value)
                .map(|error| format!("{}: {}", error.instance_path(), short(&error.to_string())))
                .collect(),
            Err(why) => vec![format!("its schema cannot be read: {why}")],
        }
    }

    /// A query's value is text: it may stand for a number or a truth value too.
    fn check_text(&self, name: &str, value: &str) -> Vec<String> {
        let as_text = self.check(&Value::from(value));
        let as_json = serde_json::from_str(value).ok().map(|value: Value| self.check(&value));
        if as_text.is_empty() || as_json.is_some_and(|wrong| wrong.is_empty()) {
            return Vec::new();
        }
        as_text.into_iter().map(|what| format!("query `{name}`{what}")).collect()
    }

    /// GitHub drops what it does not know; we would rather hear of it.
    fn unknown(&self, body: &Value) -> Vec<String> {
        let Some(body) = body.as_object().filter(|_| !self.properties.is_empty()) else {
            return Vec::new();
        };
        body.keys()
            .filter(|key| !self.properties.contains(key))
            .map(|key| format!("`{key}` is unknown"))
            .collect()
    }
}

fn reach(schema: &Value, all: &Value, reached: &mut serde_json::Map<String, Value>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| reach(item, all, reached)),
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str) {
                let name = name.trim_start_matches("#/$defs/");
                if !reached.contains_key(name) {
                    reached.insert(name.to_owned(), all[name].clone());
                    reach(&all[name], all, reached);
                }
            }
            map.values().for_each(|value| reach(value, all, reached));
        }
        _ => {}
    }
}

/// The values in a message may be whole repositories.
fn short(text: &str) -> String {
    let keep = 300;
    let count = text.chars().count();
    if count <= keep {
        return text.to_owned();
    }
    let start: String = text.chars().take(keep / 2).collect();
    let end: String = text.chars().skip(count - keep / 2).collect();
    format!("{start} … {end}")
}
