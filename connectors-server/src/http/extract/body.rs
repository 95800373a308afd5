//! Bodies: read whole, bounded in size and time, before anything else is checked.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};
use http_body_util::BodyExt;
use tokio::sync::OwnedSemaphorePermit;

use crate::http::{AppState, ErrorCode, Problem};

/// Reads a JSON body. An empty one may be of any media type: there is nothing in it.
pub(in crate::http) async fn read_json(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (request, _permits) = read(request, &app, app.service.config().max_body_bytes).await?;
    let is_empty = axum::body::HttpBody::size_hint(request.body()).exact() == Some(0);
    if !is_empty && !is_json(&request) {
        return Err(Problem::new(ErrorCode::UnsupportedMediaType)
            .message("The body must be `application/json`; send that `Content-Type`"));
    }
    Ok(next.run(request).await)
}

/// Reads a delivery's body.
pub(in crate::http) async fn read_webhook(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (request, _permits) = read(request, &app, app.service.config().max_webhook_bytes).await?;
    Ok(next.run(request).await)
}

/// Reads a body of at most `limit` bytes. The permits stand for the memory that it takes.
async fn read(request: Request, app: &AppState, limit: usize) -> Result<(Request, Vec<OwnedSemaphorePermit>), Problem> {
    let (parts, body) = request.into_parts();
    // Refused by what it announces, before it is sent.
    if announced(&parts.headers).is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let timeout = app.service.config().request_timeout;
    let (bytes, permits) = tokio::time::timeout(timeout, collect(body, app, limit))
        .await
        .unwrap_or_else(|_| Err(unreadable(format!("did not arrive within {} s", timeout.as_secs()))))?;
    Ok((Request::from_parts(parts, Body::from(bytes)), permits))
}

/// Takes permits as bytes come in, not as they are announced: whoever sends slowly holds little up.
async fn collect(
    mut body: Body,
    app: &AppState,
    limit: usize,
) -> Result<(Vec<u8>, Vec<OwnedSemaphorePermit>), Problem> {
    let (mut bytes, mut permits, mut permitted) = (Vec::new(), Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| unreadable("ended before it was complete".into()))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(too_large(limit));
        }
        let missing = (bytes.len() + data.len()).div_ceil(1024) - permitted;
        if missing > 0 {
            let acquired = Arc::clone(&app.body_permits).acquire_many_owned(u32::try_from(missing).unwrap_or(u32::MAX));
            let busy =
                |_| Problem::new(ErrorCode::ServiceUnavailable).message("Too many bodies at once").retry_after(1);
            permits.push(acquired.await.map_err(busy)?);
            permitted += missing;
        }
        bytes.extend_from_slice(&data);
    }
    Ok((bytes, permits))
}

fn too_large(limit: usize) -> Problem {
    Problem::new(ErrorCode::PayloadTooLarge).message(format!("The body is longer than {limit} bytes"))
}

fn unreadable(problem: String) -> Problem {
    Problem::invalid(BTreeMap::from([("body".to_owned(), problem)]))
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_json(request: &Request) -> bool {
    let mut values = request.headers().get_all(header::CONTENT_TYPE).iter();
    let essence = values.next().and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json")) && values.next().is_none()
}
