//! Completes the document: headers, credentials and problems of all operations, in a stable order.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::errors::{Need, Rules};
use crate::http::ErrorCode;

const OPERATOR_TOKEN: &str = "operator_token";

/// The document's text.
pub(in crate::http) fn complete(api: &utoipa::openapi::OpenApi) -> String {
    let mut document = serde_json::to_value(api).unwrap_or_else(|_| unreachable!("a document is JSON"));
    let components = &mut document["components"];
    components["securitySchemes"] = json!({OPERATOR_TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "description": "One of the service's operator tokens. Only trusted backends hold one.",
    }});
    components["parameters"] = json!({"TenantId": tenant(true), "OptionalTenantId": tenant(false)});
    components["headers"] = json!({
        "X-Request-Id": {
            "description": "The request's id: its own, the trace id of its `traceparent`, or a new one.",
            "required": true,
            "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[A-Za-z0-9._-]+$"},
        },
        "Retry-After": {
            "description": "After how many seconds to try again.",
            "required": true,
            "schema": {"type": "integer", "format": "int64", "minimum": 1},
        },
        "WWW-Authenticate": {
            "description": "How to authenticate (RFC 6750).",
            "required": true,
            "schema": {"type": "string"},
            "example": "Bearer realm=\"poblysh-connectors\"",
        },
    });
    // Misspelt fields are refused, in requests alone: what a response may hold grows.
    components["schemas"]["StartOAuthRequest"]["additionalProperties"] = json!(false);
    document["paths"]["/connect/{provider}"]["post"]["requestBody"]["required"] = json!(false);
    for path in ["/webhooks/{provider}", "/webhooks/{provider}/{tenant_id}"] {
        document["paths"][path]["post"]["requestBody"]["content"] = json!({
            "application/json": {"schema": {"type": "object"}, "example": {"action": "opened"}},
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {"payload": {"type": "string", "description": "The JSON."}},
                    "required": ["payload"],
                },
                "example": {"payload": "{\"action\":\"opened\"}"},
            },
        });
    }
    let mut problems = Map::new();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for operation in paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten().map(|(_, value)| value)) {
        complete_operation(operation, &mut problems);
    }
    // What is answered where no operation is.
    for code in [ErrorCode::NotFound, ErrorCode::MethodNotAllowed] {
        problems.insert(code.to_string(), problem(&[code]));
    }
    document["components"]["responses"] = problems.into();
    let mut text = serde_json::to_string_pretty(&sorted(document)).unwrap_or_else(|_| unreachable!("it is JSON"));
    text.push('\n');
    text
}

fn tenant(required: bool) -> Value {
    json!({
        "name": "X-Tenant-Id",
        "in": "header",
        "required": required,
        "description": if required {
            "The tenant that the call is for, as Poblysh Core resolves it. Never inferred, never defaulted, never nil."
        } else {
            "The tenant that the call is for. Optional here, but enforced when it is sent."
        },
        "schema": {"type": "string", "format": "uuid"},
        "example": "123e4567-e89b-12d3-a456-426614174000",
    })
}

fn complete_operation(operation: &mut Value, problems: &mut Map<String, Value>) {
    let rules = Rules::of(operation["operationId"].as_str().unwrap_or_default());
    match rules.operator {
        Need::None => operation["security"] = json!([]),
        Need::Optional => operation["security"] = json!([{OPERATOR_TOKEN: []}, {}]),
        Need::Required => operation["security"] = json!([{OPERATOR_TOKEN: []}]),
    }
    let tenant = match rules.tenant {
        Need::None => None,
        Need::Optional => Some("OptionalTenantId"),
        Need::Required => Some("TenantId"),
    };
    if let Some(name) = tenant {
        let reference = json!({"$ref": format!("#/components/parameters/{name}")});
        match &mut operation["parameters"] {
            Value::Array(parameters) => parameters.insert(0, reference),
            parameters => *parameters = json!([reference]),
        }
    }
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (_, response) in responses.iter_mut() {
        response["headers"]["X-Request-Id"] = header("X-Request-Id");
    }
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in rules.errors() {
        by_status.entry(code.status().as_u16()).or_default().push(code);
    }
    for (status, codes) in by_status {
        // Operations that answer with the same codes share the response.
        let name = codes.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(".");
        responses.insert(status.to_string(), json!({"$ref": format!("#/components/responses/{name}")}));
        problems.entry(name).or_insert_with(|| problem(&codes));
    }
}

fn header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

/// The response with which these codes, all of one status, are answered.
fn problem(codes: &[ErrorCode]) -> Value {
    let description: Vec<_> = codes.iter().map(|code| format!("`{code}`: {}", code.explanation())).collect();
    let examples: Map<String, Value> = codes
        .iter()
        .map(|code| (code.to_string(), json!({"summary": code.title(), "value": example(*code)})))
        .collect();
    let mut headers = json!({"X-Request-Id": header("X-Request-Id")});
    if codes.iter().any(|code| retries(*code)) && codes.iter().all(|code| retries(*code)) {
        headers["Retry-After"] = header("Retry-After");
    } else if codes.iter().any(|code| retries(*code)) {
        headers["Retry-After"] = json!({
            "description": "After how many seconds to try again, if that is of use.",
            "schema": {"type": "integer", "format": "int64", "minimum": 1},
        });
    }
    if codes == [ErrorCode::Unauthorized] {
        headers["WWW-Authenticate"] = header("WWW-Authenticate");
    } else if codes.contains(&ErrorCode::Unauthorized) {
        headers["WWW-Authenticate"] = json!({
            "description": "How to authenticate (RFC 6750), with `UNAUTHORIZED`.",
            "schema": {"type": "string"},
        });
    }
    json!({
        "description": description.join("\n\n"),
        "headers": headers,
        "content": {"application/problem+json": {
            "schema": {"$ref": "#/components/schemas/ApiError"},
            "examples": examples,
        }},
    })
}

fn retries(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::RateLimited | ErrorCode::ServiceUnavailable | ErrorCode::OAuthInProgress)
}

fn example(code: ErrorCode) -> Value {
    let mut example = json!({
        "type": format!("/docs/errors#{code}"),
        "title": code.title(),
        "status": code.status().as_u16(),
        "code": code.as_str(),
        "message": code.title(),
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    });
    if retries(code) {
        example["retry_after"] = json!(1);
    }
    match code {
        ErrorCode::ValidationFailed => {
            example["message"] = json!("`limit` must be an integer from 1 to 100");
            example["details"] = json!({"limit": "must be an integer from 1 to 100"});
        }
        ErrorCode::OAuthDenied => example["details"] = json!({"provider_error": "access_denied"}),
        ErrorCode::OAuthCodeRejected => example["details"] = json!({"provider_error": "bad_verification_code"}),
        ErrorCode::ProviderNotConfigured => example["details"] = json!({"provider": "github"}),
        ErrorCode::ProviderError => example["details"] = json!({"provider": "github", "provider_status": 503}),
        ErrorCode::ProviderTimeout => example["details"] = json!({"provider": "github"}),
        _ => {}
    }
    example
}

/// The value with all objects' keys in order, whatever map `serde_json` was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<String, Value> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        value => value,
    }
}
