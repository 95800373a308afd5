//! What the client's generator does not get to see.

use serde_json::{Value, json};

use crate::BoxError;

/// Something that the document has and the lowered copy has not.
enum What {
    /// An operation, by its id.
    Operation(&'static str),
    /// A header parameter, of every operation.
    Header(&'static str),
    /// All header parameters of an operation but one.
    HeadersBut { operation: &'static str, kept: &'static str },
    /// An operation's answer with this status, and the schema of nothing else.
    Answer { operation: &'static str, status: &'static str, schema: &'static str },
    /// What an operation's body holds: it becomes bytes.
    BodyOf(&'static str),
    /// Fields of a kind of object, as [`super::grammar`] calls it.
    Fields(&'static str, &'static [&'static str]),
    /// Fields that begin with `x-`, everywhere.
    Extensions,
}

use What::{Answer, BodyOf, Extensions, Fields, Header, HeadersBut, Operation};

/// Keywords by which a value is judged; `minimum` is not among them, see [`super::schema`].
const JUDGING: &[&str] = &[
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "multipleOf",
    "pattern",
    "propertyNames",
    "uniqueItems",
];

/// All of it, each with its reason.
const LEFT_OUT: &[(What, &str)] = &[
    (Operation("ingest_signed_webhook"), "providers call it, with their own signature; Core never does"),
    (Header("X-Tenant-Id"), "the façade sets it: a tenant's operations are reached through the tenant's handle only"),
    (
        HeadersBut { operation: "ingest_webhook", kept: "X-Connection-Id" },
        "a delivery is handed on with the provider's headers as they came, whichever provider's they are",
    ),
    (
        Answer { operation: "ingest_webhook", status: "200", schema: "WebhookChallenge" },
        "it is for Slack alone, which checks a URL; the generator takes one type of success",
    ),
    (BodyOf("ingest_webhook"), "a delivery is handed on byte for byte; a JSON type would write it anew"),
    (
        Fields("the document", &["security", "servers"]),
        "the façade knows where the service is and sets `Authorization`",
    ),
    (Fields("an operation", &["security"]), "the façade sets `Authorization`"),
    (Fields("the components", &["securitySchemes"]), "the façade sets `Authorization`"),
    (
        Fields("the components", &["headers"]),
        "of a response's headers the façade reads `Retry-After` and `X-Request-Id`",
    ),
    (Fields("a response", &["headers"]), "of a response's headers the façade reads `Retry-After` and `X-Request-Id`"),
    (
        Fields("a schema", JUDGING),
        "the service judges values: a client that does too refuses what a newer service sends",
    ),
    (Fields("a parameter's schema", JUDGING), "the service judges values, not the client"),
    (
        Fields("a parameter's schema", &["const", "default", "enum"]),
        "the service judges values: one that is newer than the client has to reach it",
    ),
    (Fields("the document", &["tags", "externalDocs"]), "prose about groups of operations; the client has one"),
    (Fields("an operation", &["tags", "externalDocs"]), "prose about groups of operations; the client has one"),
    (Fields("the document's info", &["license", "contact", "termsOfService", "summary"]), "prose about the document"),
    (Fields("a parameter", &["example", "examples"]), "no code is made of examples"),
    (
        Fields("a parameter's schema", &["description", "title", "example", "examples"]),
        "the parameter has a description of its own; no code is made of examples",
    ),
    (Fields("a media type", &["example", "examples"]), "no code is made of examples"),
    (Extensions, "of these the generator of the open enumerations reads `x-extensible-enum`, from the whole document"),
];

/// Whether a field of a kind of object is left out.
pub(super) fn field(kind: &str, field: &str) -> bool {
    LEFT_OUT.iter().any(|(what, _)| match what {
        Fields(of, fields) => *of == kind && fields.contains(&field),
        Extensions => field.starts_with("x-"),
        _ => false,
    })
}

/// Takes out operations, parameters and bodies. An entry for an operation, header or body that nothing in the document answers to is an error.
pub(super) fn remove(document: &mut Value) -> Result<(), BoxError> {
    for (what, why) in LEFT_OUT {
        let found = match what {
            Operation(id) => operation(document, id),
            Header(name) => headers(document, None, |header| header != *name),
            HeadersBut { operation, kept } => headers(document, Some(operation), |header| header == *kept),
            Answer { operation, status, schema } => answer(document, operation, status, schema),
            BodyOf(id) => body(document, id),
            Fields(..) | Extensions => true,
        };
        if !found {
            let what = match what {
                Operation(id) | BodyOf(id) => id,
                Header(name) => name,
                HeadersBut { operation, .. } | Answer { operation, .. } => operation,
                Fields(kind, _) => kind,
                Extensions => "x-",
            };
            return Err(format!("the document has nothing to leave out for `{what}` (\"{why}\")").into());
        }
    }
    Ok(())
}

fn operation(document: &mut Value, id: &str) -> bool {
    let Some(paths) = document["paths"].as_object_mut() else { return false };
    let mut found = false;
    for path in paths.values_mut().filter_map(Value::as_object_mut) {
        path.retain(|_, operation| {
            let goes = operation["operationId"] == id;
            found |= goes;
            !goes
        });
    }
    found
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    let inner = paths.filter_map(Value::as_object_mut).flat_map(|path| path.values_mut());
    inner.filter(|inner| inner.get("operationId").is_some())
}

fn headers(document: &mut Value, only: Option<&str>, keep: impl Fn(&str) -> bool) -> bool {
    let shared = document["components"]["parameters"].clone();
    let goes = |parameter: &Value| parameter["in"] == "header" && !keep(parameter["name"].as_str().unwrap_or_default());
    let mut found = false;
    if let Some(parameters) = document["components"]["parameters"].as_object_mut().filter(|_| only.is_none()) {
        parameters.retain(|_, parameter| !goes(parameter));
    }
    for operation in operations(document).filter(|operation| only.is_none_or(|id| operation["operationId"] == id)) {
        let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) else { continue };
        parameters.retain(|parameter| {
            let name = parameter["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
            let parameter = name.map_or(parameter, |name| &shared[name]);
            found |= goes(parameter);
            !goes(parameter)
        });
    }
    found
}

fn answer(document: &mut Value, id: &str, status: &str, schema: &str) -> bool {
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.remove(schema);
    }
    let Some(operation) = operations(document).find(|operation| operation["operationId"] == id) else { return false };
    operation["responses"].as_object_mut().is_some_and(|responses| responses.remove(status).is_some())
}

fn body(document: &mut Value, id: &str) -> bool {
    let Some(operation) = operations(document).find(|operation| operation["operationId"] == id) else { return false };
    let Some(content) = operation["requestBody"].get_mut("content") else { return false };
    *content = json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
    true
}
