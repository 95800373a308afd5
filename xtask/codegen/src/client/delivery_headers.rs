//! The headers that come with providers' deliveries, as a table: the generated operation takes them as they came.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::BoxError;

/// The table's text: those of the document's header parameters that are marked as providers'.
pub(super) fn text(document: &str) -> Result<String, BoxError> {
    let document: Value = serde_json::from_str(document)?;
    let operations = document["paths"].as_object().into_iter().flatten().flat_map(|(_, path)| path.as_object());
    let parameters = operations.flatten().flat_map(|(_, operation)| operation["parameters"].as_array()).flatten();
    let headers: BTreeMap<String, bool> = parameters
        .filter(|parameter| parameter["in"] == "header" && parameter["x-providers"].is_array())
        .filter_map(|parameter| {
            let name = parameter["name"].as_str()?.to_ascii_lowercase();
            Some((name, parameter["schema"]["format"] == "password"))
        })
        .collect();
    if headers.is_empty() {
        return Err("no header parameter says by `x-providers` whose it is".into());
    }
    let rows: String =
        headers.iter().map(|(name, is_credential)| format!("    ({name:?}, {is_credential}),\n")).collect();
    Ok(format!(
        "\n/// The headers that come with providers' deliveries, and whether each is a credential.\n\
         pub(crate) const DELIVERY_HEADERS: &[(&str, bool)] = &[\n{rows}];\n"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_headers_that_are_marked_as_providers_are_in_the_table() {
        let header = |name: &str, format: &str| json!({ "in": "header", "name": name, "schema": { "type": "string", "format": format }, "x-providers": ["p"] });
        let parameters = [
            header("X-P-Signature", "password"),
            header("X-P-Event", "date-time"),
            json!({ "in": "header", "name": "X-Tenant-Id", "schema": {} }),
        ];
        let document = |parameters: &[Value]| json!({ "paths": { "/w": { "post": { "parameters": parameters } } } });
        let table = text(&document(&parameters).to_string()).unwrap();
        assert!(table.ends_with("&[\n    (\"x-p-event\", false),\n    (\"x-p-signature\", true),\n];\n"), "{table}");
        assert!(text(&document(&parameters[2..]).to_string()).is_err());
    }
}
