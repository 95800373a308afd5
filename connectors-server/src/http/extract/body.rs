//! Bodies: read whole, bounded in size and time, before anything else is checked.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use http_body_util::BodyExt;
use tokio::sync::OwnedSemaphorePermit;

use crate::http::{AppState, ErrorCode, Problem};

/// Whether a request's body has been read to its end.
#[derive(Debug, Clone, Default)]
struct IsRead(Arc<AtomicBool>);

/// Hangs up with the answer to a request whose body was not read to its end: what may be left of it would be in the way of whatever
/// comes next on that connection. Few requests have a body that nobody asks for.
pub(in crate::http) async fn hang_up_unread(mut request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let is_read = IsRead::default();
    request.extensions_mut().insert(is_read.clone());
    let mut response = next.run(request).await;
    if !is_read.0.load(Ordering::Relaxed) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Reads a JSON body. An empty one may be of any media type: there is nothing in it.
pub(in crate::http) async fn read_json(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (request, _permit) = read(request, &app, app.service.config().max_body_bytes).await?;
    let is_empty = request.body().size_hint().exact() == Some(0);
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
    let (request, _permit) = read(request, &app, app.service.config().max_webhook_bytes).await?;
    Ok(next.run(request).await)
}

/// Reads a body of at most `limit` bytes. The permit stands for the memory that a large one takes.
async fn read(
    request: Request,
    app: &AppState,
    limit: usize,
) -> Result<(Request, Option<OwnedSemaphorePermit>), Problem> {
    let (parts, mut body) = request.into_parts();
    let announced = announced(&parts.headers);
    // Refused by what it announces, before it is sent.
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let config = app.service.config();
    let timeout = config.request_timeout;
    let late = || unreadable(format!("did not arrive within {} s", timeout.as_secs()));
    let (mut bytes, mut permit) = (Vec::new(), None);
    let free = limit.min(config.max_body_bytes);
    let arrived = tokio::time::timeout(timeout, collect(&mut body, &mut bytes, free)).await.map_err(|_| late())?;
    if arrived? == Arrived::More {
        // All that it may take, at once: whoever holds a part and waits for the rest would hold others up for nothing.
        let whole = announced.map_or(limit, |length| usize::try_from(length).unwrap_or(limit)).max(bytes.len());
        permit = Some(reserve(app, whole).await?);
        let rest = tokio::time::timeout(timeout, collect(&mut body, &mut bytes, limit)).await.map_err(|_| late())?;
        if rest? == Arrived::More {
            return Err(too_large(limit));
        }
    }
    if let Some(IsRead(is_read)) = parts.extensions.get() {
        is_read.store(true, Ordering::Relaxed);
    }
    Ok((Request::from_parts(parts, Body::from(bytes)), permit))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrived {
    /// The body is there.
    All,
    /// It is longer than the limit.
    More,
}

/// Reads until the body's end, or until more than `limit` bytes are there.
async fn collect(body: &mut Body, bytes: &mut Vec<u8>, limit: usize) -> Result<Arrived, Problem> {
    while bytes.len() <= limit {
        let Some(frame) = body.frame().await else { return Ok(Arrived::All) };
        let frame = frame.map_err(|_| unreadable("ended before it was complete".into()))?;
        if let Ok(data) = frame.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(Arrived::More)
}

/// Waits until there is room for a large body. Small ones need none, so that they never wait for large ones.
async fn reserve(app: &AppState, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
    let busy = || Problem::new(ErrorCode::ServiceUnavailable).message("Too many large bodies at once").retry_after(1);
    let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
    let acquired = Arc::clone(&app.body_permits).acquire_many_owned(kib);
    let acquired = tokio::time::timeout(app.service.config().request_timeout, acquired).await;
    acquired.map_err(|_| busy())?.map_err(|_| busy())
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
