//! Forms of other sites are refused.

use axum::{
    extract::Request,
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::failure::Failure;

/// Lets through what changes nothing, and what a page of this origin sends. Browsers say by `Sec-Fetch-Site` where a request
/// comes from (Fetch Metadata); the session's cookie is `SameSite=Lax` beside.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let site = request.headers().get("sec-fetch-site").and_then(|site| site.to_str().ok());
    if is_safe || matches!(site, None | Some("same-origin" | "none")) {
        return next.run(request).await;
    }
    Failure::new(StatusCode::FORBIDDEN, "That form is not one of ours.").into_response()
}
