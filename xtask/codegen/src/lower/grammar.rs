//! What of OpenAPI 3.1 the lowering takes: each kind of object, with its fields.

use serde_json::{Map, Value};

use super::{
    schema,
    walk::{
        Field::{self, Listed, Named, One, Value as Taken},
        as_it_is,
    },
};
use crate::BoxError;

/// A kind of object in the document.
pub(super) struct Kind {
    /// What errors and [`super::left_out`] call it.
    pub(super) name: &'static str,
    /// The fields that are taken, as OpenAPI 3.0 names them.
    pub(super) fields: &'static [(&'static str, Field)],
    /// Turns the object's own fields from 3.1 to 3.0, before its fields are looked at.
    pub(super) rewrite: fn(&mut Map<String, Value>) -> Result<(), BoxError>,
    /// In a schema, `$ref` may have siblings.
    pub(super) is_schema: bool,
}

impl Kind {
    const fn plain(name: &'static str, fields: &'static [(&'static str, Field)]) -> Self {
        Self { name, fields, rewrite: as_it_is, is_schema: false }
    }
}

pub(super) static DOCUMENT: Kind = Kind {
    rewrite: version,
    ..Kind::plain(
        "the document",
        &[("openapi", Taken), ("info", One(&INFO)), ("paths", Named(&PATH)), ("components", One(&COMPONENTS))],
    )
};

static INFO: Kind = Kind::plain("the document's info", &[("title", Taken), ("description", Taken), ("version", Taken)]);

static COMPONENTS: Kind = Kind::plain(
    "the components",
    &[("schemas", Named(&SCHEMA)), ("parameters", Named(&PARAMETER)), ("responses", Named(&RESPONSE))],
);

static PATH: Kind = Kind::plain(
    "a path",
    &[
        ("parameters", Listed(&PARAMETER)),
        ("get", One(&OPERATION)),
        ("put", One(&OPERATION)),
        ("post", One(&OPERATION)),
        ("patch", One(&OPERATION)),
        ("delete", One(&OPERATION)),
    ],
);

static OPERATION: Kind = Kind::plain(
    "an operation",
    &[
        ("operationId", Taken),
        ("summary", Taken),
        ("description", Taken),
        ("parameters", Listed(&PARAMETER)),
        ("requestBody", One(&REQUEST_BODY)),
        ("responses", Named(&RESPONSE)),
    ],
);

static PARAMETER: Kind = Kind::plain(
    "a parameter",
    &[("name", Taken), ("in", Taken), ("description", Taken), ("required", Taken), ("schema", One(&PARAMETER_SCHEMA))],
);

static REQUEST_BODY: Kind =
    Kind::plain("a request body", &[("description", Taken), ("required", Taken), ("content", Named(&MEDIA_TYPE))]);

static RESPONSE: Kind =
    Kind { rewrite: relabel, ..Kind::plain("a response", &[("description", Taken), ("content", Named(&MEDIA_TYPE))]) };

static MEDIA_TYPE: Kind = Kind::plain("a media type", &[("schema", One(&SCHEMA))]);

static SCHEMA: Kind = Kind {
    name: "a schema",
    fields: &[
        ("$ref", Taken),
        ("title", Taken),
        ("description", Taken),
        ("deprecated", Taken),
        ("readOnly", Taken),
        ("writeOnly", Taken),
        ("default", Taken),
        ("example", Taken),
        ("type", Taken),
        ("nullable", Taken),
        ("format", Taken),
        ("enum", Taken),
        ("required", Taken),
        ("properties", Named(&SCHEMA)),
        ("additionalProperties", One(&SCHEMA)),
        ("items", One(&SCHEMA)),
        ("allOf", Listed(&SCHEMA)),
        ("oneOf", Listed(&SCHEMA)),
        ("anyOf", Listed(&SCHEMA)),
    ],
    rewrite: schema::rewrite,
    is_schema: true,
};

/// A parameter's schema: the generator gets its type and nothing by which to judge a value.
static PARAMETER_SCHEMA: Kind = Kind {
    name: "a parameter's schema",
    fields: &[("type", Taken), ("format", Taken), ("nullable", Taken), ("items", One(&PARAMETER_SCHEMA))],
    rewrite: schema::rewrite,
    is_schema: true,
};

fn version(document: &mut Map<String, Value>) -> Result<(), BoxError> {
    match document.get("openapi").and_then(Value::as_str) {
        Some(version) if version.starts_with("3.1.") => {
            document.insert("openapi".to_owned(), "3.0.3".into());
            Ok(())
        }
        other => Err(format!("OpenAPI 3.1 is lowered, not {other:?}").into()),
    }
}

/// The generator types `application/json` and nothing else. What the media type really is, is the façade's to check.
fn relabel(response: &mut Map<String, Value>) -> Result<(), BoxError> {
    let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) else { return Ok(()) };
    if let Some(problem) = content.remove("application/problem+json")
        && content.insert("application/json".to_owned(), problem).is_some()
    {
        return Err("a response is either a problem or JSON".into());
    }
    Ok(())
}
