//! A schema of OpenAPI 3.1 (JSON Schema 2020-12), said in OpenAPI 3.0.

use serde_json::{Map, Value, json};

use crate::BoxError;

type Schema = Map<String, Value>;

/// Rewrites the schema's own keywords; those inside it come later, by themselves.
pub(super) fn rewrite(schema: &mut Schema) -> Result<(), BoxError> {
    types(schema)?;
    null_alternative(schema, "oneOf");
    null_alternative(schema, "anyOf");
    reference_with_siblings(schema);
    if let Some(value) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([value]));
    }
    if let Some(Value::Array(examples)) = schema.remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        schema.entry("example").or_insert(first);
    }
    // Of `false` the generator makes a refusal of unknown fields, and a client that has it breaks when one is added.
    if schema.get("additionalProperties").is_some_and(Value::is_boolean) {
        schema.remove("additionalProperties");
    }
    unsigned(schema);
    Ok(())
}

/// `"type": ["string", "null"]` is `"type": "string", "nullable": true`.
fn types(schema: &mut Schema) -> Result<(), BoxError> {
    let Some(Value::Array(types)) = schema.get("type") else { return Ok(()) };
    let (null, others): (Vec<&Value>, Vec<&Value>) = types.iter().partition(|name| *name == "null");
    let [only] = others[..] else {
        return Err(format!("one type is made of a schema, not several: {}", json!(types)).into());
    };
    let (only, nullable) = (only.clone(), !null.is_empty());
    schema.insert("type".to_owned(), only);
    if nullable {
        schema.insert("nullable".to_owned(), true.into());
    }
    Ok(())
}

/// `"oneOf": [a, {"type": "null"}]` is `a`, nullable.
fn null_alternative(schema: &mut Schema, keyword: &str) {
    let Some(Value::Array(alternatives)) = schema.get_mut(keyword) else { return };
    let before = alternatives.len();
    alternatives.retain(|alternative| alternative["type"] != "null");
    if alternatives.len() == before {
        return;
    }
    schema.insert("nullable".to_owned(), true.into());
    if let Some(Value::Array(left)) = schema.get(keyword)
        && left.len() == 1
        && let Some(only) = schema.remove(keyword)
    {
        schema.insert("allOf".to_owned(), only);
    }
}

/// In 3.0 nothing beside a `$ref` counts, so it moves into an `allOf` of one.
fn reference_with_siblings(schema: &mut Schema) {
    if schema.len() > 1
        && let Some(reference) = schema.remove("$ref")
    {
        schema.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
}

/// A bound of zero or more is a type, not a judgement: the generator would make a signed integer of it.
fn unsigned(schema: &mut Schema) {
    let minimum = schema.remove("minimum");
    if minimum.and_then(|minimum| minimum.as_f64()).is_some_and(|minimum| minimum >= 0.0)
        && let Some(format) = schema.get_mut("format")
        && (format == "int32" || format == "int64")
    {
        *format = format!("u{}", format.as_str().unwrap_or_default()).into();
    }
}
