//! Making Zoho misbehave.

use axum::{
    Json,
    response::{Html, IntoResponse, Response},
};
use http::StatusCode;
use serde_json::Value;

use super::accounts;

/// An endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `POST /oauth/v2/token`
    Token,
    /// `POST /oauth/v2/token/revoke`
    Revoke,
    /// `GET /oauth/user/info`
    UserInfo,
    /// `GET /api/accounts`
    Accounts,
    /// `GET /api/accounts/{account}/folders`
    Folders,
    /// `GET /api/accounts/{account}/messages/view`
    Messages,
}

/// How an endpoint fails. A call that fails changes nothing: a code that came with it can still be exchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Answers with this status and an HTML page. A number that is no HTTP status counts as 500.
    Status(u16),
    /// Answers 200 with this error, as the accounts do.
    Error(&'static str),
    /// Answers 200 with this.
    Answer(Value),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Status(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, Html("<!doctype html><title>Zoho</title>")).into_response()
            }
            Self::Error(error) => accounts::error(error),
            Self::Answer(answer) => Json(answer).into_response(),
        }
    }
}
