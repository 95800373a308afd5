//! What users may see of an error.

use std::time::Duration;

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use connectors_client::{Error, ErrorCode, ErrorKind};
use serde::Serialize;

const NOT_UNDERSTOOD: &str = "We don't understand that address.";
const NOT_HERE: &str = "That is not here any more.";

/// An error in words for users. The cause is in Core's log, under the reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What Core answers.
    pub status: StatusCode,
    /// One sentence.
    pub message: &'static str,
    /// What the user tells support.
    pub reference: Option<String>,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure without a cause at the service.
    pub fn new(status: StatusCode, message: &'static str) -> Self {
        Self { status, message, reference: None, retry_after: None }
    }

    /// Something in the address that did not come from us.
    pub fn not_understood() -> Self {
        Self::new(StatusCode::BAD_REQUEST, NOT_UNDERSTOOD)
    }

    /// Nothing is there, or nothing of this tenant's.
    pub fn not_here() -> Self {
        Self::new(StatusCode::NOT_FOUND, NOT_HERE)
    }

    /// Core itself is at fault.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        tracing::error!("{error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side.")
    }
}

// ANCHOR: failure
impl From<Error> for Failure {
    /// Logs the error, and says as much of it as a user may know.
    fn from(error: Error) -> Self {
        let (status, message) = match error.code() {
            Some(ErrorCode::ConnectionNotFound | ErrorCode::SignalNotFound) => (StatusCode::NOT_FOUND, NOT_HERE),
            Some(ErrorCode::ProviderNotSupported | ErrorCode::ProviderNotConfigured) => {
                (StatusCode::NOT_FOUND, "This integration is not available.")
            }
            // A filter or cursor that came from the browser.
            Some(ErrorCode::ValidationFailed) => (StatusCode::BAD_REQUEST, NOT_UNDERSTOOD),
            _ if error.kind() == ErrorKind::Request => (StatusCode::BAD_REQUEST, NOT_UNDERSTOOD),
            _ if error.is_retryable() => {
                (StatusCode::SERVICE_UNAVAILABLE, "Integrations are not available right now. Please try again.")
            }
            _ => (StatusCode::BAD_GATEWAY, "Something went wrong on our side."),
        };
        if status.is_server_error() {
            tracing::error!(error = &error as &dyn std::error::Error, "the Connectors Service failed");
        }
        let reference = error.trace_id().map(str::to_owned);
        Self { status, message, reference, retry_after: error.retry_after() }
    }
}
// ANCHOR_END: failure

impl IntoResponse for Failure {
    /// As JSON, for a frontend of its own. The pages word it themselves.
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            message: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            reference: Option<String>,
        }
        let body = Json(Body { message: self.message, reference: self.reference });
        let retry_after = self.retry_after.map(|wait| [(header::RETRY_AFTER, wait.as_secs().max(1).to_string())]);
        (self.status, retry_after, body).into_response()
    }
}
