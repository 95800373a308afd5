use serde_json::{Value, json};

use super::lower;

/// A document that has what [`super::left_out`] leaves out, one more operation, and one schema.
fn document(schema: Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "T", "version": "1", "license": { "name": "MIT", "identifier": "MIT" } },
        "tags": [{ "name": "signals" }],
        "paths": {
            "/webhooks/{provider}": { "post": {
                "operationId": "ingest_webhook",
                "security": [{ "operator_token": [] }, {}],
                "parameters": [
                    { "$ref": "#/components/parameters/TenantId" },
                    { "name": "X-Connection-Id", "in": "header", "required": false, "schema": { "type": "string" } },
                    { "name": "X-GitHub-Event", "in": "header", "required": false, "schema": { "type": "string" } },
                ],
                "requestBody": { "content": { "application/json": { "schema": { "type": "object" } } } },
                "responses": { "200": { "description": "Checked." }, "202": { "description": "Stored." } },
            }},
            "/webhooks/{provider}/{tenant_id}": { "post": { "operationId": "ingest_signed_webhook" } },
            "/signals": { "get": {
                "operationId": "list_signals",
                "tags": ["signals"],
                "parameters": [
                    { "$ref": "#/components/parameters/TenantId" },
                    { "name": "kind", "in": "query", "example": "a", "schema": { "type": "string", "enum": ["a", "b"] } },
                    { "name": "limit", "in": "query", "schema": {
                        "type": "integer", "format": "int32", "minimum": 1, "maximum": 100, "default": 50,
                    }},
                ],
                "responses": {
                    "200": { "description": "A page.", "headers": { "X-Request-Id": {} }, "content": {
                        "application/json": { "schema": { "$ref": "#/components/schemas/S" }, "example": {} },
                    }},
                    "400": { "description": "No.", "content": {
                        "application/problem+json": { "schema": { "$ref": "#/components/schemas/ApiError" } },
                    }},
                },
            }},
        },
        "components": {
            "schemas": { "S": schema },
            "securitySchemes": { "operator_token": { "type": "http", "scheme": "bearer" } },
            "parameters": {
                "TenantId": { "name": "X-Tenant-Id", "in": "header", "required": true, "schema": { "type": "string" } },
            },
        },
    })
}

fn lowered(document: &Value) -> Value {
    lower(&document.to_string()).unwrap()
}

fn refusal(document: &Value) -> String {
    lower(&document.to_string()).unwrap_err().to_string()
}

#[test]
fn a_schema_of_3_1_is_said_in_3_0() {
    let reference = json!({ "$ref": "#/components/schemas/Other" });
    let table = [
        // what is said, 3.1, 3.0
        (
            "a type that may be null",
            json!({ "type": ["string", "null"] }),
            json!({ "type": "string", "nullable": true }),
        ),
        ("a list of one type", json!({ "type": ["string"] }), json!({ "type": "string" })),
        (
            "one of something and null",
            json!({ "oneOf": [{ "type": "null" }, reference] }),
            json!({ "allOf": [reference], "nullable": true }),
        ),
        (
            "any of several and null",
            json!({ "anyOf": [reference, { "type": "null" }, { "type": "string" }] }),
            json!({ "anyOf": [reference, { "type": "string" }], "nullable": true }),
        ),
        ("a reference alone", reference.clone(), reference.clone()),
        (
            "a reference with siblings",
            json!({ "$ref": "#/components/schemas/Other", "description": "D" }),
            json!({ "allOf": [reference], "description": "D" }),
        ),
        ("examples", json!({ "type": "string", "examples": ["a", "b"] }), json!({ "type": "string", "example": "a" })),
        ("a constant", json!({ "type": "string", "const": "ok" }), json!({ "type": "string", "enum": ["ok"] })),
        (
            "names of properties",
            json!({ "type": "object", "propertyNames": { "pattern": "^a" }, "additionalProperties": { "type": "string" } }),
            json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        ),
        (
            "a closed object",
            json!({ "type": "object", "additionalProperties": false, "properties": { "a": { "type": ["integer", "null"] } } }),
            json!({ "type": "object", "properties": { "a": { "type": "integer", "nullable": true } } }),
        ),
        (
            "a number that is never negative",
            json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": 9 }),
            json!({ "type": "integer", "format": "uint64" }),
        ),
        (
            "a number that may be negative",
            json!({ "type": "integer", "format": "int32", "minimum": -1 }),
            json!({ "type": "integer", "format": "int32" }),
        ),
        (
            "a judgement of values, deep inside",
            json!({ "type": "array", "minItems": 1, "items": { "type": "string", "pattern": "^a$", "maxLength": 9 } }),
            json!({ "type": "array", "items": { "type": "string" } }),
        ),
        ("an extension", json!({ "type": "string", "x-extensible-enum": ["a"] }), json!({ "type": "string" })),
    ];
    for (what, before, after) in table {
        assert_eq!(lowered(&document(before))["components"]["schemas"]["S"], after, "{what}");
    }
}

