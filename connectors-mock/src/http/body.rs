//! Bodies: their size and media type, and JSON objects field by field.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;

use super::{Incoming, Problem};
use crate::contract::OperationRules;

/// The service's limits, unless it is configured otherwise.
const MAX_BODY: usize = 1 << 20;
const MAX_WEBHOOK: usize = 25 << 20;

/// Checks a body before anything else is. Only operations that read one have an opinion.
pub(crate) fn check_body(incoming: &Incoming<'_>) -> Result<(), Problem> {
    let (rules, body) = (incoming.rules, &incoming.request.body);
    if !rules.declares("PAYLOAD_TOO_LARGE") {
        return Ok(());
    }
    let limit = if takes_json_alone(rules) { MAX_BODY } else { MAX_WEBHOOK };
    if body.len() > limit {
        return Err(Problem::new("PAYLOAD_TOO_LARGE").message(format!("The body is longer than {limit} bytes")));
    }
    if takes_json_alone(rules) && !body.is_empty() && !is_json(incoming) {
        return Err(Problem::new("UNSUPPORTED_MEDIA_TYPE")
            .message("The body must be `application/json`; send that `Content-Type`"));
    }
    Ok(())
}

fn takes_json_alone(rules: &OperationRules) -> bool {
    rules.declares("UNSUPPORTED_MEDIA_TYPE")
}

fn is_json(incoming: &Incoming<'_>) -> bool {
    let essence = incoming.header("content-type").and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// A JSON object's fields in order, repeated ones included.
pub(crate) fn json_fields(body: &[u8]) -> Result<Vec<(String, Value)>, String> {
    struct Object;

    impl<'de> Visitor<'de> for Object {
        type Value = Vec<(String, Value)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut fields = Vec::new();
            while let Some(field) = map.next_entry()? {
                fields.push(field);
            }
            Ok(fields)
        }
    }

    let mut json = serde_json::Deserializer::from_slice(body);
    let object = json.deserialize_map(Object).and_then(|fields| json.end().map(|()| fields));
    object.map_err(|_| "must be a JSON object".into())
}
