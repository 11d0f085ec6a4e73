//! GraphQL documents against GitHub's published schema.

use std::sync::LazyLock;

use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema, ast};
use serde_json::{Map, Value};

static SCHEMA: LazyLock<Result<Valid<Schema>, String>> = LazyLock::new(|| {
    Schema::parse_and_validate(include_str!("graphql.graphql"), "graphql.graphql")
        .map_err(|wrong| wrong.to_string())
});

/// A document that the schema allows, with its variables.
#[derive(Debug)]
pub struct Operation {
    /// Whether it changes something.
    pub mutation: bool,
    /// What it asks for.
    pub selection: Vec<Asked>,
}

/// One field that is asked for.
#[derive(Debug)]
pub struct Asked {
    /// The field's name.
    pub name: String,
    /// The name that the answer has.
    pub key: String,
    /// Its arguments, variables filled in.
    pub arguments: Value,
    /// Only of objects of this type, when given.
    pub of: Option<String>,
    /// What is asked for of it.
    pub selection: Vec<Self>,
}

/// Reads and checks a request's body.
///
/// # Errors
/// Everything that the schema does not allow, one sentence each.
pub fn check(body: &Value) -> Result<Operation, Vec<String>> {
    let one = |why: String| vec![why];
    let schema = SCHEMA.as_ref().map_err(|why| one(why.clone()))?;
    let query = body["query"].as_str().ok_or_else(|| one("there is no `query`".to_owned()))?;
    let document =
        ExecutableDocument::parse_and_validate(schema, query, "query").map_err(|wrong| {
            wrong.errors.iter().map(|error| error.to_json().message).collect::<Vec<_>>()
        })?;
    let operation = document
        .operations
        .get(body["operationName"].as_str())
        .map_err(|why| one(why.message().to_string()))?;
    let empty = Value::Object(Map::new());
    let given = body.get("variables").filter(|given| !given.is_null()).unwrap_or(&empty);
    let variables: JsonMap =
        serde_json::from_value(given.clone()).map_err(|why| one(why.to_string()))?;
    for name in variables.keys() {
        if !operation.variables.iter().any(|declared| declared.name.as_str() == name.as_str()) {
            return Err(one(format!("variable `{}` is not declared", name.as_str())));
        }
    }
    let variables = coerce_variable_values(schema, operation, &variables)
        .map_err(|why| one(why.message().to_string()))?;
    let variables = serde_json::to_value(&*variables).map_err(|why| one(why.to_string()))?;
    let mut selection = Vec::new();
    collect(&document, &operation.selection_set, &variables, None, &mut selection);
    Ok(Operation { mutation: operation.is_mutation(), selection })
}

fn collect(
    document: &ExecutableDocument,
    set: &SelectionSet,
    variables: &Value,
    of: Option<&str>,
    into: &mut Vec<Asked>,
) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                let arguments = field.arguments.iter();
                let arguments = arguments
                    .map(|argument| (argument.name.to_string(), value(&argument.value, variables)));
                let mut asked = Asked {
                    name: field.name.to_string(),
                    key: field.response_key().to_string(),
                    arguments: arguments.collect(),
                    of: of.map(str::to_owned),
                    selection: Vec::new(),
                };
                collect(document, &field.selection_set, variables, None, &mut asked.selection);
                into.push(asked);
            }
            Selection::InlineFragment(fragment) => {
                let of = fragment.type_condition.as_ref().map(|name| name.as_str()).or(of);
                collect(document, &fragment.selection_set, variables, of, into);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                    let of = Some(fragment.type_condition().as_str());
                    collect(document, &fragment.selection_set, variables, of, into);
                }
            }
        }
    }
}

fn value(value: &ast::Value, variables: &Value) -> Value {
    match value {
        ast::Value::Null => Value::Null,
        ast::Value::Enum(name) => Value::from(name.as_str()),
        ast::Value::Variable(name) => variables[name.as_str()].clone(),
        ast::Value::String(text) => Value::from(text.as_str()),
        ast::Value::Boolean(truth) => Value::from(*truth),
        ast::Value::Int(number) => number.try_to_i32().map_or(Value::Null, Value::from),
        ast::Value::Float(number) => number.try_to_f64().map_or(Value::Null, Value::from),
        ast::Value::List(list) => list.iter().map(|item| self::value(item, variables)).collect(),
        ast::Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.to_string(), self::value(field, variables)))
            .collect(),
    }
}

/// What of a value was asked for.
pub fn project(value: &Value, selection: &[Asked]) -> Value {
    match value {
        Value::Object(object) if !selection.is_empty() => {
            let kind = object.get("__typename").and_then(Value::as_str);
            selection
                .iter()
                .filter(|asked| {
                    asked.of.as_deref().is_none_or(|of| Some(of) == kind || of == "Node")
                })
                .map(|asked| {
                    let found = object.get(&asked.name).unwrap_or(&Value::Null);
                    (asked.key.clone(), project(found, &asked.selection))
                })
                .collect()
        }
        Value::Array(list) => list.iter().map(|item| project(item, selection)).collect(),
        other => other.clone(),
    }
}
