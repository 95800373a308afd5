//! An operation's query parameters.

use serde_json::Value;

use super::{
    document::{openapi, operations, parameters},
    markdown,
};
use crate::BoxError;

pub(super) fn table(id: &str) -> Result<String, BoxError> {
    let document = openapi()?;
    let operation =
        operations(&document).map(|(_, _, operation)| operation).find(|operation| operation["operationId"] == id);
    let operation = operation.ok_or_else(|| format!("there is no operation {id}"))?;
    let query = parameters(&document, operation).filter(|parameter| parameter["in"] == "query");
    let rows: Vec<_> = query
        .map(|parameter| {
            let name = parameter["name"].as_str().unwrap_or_default();
            let description = parameter["description"].as_str().unwrap_or_default();
            [format!("`{name}`"), kind(&parameter["schema"]), description.to_owned()]
        })
        .collect();
    Ok(markdown(["parameter", "value", "what it does"], rows))
}

fn slugs(values: &[Value]) -> String {
    values.iter().map(|value| format!("`{}`", value.as_str().unwrap_or_default())).collect::<Vec<_>>().join(", ")
}

/// What a value looks like, for people.
fn kind(schema: &Value) -> String {
    let bound = |name: &str| schema[name].as_i64();
    let mut kind = match (schema["type"].as_str(), schema["format"].as_str()) {
        (_, Some("uuid")) => "UUID".to_owned(),
        (_, Some("date-time")) => "RFC 3339 timestamp".to_owned(),
        (Some("boolean"), _) => "`true` or `false`".to_owned(),
        (Some("integer"), _) => match (bound("minimum"), bound("maximum")) {
            (Some(least), Some(most)) => format!("{least} to {most}"),
            _ => "integer".to_owned(),
        },
        _ => match schema["enum"].as_array() {
            Some(values) if values.len() > 8 => "one of the [signal kinds](signal-kinds.md)".to_owned(),
            Some(values) if schema["enum"][0] == "github" => format!("a provider's slug, as {}", slugs(values)),
            Some(values) => values
                .iter()
                .map(|value| format!("`{}`", value.as_str().unwrap_or_default()))
                .collect::<Vec<_>>()
                .join(", "),
            None => "text".to_owned(),
        },
    };
    if !schema["default"].is_null() {
        kind.push_str(&format!(", by default `{}`", schema["default"]));
    }
    kind
}
