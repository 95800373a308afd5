//! Spans, with the attribute names of OpenTelemetry's HTTP client conventions.
//!
//! No span shows a query, in which a code and a state travel, or a header.

use http::HeaderValue;
use reqwest::Request;
use tracing::{Span, field};
use url::{Position, Url};

use crate::{
    Error,
    answer::{Answer, Broken},
    error::ErrorKind,
};

/// The span of a call, over all its attempts.
pub(crate) fn call(operation: &'static str, tenant: Option<&HeaderValue>) -> Span {
    tracing::info_span!(
        target: "connectors_client",
        "connectors_call",
        otel.name = operation,
        otel.kind = "internal",
        otel.status_code = field::Empty,
        connectors.operation = operation,
        connectors.tenant_id = tenant.and_then(|tenant| tenant.to_str().ok()),
        connectors.trace_id = field::Empty,
        error.type = field::Empty,
    )
}

/// Notes why a call failed.
pub(crate) fn failed(span: &Span, error: &Error) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", error.code().map_or_else(|| name(error.kind()), |code| code.as_str()));
    if let Some(trace_id) = error.trace_id() {
        span.record("connectors.trace_id", trace_id);
    }
}

/// The span of one attempt: of one request on the wire. `resends` is how many there were before.
pub(crate) fn attempt(request: &Request, resends: u32) -> Span {
    let (method, url) = (request.method(), request.url());
    tracing::info_span!(
        target: "connectors_client",
        "http_request",
        otel.name = method.as_str(),
        otel.kind = "client",
        otel.status_code = field::Empty,
        http.request.method = method.as_str(),
        http.request.resend_count = (resends > 0).then_some(resends),
        http.response.status_code = field::Empty,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        url.full = without_query(url),
        error.type = field::Empty,
    )
}

/// Notes what an attempt came to.
pub(crate) fn ended(span: &Span, outcome: &Result<Answer, Broken>) {
    let status = match outcome {
        Ok(answer) => Some(answer.status),
        Err(broken) => broken.status(),
    };
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    match outcome {
        Ok(answer) if answer.status.is_client_error() || answer.status.is_server_error() => {
            span.record("error.type", answer.status.as_str());
        }
        Ok(_) => return,
        Err(broken) => {
            span.record("error.type", name(broken.kind()));
        }
    }
    span.record("otel.status_code", "ERROR");
}

fn without_query(url: &Url) -> &str {
    &url[..Position::AfterPath]
}

/// A name of few values, as the conventions ask for.
fn name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Service => "service",
        ErrorKind::Unexpected => "unexpected_answer",
        ErrorKind::Decode => "decode",
        ErrorKind::NotSent => "not_sent",
        ErrorKind::Interrupted => "interrupted",
        ErrorKind::Deadline => "timeout",
        ErrorKind::TokenSource => "token_source",
        ErrorKind::Request => "request",
        ErrorKind::MalformedCallback => "malformed_callback",
        ErrorKind::StateMismatch => "state_mismatch",
    }
}
