//! An answer, read to its end.

use std::{error::Error as StdError, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use reqwest::Response;

use crate::{Error, OperatorToken, error::ErrorKind, generated::types::ApiError, redact};

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Operations whose requests and answers hold codes, states or signatures: of their bodies nothing is ever shown.
const SECRET: &[&str] = &["start_oauth", "complete_oauth", "ingest_webhook"];

/// A status with headers and the whole body.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
pub(crate) enum Broken {
    /// The request never left.
    NotSent(reqwest::Error),
    /// The connection broke; with the head, if there was one yet.
    Interrupted(reqwest::Error, Option<Head>),
    /// The body is longer than that.
    TooLong(usize, Head),
    /// There was no answer in that time.
    TooLate(Duration),
}

/// What is known of an answer whose body is not.
pub(crate) struct Head {
    status: StatusCode,
    request_id: Option<HeaderValue>,
}

impl Answer {
    /// Reads a body of at most `limit` bytes.
    pub(crate) async fn read(mut response: Response, limit: usize) -> Result<Self, Broken> {
        let status = response.status();
        let length = response.content_length();
        let headers = std::mem::take(response.headers_mut());
        let head = || Head { status, request_id: headers.get(&REQUEST_ID).cloned() };
        if length.is_some_and(|length| length > limit as u64) {
            return Err(Broken::TooLong(limit, head()));
        }
        let mut body = Bytes::new();
        let mut rest = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| Broken::Interrupted(error, Some(head())))? {
            if body.len() + rest.len() + chunk.len() > limit {
                return Err(Broken::TooLong(limit, head()));
            }
            // A body that comes in one piece is not copied.
            if body.is_empty() && rest.is_empty() {
                body = chunk;
            } else {
                if rest.is_empty() {
                    rest.extend_from_slice(&std::mem::take(&mut body));
                }
                rest.extend_from_slice(&chunk);
            }
        }
        let body = if rest.is_empty() { body } else { rest.freeze() };
        Ok(Self { status, headers, body })
    }

    /// Whether it is a success of the service: nothing, or JSON.
    pub(crate) fn is_success(&self) -> bool {
        self.status == StatusCode::NO_CONTENT || self.status.is_success() && self.is("application/json")
    }

    /// The service's problem, or what a stranger said, without the token that it was shown.
    pub(crate) fn error(&self, operation: &'static str, token: Option<&OperatorToken>) -> Error {
        let status = self.status.as_u16();
        let request_id = self.request_id().and_then(|id| id.to_str().ok());
        let secret = token.map_or("", OperatorToken::secret);
        // The service repeats no token; whoever does is somebody else.
        let is_problem = self.is("application/problem+json") && !self.status.is_success();
        let repeats = || serde_json::from_slice(&self.body).is_ok_and(|body| redact::repeats(&body, secret));
        if is_problem
            && let Ok(problem) = serde_json::from_slice::<ApiError>(&self.body)
            && !repeats()
        {
            return Error::problem(operation, status, problem).retrying_after(self.retry_after());
        }
        let media_type = self.media_type().unwrap_or("no media type");
        // What a proxy echoes may be encoded in ways that no search finds.
        let is_secret =
            SECRET.contains(&operation) || self.status.is_success() || redact::is_changed_by_encodings(secret);
        let text = match (self.status.is_redirection(), is_secret) {
            (true, _) => "a redirect, which is not followed".to_owned(),
            (false, true) => format!("not an answer of the service ({media_type}, {} bytes)", self.body.len()),
            (false, false) => {
                let shown = redact::snippet(&self.body, secret);
                format!("not an answer of the service ({media_type}): {shown:?}")
            }
        };
        Error::local(ErrorKind::Unexpected, operation, text)
            .answered(status, request_id)
            .retrying_after(self.retry_after())
    }

    pub(crate) fn request_id(&self) -> Option<&HeaderValue> {
        self.headers.get(&REQUEST_ID)
    }

    /// How long the service asks to wait: `Retry-After` in seconds, or as a date (RFC 9110, section 10.2.3).
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        // By the clock of whoever answered, if it is told: this host's may be off.
        let date = |text: &str| chrono::DateTime::parse_from_rfc2822(text.trim()).ok().map(|date| date.to_utc());
        let now = self.headers.get(header::DATE).and_then(|now| date(now.to_str().ok()?));
        let wait = date(value)?.signed_duration_since(now.unwrap_or_else(chrono::Utc::now));
        Some(wait.to_std().unwrap_or_default())
    }

    fn is(&self, media_type: &str) -> bool {
        self.media_type().is_some_and(|own| own.eq_ignore_ascii_case(media_type))
    }

    fn media_type(&self) -> Option<&str> {
        let value = self.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        Some(value.split(';').next().unwrap_or_default().trim())
    }
}

impl Broken {
    pub(crate) fn sending(error: reqwest::Error) -> Self {
        if error.is_connect() || error.is_builder() { Self::NotSent(error) } else { Self::Interrupted(error, None) }
    }

    /// The status, if there was one yet.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        self.head().map(|head| head.status)
    }

    fn head(&self) -> Option<&Head> {
        match self {
            Self::NotSent(_) | Self::TooLate(_) => None,
            Self::Interrupted(_, head) => head.as_ref(),
            Self::TooLong(_, head) => Some(head),
        }
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::NotSent(_) => ErrorKind::NotSent,
            Self::Interrupted(..) => ErrorKind::Interrupted,
            Self::TooLong(..) => ErrorKind::Unexpected,
            Self::TooLate(_) => ErrorKind::Deadline,
        }
    }

    pub(crate) fn error(self, operation: &'static str) -> Error {
        let kind = self.kind();
        let head = self.head().map(|head| (head.status.as_u16(), head.request_id.clone()));
        // Its URL has the query, and that may have a code.
        let cause = |error: reqwest::Error| -> Box<dyn StdError + Send + Sync> { Box::new(error.without_url()) };
        let error = match self {
            Self::NotSent(error) => Error::local(kind, operation, "no connection to the service").because(cause(error)),
            Self::Interrupted(error, _) => {
                let text = "the connection broke before the whole answer was there";
                Error::local(kind, operation, text).because(cause(error))
            }
            Self::TooLong(limit, _) => Error::local(kind, operation, format!("a body of more than {limit} bytes")),
            Self::TooLate(limit) => Error::local(kind, operation, format!("no answer within {limit:?}")),
        };
        match head {
            Some((status, request_id)) => error.answered(status, request_id.as_ref().and_then(|id| id.to_str().ok())),
            None => error,
        }
    }
}
