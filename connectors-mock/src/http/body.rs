//! Bodies: how they are read, their size and media type.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::{
    HeaderMap,
    body::{Body as _, Bytes, Incoming as Arriving},
};
use tokio::time::timeout;

use super::{Incoming, Problem};
use crate::contract::OperationRules;

/// The service's limits, unless it is configured otherwise.
const MAX_BODY: usize = 1 << 20;
const MAX_WEBHOOK: usize = 25 << 20;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A body, read.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// As far as it came.
    pub(crate) bytes: Bytes,
    /// Why that is not all.
    pub(crate) problem: Option<String>,
    /// Whether the service would leave some of it unread, and so hang up with its answer.
    pub(crate) is_left: bool,
}

impl Body {
    /// Reads one of which the service takes so many bytes, if it reads it: as far as the service would, or all of it if that is
    /// wanted.
    pub(crate) async fn read(mut body: Arriving, headers: &HeaderMap, limit: Option<usize>, all_of_it: bool) -> Self {
        if body.is_end_stream() {
            return Self::default();
        }
        let most = if all_of_it { Some(usize::MAX) } else { limit.filter(|limit| !is_longer(0, headers, *limit)) };
        let Some(most) = most else { return Self { is_left: true, ..Self::default() } };
        let mut bytes = Vec::new();
        let all = async {
            while bytes.len() <= most {
                let Some(frame) = body.frame().await else { break };
                if let Ok(data) = frame?.into_data() {
                    bytes.extend_from_slice(&data);
                }
            }
            Ok::<_, hyper::Error>(())
        };
        let problem = match timeout(REQUEST_TIMEOUT, all).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some("ended before it was complete".to_owned()),
            Err(_) => Some(format!("did not arrive within {} s", REQUEST_TIMEOUT.as_secs())),
        };
        let is_taken = limit.is_some_and(|limit| !is_longer(bytes.len(), headers, limit)) && problem.is_none();
        Self { bytes: bytes.into(), problem, is_left: !is_taken }
    }
}

/// Checks a body before anything else is. Only operations that read one have an opinion.
pub(crate) fn check_body(incoming: &Incoming<'_>) -> Result<(), Problem> {
    let (rules, request) = (incoming.rules, incoming.request);
    let Some(limit) = body_limit(rules) else { return Ok(()) };
    if is_longer(request.body.bytes.len(), incoming.headers(), limit) {
        return Err(Problem::new("PAYLOAD_TOO_LARGE").message(format!("The body is longer than {limit} bytes")));
    }
    if let Some(problem) = &request.body.problem {
        return Err(Problem::invalid_field("body", problem));
    }
    if takes_json_alone(rules) && !request.body.bytes.is_empty() && !is_json(incoming) {
        return Err(Problem::new("UNSUPPORTED_MEDIA_TYPE")
            .message("The body must be `application/json`; send that `Content-Type`"));
    }
    Ok(())
}

/// How long a body an operation takes, if it reads one.
pub(crate) fn body_limit(rules: &OperationRules) -> Option<usize> {
    let limit = if takes_json_alone(rules) { MAX_BODY } else { MAX_WEBHOOK };
    rules.declares("PAYLOAD_TOO_LARGE").then_some(limit)
}

/// Whether a body of which so many bytes came is longer than the limit, or says that it is.
fn is_longer(came: usize, headers: &HeaderMap, limit: usize) -> bool {
    let announced = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    came > limit || announced.is_some_and(|length| length > limit as u64)
}

fn takes_json_alone(rules: &OperationRules) -> bool {
    rules.declares("UNSUPPORTED_MEDIA_TYPE")
}

fn is_json(incoming: &Incoming<'_>) -> bool {
    let essence = incoming.header("content-type").and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}
