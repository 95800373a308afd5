//! Bodies: read whole, bounded in size and time, before anything else is checked.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::http::{AppState, ErrorCode, Problem};

/// Reads a JSON body. An empty one may be of any media type: there is nothing in it.
pub(in crate::http) async fn read_json(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let request = read(request, &app, app.service.config().max_body_bytes).await?;
    let is_empty = axum::body::HttpBody::size_hint(request.body()).exact() == Some(0);
    if !is_empty && !is_json(&request) {
        return Err(Problem::new(ErrorCode::UnsupportedMediaType)
            .message("The body must be `application/json`; send that `Content-Type`"));
    }
    Ok(next.run(request).await)
}

/// Reads a delivery's body. Large ones, and those that don't say their length, are read a bounded number at once; others
/// need not wait for them, so that nobody can hold deliveries up by sending slowly.
pub(in crate::http) async fn read_webhook(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let config = app.service.config();
    let busy = || Problem::new(ErrorCode::ServiceUnavailable).message("Too many deliveries at once").retry_after(1);
    let is_small = announced(request.headers()).is_some_and(|length| length <= config.max_body_bytes as u64);
    let _permit = match is_small {
        true => None,
        false => {
            let permit = tokio::time::timeout(config.request_timeout, app.webhook_permits.acquire()).await;
            Some(permit.map_err(|_| busy())?.map_err(|_| busy())?)
        }
    };
    let request = read(request, &app, config.max_webhook_bytes).await?;
    Ok(next.run(request).await)
}

async fn read(request: Request, app: &AppState, limit: usize) -> Result<Request, Problem> {
    let too_large =
        || Problem::new(ErrorCode::PayloadTooLarge).message(format!("The body is longer than {limit} bytes"));
    let unreadable = |problem: String| Problem::invalid(BTreeMap::from([("body".to_owned(), problem)]));
    let (parts, body) = request.into_parts();
    // Refused by what it announces, before it is sent.
    if announced(&parts.headers).is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let timeout = app.service.config().request_timeout;
    let collected = tokio::time::timeout(timeout, Limited::new(body, limit).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(Request::from_parts(parts, Body::from(body.to_bytes()))),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(unreadable("ended before it was complete".into())),
        Err(_) => Err(unreadable(format!("did not arrive within {} s", timeout.as_secs()))),
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_json(request: &Request) -> bool {
    let mut values = request.headers().get_all(header::CONTENT_TYPE).iter();
    let essence = values.next().and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json")) && values.next().is_none()
}
