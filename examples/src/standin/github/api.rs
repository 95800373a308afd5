//! What all operations of the REST API have in common.

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::USER_AGENT;
use serde_json::json;

/// "All API requests must include a valid `User-Agent` header": one without gets 403, in text.
/// <https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent>
pub(super) async fn demand_user_agent(request: Request, next: Next) -> Response {
    if request.headers().get(USER_AGENT).is_some_and(|agent| !agent.is_empty()) {
        return next.run(request).await;
    }
    let message = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.";
    (StatusCode::FORBIDDEN, message).into_response()
}

pub(super) async fn unknown_path() -> Response {
    error(StatusCode::NOT_FOUND, "Not Found")
}

/// An error body as the REST API words it.
pub(super) fn error(status: StatusCode, message: &str) -> Response {
    let body = json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.as_str(),
    });
    (status, Json(body)).into_response()
}
