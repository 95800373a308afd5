//! Forms of other sites are refused.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::failure::Failure;

/// Lets through what changes nothing, and what a page of this origin sends. Browsers say by `Sec-Fetch-Site` where a request
/// comes from (Fetch Metadata), old ones and those that reach us without TLS by `Origin`. What says neither is no browser. The
/// session's cookie is `SameSite=Lax` beside.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || is_ours(request.headers()) {
        return next.run(request).await;
    }
    Failure::new(StatusCode::FORBIDDEN, "That form is not one of ours.").into_response()
}

fn is_ours(headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match (said("sec-fetch-site"), said(header::ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            origin.split_once("://").is_some_and(|(_, host)| Some(host) == said(header::HOST.as_str()))
        }
        (None, None) => true,
    }
}
