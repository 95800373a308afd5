//! The OpenAPI document, taken apart.

use connectors_server::document;
use serde_json::Value;

use crate::BoxError;

/// The document as the service's code makes it.
pub(super) fn openapi() -> Result<Value, BoxError> {
    Ok(serde_json::from_str(document())?)
}

/// Its operations: path, method, operation.
pub(super) fn operations(document: &Value) -> impl Iterator<Item = (&str, String, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.to_uppercase(), operation))
    })
}

/// An operation's parameters, references followed.
pub(super) fn parameters<'a>(document: &'a Value, operation: &'a Value) -> impl Iterator<Item = &'a Value> {
    operation["parameters"].as_array().into_iter().flatten().map(move |parameter| {
        let target = parameter["$ref"].as_str().and_then(|target| document.pointer(target.trim_start_matches('#')));
        target.unwrap_or(parameter)
    })
}
