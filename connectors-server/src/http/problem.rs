//! Problems (RFC 9457): every answer that is no success.

use std::{collections::BTreeMap, error::Error as StdError, sync::Arc};

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::ErrorCode;
use crate::{provider::ProviderFailure, service, store::StoreError};

/// What went wrong: the body of every answer that is no success (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiError {
    /// The error's entry in the documentation, relative to the service.
    #[schema(format = "uri-reference", example = "/docs/errors#VALIDATION_FAILED")]
    pub r#type: String,
    /// What the code means, the same for each occurrence.
    #[schema(example = "The request is malformed")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 400, minimum = 400, maximum = 599)]
    pub status: u16,
    /// Which problem it is, for programs.
    pub code: ErrorCode,
    /// What went wrong this time, for people.
    #[schema(example = "`limit` must be an integer from 1 to 100")]
    pub message: String,
    /// Field names with what is wrong with each, or more about the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object, example = json!({"limit": "must be an integer from 1 to 100"}))]
    pub details: Option<Map<String, Value>>,
    /// After how many seconds to try again; the header `Retry-After` says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1, minimum = 1)]
    pub retry_after: Option<u64>,
    /// The request's id, as in the header `X-Request-Id` and in the service's log.
    #[schema(example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    pub trace_id: String,
}

/// A problem on its way to the layer that renders it with the request's id.
#[derive(Debug, Clone)]
pub struct Problem(Box<Content>);

#[derive(Debug, Clone)]
struct Content {
    code: ErrorCode,
    message: String,
    details: Option<Map<String, Value>>,
    retry_after: Option<u64>,
    header: Option<(HeaderName, HeaderValue)>,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Problem {
    /// A problem whose message is the code's title.
    pub fn new(code: ErrorCode) -> Self {
        Self(Box::new(Content {
            code,
            message: code.title().to_owned(),
            details: None,
            retry_after: None,
            header: None,
            cause: None,
        }))
    }

    /// What went wrong this time.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// More about the problem.
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.details.get_or_insert_default().insert(name.to_owned(), value.into());
        self
    }

    /// After how many seconds to try again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// A header that comes with it.
    pub fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.0.header = Some((name, HeaderValue::from_static(value)));
        self
    }

    /// What is behind it, for the log alone.
    pub fn cause(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.0.cause = Some(Arc::new(cause));
        self
    }

    /// Malformed fields, each with what is wrong.
    pub fn invalid(fields: BTreeMap<String, String>) -> Self {
        let message = fields.iter().map(|(field, problem)| format!("`{field}` {problem}")).collect::<Vec<_>>();
        let problem = Self::new(ErrorCode::ValidationFailed).message(message.join("; "));
        fields.into_iter().fold(problem, |problem, (field, text)| problem.detail(&field, text))
    }

    /// The problem that stands for a bare status, as the framework answers it.
    pub fn of_status(status: StatusCode) -> Self {
        Self::new(match status {
            StatusCode::NOT_FOUND => ErrorCode::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::PayloadTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::UnsupportedMediaType,
            status if status.is_client_error() => ErrorCode::ValidationFailed,
            _ => ErrorCode::InternalError,
        })
    }

    /// Which problem it is.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// What is behind it.
    pub(super) fn cause_of(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }

    /// The answer, with the request's id.
    pub(super) fn render(self, trace_id: &str) -> Response {
        let status = self.0.code.status();
        let body = ApiError {
            r#type: format!("/docs/errors#{}", self.0.code),
            title: self.0.code.title(),
            status: status.as_u16(),
            code: self.0.code,
            message: self.0.message,
            details: self.0.details,
            retry_after: self.0.retry_after,
            trace_id: trace_id.to_owned(),
        };
        let body = serde_json::to_vec(&body).unwrap_or_else(|_| unreachable!("a problem is JSON"));
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.0.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some((name, value)) = self.0.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl IntoResponse for Problem {
    /// An empty answer that carries the problem to the layer that knows the request's id.
    fn into_response(self) -> Response {
        let mut response = self.0.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<service::Error> for Problem {
    fn from(error: service::Error) -> Self {
        use service::Error as E;
        match error {
            E::Invalid(fields) => Self::invalid(fields),
            E::ProviderNotSupported { nearest } => {
                let hint = nearest.map(|slug| format!("; did you mean `{slug}`?")).unwrap_or_default();
                Self::new(ErrorCode::ProviderNotSupported).message(format!("No such provider{hint}"))
            }
            E::ProviderNotConfigured { provider } => Self::new(ErrorCode::ProviderNotConfigured)
                .message(format!("This deployment has no OAuth credentials for `{provider}`"))
                .detail("provider", provider),
            E::OAuthStateInvalid => Self::new(ErrorCode::OAuthStateInvalid)
                .message("The state is unknown, expired, spent, or of another provider or tenant"),
            E::OAuthDenied { provider_error } => {
                Self::new(ErrorCode::OAuthDenied).detail("provider_error", provider_error)
            }
            E::OAuthCodeRejected { provider_error } => {
                Self::new(ErrorCode::OAuthCodeRejected).detail("provider_error", provider_error)
            }
            E::OAuthInProgress => Self::new(ErrorCode::OAuthInProgress).retry_after(1),
            E::ConnectionNotFound => Self::new(ErrorCode::ConnectionNotFound),
            E::SignalNotFound => Self::new(ErrorCode::SignalNotFound),
            E::InvalidSignature => Self::new(ErrorCode::InvalidSignature),
            E::Provider { provider, failure } => provider_failure(provider, failure),
            E::Store(StoreError::Unavailable(cause)) => Self::new(ErrorCode::ServiceUnavailable)
                .message("The database is out of reach")
                .retry_after(1)
                .cause(cause),
            E::Store(_) | E::Vault(_) | E::Sealed(_) | E::Task(_) => Self::new(ErrorCode::InternalError)
                .message("The service failed; its log has the cause under `trace_id`")
                .cause(error),
        }
    }
}

fn provider_failure(provider: &'static str, failure: ProviderFailure) -> Problem {
    let code = match failure {
        ProviderFailure::Timeout => ErrorCode::ProviderTimeout,
        _ => ErrorCode::ProviderError,
    };
    let mut problem = Problem::new(code).detail("provider", provider);
    if let ProviderFailure::Answered { status, error }
    | ProviderFailure::TokenRefused { status, error }
    | ProviderFailure::Busy { status, error, .. } = &failure
    {
        problem = problem.detail("provider_status", json!(status));
        if let Some(error) = error {
            problem = problem.detail("provider_error", error.as_str());
        }
    }
    problem.cause(failure)
}
