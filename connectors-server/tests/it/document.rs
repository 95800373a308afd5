//! The OpenAPI document states the truth, and states it well.

use std::path::Path;

use serde_json::Value;

use crate::harness::{CONTRACT, OPERATIONS};

fn operations() -> impl Iterator<Item = (&'static str, &'static Value)> {
    OPERATIONS
        .iter()
        .map(|(id, method, path)| (id.as_str(), &CONTRACT.document["paths"][path][method.as_str().to_lowercase()]))
}

#[test]
fn the_checked_in_document_is_the_servers() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.json");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text == connectors_server::document(), "openapi.json is stale: cargo xtask openapi");
}

#[test]
fn the_operations_are_those_of_the_contract() {
    let ids: Vec<_> = OPERATIONS.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(CONTRACT.document["openapi"], "3.1.0");
    assert_eq!(
        ids,
        [
            "get_service_info",
            "start_oauth",
            "complete_oauth",
            "list_connections",
            "delete_connection",
            "get_connection",
            "get_health",
            "list_providers",
            "get_readiness",
            "list_signals",
            "get_signal",
            "ingest_webhook",
            "ingest_signed_webhook",
        ]
    );
}

#[test]
fn everything_is_described() {
    let mut bare = Vec::new();
    for (id, operation) in operations() {
        for part in ["summary", "tags", "operationId"] {
            assert!(operation.get(part).is_some(), "{id} has no {part}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            described(CONTRACT.resolve(parameter), &format!("{id} {parameter}"), &mut bare);
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            described(CONTRACT.resolve(response), &format!("{id} {status}"), &mut bare);
        }
    }
    for (name, schema) in CONTRACT.document["components"]["schemas"].as_object().unwrap() {
        described(schema, name, &mut bare);
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            described(schema, &format!("{name}.{field}"), &mut bare);
        }
    }
    assert!(bare.is_empty(), "{bare:#?}");
}

fn described(value: &Value, at: &str, bare: &mut Vec<String>) {
    let description = value["description"].as_str().unwrap_or_default();
    if description.len() < 8 || !description.trim_end().ends_with(['.', '`']) {
        bare.push(format!("{at}: {description:?}"));
    }
}

#[test]
fn tenant_and_token_are_declared_where_they_are_demanded() {
    for (id, operation) in operations() {
        let references: Vec<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|parameter| parameter["$ref"].as_str())
            .collect();
        let tenant = references.iter().any(|reference| reference.ends_with("/TenantId"));
        let secured = operation["security"] == serde_json::json!([{"operator_token": []}]);
        assert_eq!(tenant, secured, "{id}");
        assert_eq!(
            operation["responses"].get("401").is_some(),
            secured || id == "complete_oauth" || id.starts_with("ingest"),
            "{id}"
        );
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["name"] != "X-Tenant-Id", "{id} has its own X-Tenant-Id");
        }
    }
    let tenant = &CONTRACT.document["components"]["parameters"]["TenantId"];
    assert_eq!(
        (&tenant["in"], &tenant["required"], &tenant["schema"]["format"]),
        (&"header".into(), &true.into(), &"uuid".into())
    );
}

#[test]
fn every_failure_is_an_api_error_and_every_answer_has_an_id() {
    for (id, operation) in operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let response = CONTRACT.resolve(response);
            assert!(response["headers"]["X-Request-Id"].is_object(), "{id} {status}");
            if status.starts_with('2') {
                continue;
            }
            let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/ApiError", "{id} {status}");
            assert_eq!(response["content"].as_object().unwrap().len(), 1, "{id} {status}");
            if matches!(status.as_str(), "429" | "503") {
                assert!(response["headers"]["Retry-After"].is_object(), "{id} {status}");
            }
        }
    }
}

#[test]
fn formats_and_bounds_are_real() {
    let schemas = CONTRACT.document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let format = property["format"].as_str();
            let expected = match field.as_str() {
                field if field.ends_with("_at") => Some("date-time"),
                "connection_id" => Some("uuid"),
                "id" if matches!(name.as_str(), "Connection" | "Signal") => Some("uuid"),
                "url" | "authorize_url" | "redirect_uri" => Some("uri"),
                _ => format,
            };
            assert_eq!(format, expected, "{name}.{field}");
        }
        let is_request = name.ends_with("Request");
        assert_eq!(schema.get("additionalProperties").is_some(), is_request, "{name}: what a response holds may grow");
    }
    let parameters = CONTRACT.document["paths"]["/signals"]["get"]["parameters"].as_array().unwrap();
    let limit = parameters.iter().find(|parameter| parameter["name"] == "limit").unwrap();
    assert_eq!(limit["schema"]["minimum"], 1);
    assert_eq!((&limit["schema"]["maximum"], &limit["schema"]["default"]), (&100.into(), &50.into()));
    for parameter in parameters.iter().skip(1) {
        assert_eq!(parameter["in"], "query", "{parameter}");
    }
}

/// utoipa overwrites a schema silently when two types claim one name. Each type here is described by its own words, so a
/// schema that was overwritten shows as a description that belongs elsewhere.
#[test]
fn no_two_types_stand_behind_one_schema_name() {
    let mut described = std::collections::BTreeMap::new();
    for (name, schema) in CONTRACT.document["components"]["schemas"].as_object().unwrap() {
        let previous = described.insert(schema["description"].as_str().unwrap(), name);
        assert!(previous.is_none(), "{name} and {previous:?} have one description");
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut names = Vec::new();
    let mut folders = vec![source];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                names.extend(schema_names(&std::fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    names.sort();
    let unique = {
        let mut unique = names.clone();
        unique.dedup();
        unique
    };
    assert_eq!(names, unique);
    assert!(names.len() >= 15, "{names:?}");
}

/// The names under which a file's types become schemas.
fn schema_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut renamed = None;
    let mut derives = false;
    for line in text.lines().map(str::trim) {
        derives |= line.starts_with("#[derive(") && line.contains("ToSchema");
        if let Some(name) = line.strip_prefix("#[schema(as = ") {
            renamed = Some(name.trim_end_matches(")]").to_owned());
        }
        if let Some((_, rest)) = line.split_once("struct ").filter(|_| derives) {
            let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            names.push(renamed.take().unwrap_or_else(|| name.to_owned()));
            derives = false;
        }
    }
    names
}