#[test]
fn what_is_not_understood_is_named_with_its_place() {
    let table = [
        (json!({ "prefixItems": [] }), "/prefixItems: `prefixItems` in a schema: lower it, or leave it out"),
        (
            json!({ "properties": { "a/b": { "if": {} } } }),
            "/properties/a~1b/if: `if` in a schema: lower it, or leave it out",
        ),
        (
            json!({ "type": ["string", "integer"] }),
            ": one type is made of a schema, not several: [\"string\",\"integer\"]",
        ),
        (json!({ "items": true }), "/items: a schema must be an object, not true"),
    ];
    for (schema, wrong) in table {
        assert_eq!(refusal(&document(schema)), format!("openapi.json#/components/schemas/S{wrong}"));
    }
    let mut other = document(json!({}));
    other["paths"]["/signals"]["get"]["callbacks"] = json!({});
    assert_eq!(
        refusal(&other),
        "openapi.json#/paths/~1signals/get/callbacks: `callbacks` in an operation: lower it, or leave it out"
    );
}

#[test]
fn a_document_of_another_version_is_refused() {
    let mut other = document(json!({}));
    other["openapi"] = json!("3.0.3");
    assert_eq!(refusal(&other), "openapi.json#: OpenAPI 3.1 is lowered, not Some(\"3.0.3\")");
}

#[test]
fn what_the_façade_does_itself_is_left_out() {
    let lowered = lowered(&document(json!({})));
    let text = lowered.to_string();
    for gone in
        ["ingest_signed_webhook", "X-Tenant-Id", "X-GitHub-Event", "security", "tags", "license", "X-Request-Id"]
    {
        assert!(!text.contains(gone), "{gone} is still there");
    }
    let handed_on = &lowered["paths"]["/webhooks/{provider}"]["post"];
    assert_eq!(handed_on["parameters"][0]["name"], "X-Connection-Id");
    assert_eq!(
        handed_on["requestBody"]["content"],
        json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } })
    );
}

#[test]
fn a_parameter_takes_any_value_of_its_type() {
    let lowered = lowered(&document(json!({})));
    assert_eq!(
        lowered["paths"]["/signals"]["get"]["parameters"],
        json!([
            { "name": "kind", "in": "query", "schema": { "type": "string" } },
            { "name": "limit", "in": "query", "schema": { "type": "integer", "format": "uint32" } },
        ])
    );
}

#[test]
fn a_problem_is_labelled_as_json() {
    let lowered = lowered(&document(json!({})));
    assert_eq!(
        lowered["paths"]["/signals"]["get"]["responses"]["400"]["content"],
        json!({ "application/json": { "schema": { "$ref": "#/components/schemas/ApiError" } } })
    );
}

#[test]
fn leaving_out_what_is_not_there_is_an_error() {
    let mut other = document(json!({}));
    other["paths"].as_object_mut().unwrap().remove("/webhooks/{provider}/{tenant_id}");
    assert_eq!(
        refusal(&other),
        "the document has nothing to leave out for `ingest_signed_webhook` (\"providers call it, with their own signature; \
         Core never does\")"
    );
}

#[test]
fn keys_come_in_order_whatever_the_document_has() {
    let text = lowered(&document(json!({ "properties": { "b": {}, "a": {} } }))).to_string();
    assert!(text.find("\"a\":{}").unwrap() < text.find("\"b\":{}").unwrap());
}
