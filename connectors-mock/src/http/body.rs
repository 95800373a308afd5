//! Bodies: how they are read, their size and media type, and JSON objects field by field.

use std::{fmt, time::Duration};

use http_body_util::BodyExt;
use hyper::{
    HeaderMap,
    body::{Body as _, Bytes, Incoming as Arriving},
};
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;
use tokio::time::timeout;

use super::{Incoming, Problem};
use crate::contract::OperationRules;

/// The service's limits, unless it is configured otherwise.
const MAX_BODY: usize = 1 << 20;
const MAX_WEBHOOK: usize = 25 << 20;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a body is waited for that the service would not read, so that the record has it.
const UNREAD: Duration = Duration::from_secs(1);

/// How a body is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Of a longer one, no more than shows that it is longer; nothing if it says so itself.
    most: usize,
    patience: Duration,
}

impl Reading {
    /// To the end.
    pub(crate) const WHOLE: Self = Self { most: usize::MAX, patience: REQUEST_TIMEOUT };

    /// As the service reads it, where a request meets an operation with these rules.
    pub(crate) fn of(rules: Option<&OperationRules>) -> Self {
        match rules.and_then(limit) {
            Some(most) => Self { most, patience: REQUEST_TIMEOUT },
            None => Self { patience: UNREAD, ..Self::WHOLE },
        }
    }

    /// Reads it: what came, and why that is not all.
    pub(super) async fn read(self, mut body: Arriving, headers: &HeaderMap) -> (Bytes, Option<String>) {
        if body.is_end_stream() || announced(headers).is_some_and(|length| length > self.most as u64) {
            return (Bytes::new(), None);
        }
        let mut bytes = Vec::new();
        let all = async {
            while bytes.len() <= self.most {
                let Some(frame) = body.frame().await else { break };
                if let Ok(data) = frame?.into_data() {
                    bytes.extend_from_slice(&data);
                }
            }
            Ok::<_, hyper::Error>(())
        };
        let problem = match timeout(self.patience, all).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some("ended before it was complete".to_owned()),
            Err(_) => Some(format!("did not arrive within {} s", self.patience.as_secs())),
        };
        (bytes.into(), problem)
    }
}

/// Checks a body before anything else is. Only operations that read one have an opinion.
pub(crate) fn check_body(incoming: &Incoming<'_>) -> Result<(), Problem> {
    let (rules, request) = (incoming.rules, incoming.request);
    let Some(limit) = limit(rules) else { return Ok(()) };
    // The service reads no further, so nothing else can come on that connection.
    let hang_up = |problem: Problem| Err(problem.header("connection", "close"));
    if request.body.len() > limit || announced(incoming.headers()).is_some_and(|length| length > limit as u64) {
        let problem = Problem::new("PAYLOAD_TOO_LARGE");
        return hang_up(problem.message(format!("The body is longer than {limit} bytes")));
    }
    if let Some(problem) = &request.body_problem {
        return hang_up(Problem::invalid_field("body", problem));
    }
    if takes_json_alone(rules) && !request.body.is_empty() && !is_json(incoming) {
        return Err(Problem::new("UNSUPPORTED_MEDIA_TYPE")
            .message("The body must be `application/json`; send that `Content-Type`"));
    }
    Ok(())
}

/// How long a body an operation takes, if it reads one.
fn limit(rules: &OperationRules) -> Option<usize> {
    let limit = if takes_json_alone(rules) { MAX_BODY } else { MAX_WEBHOOK };
    rules.declares("PAYLOAD_TOO_LARGE").then_some(limit)
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get("content-length")?.to_str().ok()?.parse().ok()
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
