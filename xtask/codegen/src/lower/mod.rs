//! Lowers `openapi.json` to what the client's generator reads.
//!
//! The document is OpenAPI 3.1, as the server states it. progenitor reads OpenAPI 3.0, types an error only if it is
//! `application/json`, and makes one success type per operation. So the client is generated from a copy: the same contract,
//! said in 3.0 ([`schema`]), without what the client does by hand or should not do at all ([`left_out`]). What the copy may
//! hold is written down in [`grammar`]; anything else is an error that names the place:
//!
//! ```text
//! openapi.json#/components/schemas/Signal/properties/title: `prefixItems` in a schema: lower it, or leave it out
//! ```

mod grammar;
mod left_out;
mod schema;
#[cfg(test)]
mod tests;
mod walk;

use serde_json::{Map, Value};

use crate::BoxError;

/// The lowered document.
pub(crate) fn lower(document: &str) -> Result<Value, BoxError> {
    let mut document: Value = serde_json::from_str(document)?;
    left_out::remove(&mut document)?;
    walk::walk(&mut document, &grammar::DOCUMENT, &walk::Place::root())?;
    Ok(sorted(document))
}

/// The value with all objects' keys in order: `serde_json`'s map keeps or sorts them as its features are unified, and what is
/// generated may not depend on that.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(entries.into_iter().collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        value => value,
    }
}
