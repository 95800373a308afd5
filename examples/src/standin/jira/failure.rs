//! Making Atlassian misbehave.

use axum::{
    Json,
    response::{Html, IntoResponse, Response},
};
use http::{StatusCode, header::RETRY_AFTER};
use serde_json::json;

/// An endpoint, and what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `POST /oauth/token` with a code
    Code,
    /// `POST /oauth/token` with a refresh token
    Refresh,
    /// `GET /me`
    Me,
    /// `GET /oauth/token/accessible-resources`
    AccessibleResources,
    /// `GET /ex/jira/{cloud_id}/rest/api/3/webhook`
    ListWebhooks,
    /// `POST /ex/jira/{cloud_id}/rest/api/3/webhook`
    RegisterWebhooks,
    /// `PUT /ex/jira/{cloud_id}/rest/api/3/webhook/refresh`
    RefreshWebhooks,
    /// `DELETE /ex/jira/{cloud_id}/rest/api/3/webhook`
    DeleteWebhooks,
    /// `GET /ex/jira/{cloud_id}/rest/api/3/search/jql`
    Search,
}

/// How an endpoint fails. A call that fails changes nothing: a code that came with it can still be exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Answers with this status and an HTML page. A number that is no HTTP status counts as 500.
    Status(u16),
    /// Answers with this status and this OAuth error.
    Error(u16, &'static str),
    /// Answers 429, with as many seconds in `Retry-After`:
    /// <https://developer.atlassian.com/cloud/jira/platform/rate-limiting/>
    TooMany(u16),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = |number| StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match self {
            Self::Status(number) => (status(number), Html("<!doctype html><title>Atlassian</title>")).into_response(),
            Self::Error(number, error) => (status(number), Json(json!({"error": error}))).into_response(),
            Self::TooMany(seconds) => {
                let after = [(RETRY_AFTER, seconds.to_string())];
                (StatusCode::TOO_MANY_REQUESTS, after, Json(json!({"code": 429}))).into_response()
            }
        }
    }
}
