//! Making GitHub misbehave.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use super::server::Server;

const PAGE: &str = "<!doctype html><title>Unicorn!</title>";

/// An endpoint that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `POST /login/oauth/access_token`
    Token,
    /// `GET /api/v3/user`
    User,
    /// `GET /api/v3/issues`
    Issues,
    /// `DELETE /api/v3/applications/{client_id}/token` and `…/grant`
    Revocation,
}

/// How an endpoint fails. A call that fails changes nothing: a code that came with it can still be exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Answers with this status and an HTML page, as a gateway in front of GitHub does. A number that is no HTTP status
    /// counts as 500.
    Status(u16),
    /// Takes the request and does not answer until the stand-in is dropped.
    Hang,
    /// Answers 200 with a body that is neither JSON nor a form.
    Garbage,
}

/// Answers in the endpoint's place while it is set to fail.
pub(super) async fn inject(
    State((server, endpoint)): State<(Arc<Server>, Endpoint)>,
    request: Request,
    next: Next,
) -> Response {
    let failure = server.failures().next(endpoint);
    match failure {
        None => next.run(request).await,
        Some(Failure::Status(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Html(PAGE)).into_response()
        }
        Some(Failure::Hang) => {
            server.stopped().await;
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Some(Failure::Garbage) => Html(PAGE).into_response(),
    }
}
