//! How Google says that something went wrong, and making it misbehave.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `POST /token`
    Token,
    /// `POST /revoke`
    Revoke,
    /// `GET /v1/userinfo`
    UserInfo,
    /// Drive's `changes.getStartPageToken`
    StartPageToken,
    /// Drive's `changes.list`
    Changes,
    /// Drive's `files.list`
    Files,
    /// Calendar's `events.list`
    Events,
    /// Gmail's `users.getProfile`
    Profile,
    /// Gmail's `users.history.list`
    History,
    /// Gmail's `users.messages.list`
    Messages,
    /// Gmail's `users.messages.get`
    Message,
    /// Gmail's `users.watch`
    WatchMailbox,
    /// Gmail's `users.stop`
    StopMailbox,
    /// `GET /oauth2/v3/certs`
    Certs,
    /// Drive's `changes.watch`, Calendar's `events.watch`
    Watch,
    /// `channels.stop`
    Stop,
}

/// How a call fails. One that fails changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// With this status and no JSON.
    Status(u16),
    /// With this status and reason, as `rateLimitExceeded`.
    Reason(u16, &'static str),
    /// With 200 and this in place of what there is.
    Answer(Value),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Status(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, "<!DOCTYPE html><title>Error (Server Error)!!1</title>").into_response()
            }
            Self::Reason(status, reason) => refused(status, reason),
            Self::Answer(answer) => Json(answer).into_response(),
        }
    }
}

/// An API's refusal: "Resolve errors" of the Drive API shows all of these fields.
pub(super) fn refused(status: u16, reason: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = status.canonical_reason().unwrap_or_default();
    let location = match reason {
        "invalid" => json!({"locationType": "parameter", "location": "pageToken"}),
        "authError" => json!({"locationType": "header", "location": "Authorization"}),
        _ => json!({}),
    };
    let mut error = json!({"domain": "global", "reason": reason, "message": message});
    if let (Some(error), Value::Object(location)) = (error.as_object_mut(), location) {
        error.extend(location);
    }
    let body = json!({"error": {"code": status.as_u16(), "message": message, "errors": [error]}});
    (status, Json(body)).into_response()
}
