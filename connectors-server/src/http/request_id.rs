//! The layer around all operations: gives each request an id, logs it, and renders problems.

use std::{panic::AssertUnwindSafe, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use futures_util::FutureExt;
use tracing::Instrument;
use uuid::Uuid;

use super::{ErrorCode, Problem};
use crate::error_chain::Chain;

const HEADER: &str = "x-request-id";

/// The request's own id if it is a usable one, else the trace id of its `traceparent`, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let own = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|value| is_usable(value));
    own.or_else(|| trace_id(headers)).map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned)
}

fn is_usable(value: &str) -> bool {
    (1..=128).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// W3C Trace Context: `version-trace_id-parent_id-flags`, in lower-case hex.
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let parts: Vec<&str> = headers.get("traceparent")?.to_str().ok()?.split('-').collect();
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    match parts[..] {
        [version, trace_id, parent_id, _, ..]
            if is_hex(version, 2) && version != "ff" && is_hex(trace_id, 32) && is_hex(parent_id, 16) =>
        {
            Some(trace_id).filter(|id| id.bytes().any(|byte| byte != b'0'))
        }
        _ => None,
    }
}

/// Runs a request under its id.
pub(super) async fn layer(request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let method = request.method().clone();
    // The route, never the path or query: they may hold codes and states.
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", request_id = id, %method, route);
    async move {
        let started = Instant::now();
        let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        let mut response = match answered {
            Ok(response) => problem_of(response, &id),
            Err(_) => Problem::new(ErrorCode::InternalError).render(&id),
        };
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HEADER, value);
        }
        tracing::info!(
            status = response.status().as_u16(),
            elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "answered"
        );
        response
    }
    .instrument(span)
    .await
}

/// Renders the problem that the answer carries. An error of the framework, which carries none, becomes one.
fn problem_of(mut response: Response, id: &str) -> Response {
    let status = response.status();
    if status.is_success() || status.is_redirection() || status.is_informational() {
        return response;
    }
    let carried = response.extensions_mut().remove::<Problem>();
    let problem = carried.unwrap_or_else(|| Problem::of_status(status));
    if let Some(cause) = problem.cause_of() {
        let code = problem.code().as_str();
        if problem.code() == ErrorCode::InternalError {
            tracing::error!(code, error = %Chain(cause), "failed");
        } else {
            tracing::warn!(code, error = %Chain(cause), "failed");
        }
    }
    let allow = response.headers_mut().remove(header::ALLOW);
    let cache_control = response.headers_mut().remove(header::CACHE_CONTROL);
    let mut rendered = problem.render(id);
    for (name, value) in [(header::ALLOW, allow), (header::CACHE_CONTROL, cache_control)] {
        if let Some(value) = value {
            rendered.headers_mut().insert(name, value);
        }
    }
    rendered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&'static str, &str)]) -> String {
        request_id(&headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect())
    }

    #[test]
    fn is_the_requests_own_if_it_is_usable() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(of(&[("x-request-id", "a.b_C-1"), ("traceparent", trace)]), "a.b_C-1");
        assert_eq!(of(&[("x-request-id", "no spaces"), ("traceparent", trace)]), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(of(&[("x-request-id", &"x".repeat(128))]).len(), 128);
        assert_eq!(of(&[("x-request-id", &"x".repeat(129))]).len(), 32);
    }

    #[test]
    fn is_new_if_the_trace_is_malformed() {
        for trace in [
            "00-0-0-0",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            &format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
        ] {
            assert!(!trace.contains(&of(&[("traceparent", trace)])), "{trace}");
        }
        assert_ne!(of(&[]), of(&[]));
    }
}
