//! Making Slack misbehave.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use super::web_api;

/// A method of the Web API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `oauth.v2.access`
    Access,
    /// `auth.test`
    Test,
    /// `auth.revoke`
    Revoke,
}

/// How a method fails. A call that fails changes nothing: a code that came with it can still be exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Answers with this status and an HTML page. A number that is no HTTP status counts as 500.
    Status(u16),
    /// Answers 200, not `ok`, with this error, such as `internal_error`.
    Error(&'static str),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Status(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, Html("<!doctype html><title>Server Error | Slack</title>")).into_response()
            }
            Self::Error(error) => web_api::error(error),
        }
    }
}
