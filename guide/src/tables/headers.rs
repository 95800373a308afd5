//! The headers of requests and answers.

use super::{
    document::{openapi, operations, parameters},
    markdown,
};
use crate::BoxError;

pub(super) fn table() -> Result<String, BoxError> {
    let document = openapi()?;
    let mut rows: Vec<[String; 4]> = vec![[
        "`Authorization`".into(),
        "request".into(),
        "Core, on all but the public operations".into(),
        document["components"]["securitySchemes"]["operator_token"]["description"].as_str().unwrap_or_default().into(),
    ]];
    for (_, _, operation) in operations(&document) {
        for parameter in parameters(&document, operation).filter(|parameter| parameter["in"] == "header") {
            let name = format!("`{}`", parameter["name"].as_str().unwrap_or_default());
            let who = if parameter["x-providers"].is_array() { "the provider, with a delivery" } else { "Core" };
            if rows.iter().all(|row| row[0] != name) {
                rows.push([name, "request".into(), who.into(), text(&parameter["description"])]);
            }
        }
    }
    for (name, header) in document["components"]["headers"].as_object().into_iter().flatten() {
        rows.push([format!("`{name}`"), "answer".into(), "the service".into(), text(&header["description"])]);
    }
    Ok(markdown(["header", "in", "who sends it", "what it is"], rows))
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
