//! What goes wrong, as one type.

mod display;
mod kind;

use std::{error::Error as StdError, sync::Arc, time::Duration};

pub use self::kind::ErrorKind;
use crate::{ErrorCode, JsonObject, generated::types::ApiError};

/// Why a call failed.
///
/// ```
/// use connectors_client::{Error, ErrorCode};
///
/// fn for_the_user(error: &Error) -> String {
///     match error.code() {
///         Some(ErrorCode::OAuthDenied) => "You did not allow the connection.".to_owned(),
///         Some(ErrorCode::ProviderNotConfigured) => "This integration is not set up yet.".to_owned(),
///         _ if error.is_retryable() => "Please try again in a moment.".to_owned(),
///         _ => format!("Something went wrong ({}).", error.trace_id().unwrap_or("no trace")),
///     }
/// }
/// ```
///
/// `Display` is one line for an operator; it repeats nothing of [`source`](StdError::source), and never shows a token, a code
/// or a state.
#[derive(Clone)]
pub struct Error(Arc<Repr>);

#[derive(Clone)]
struct Repr {
    kind: ErrorKind,
    operation: &'static str,
    attempts: u32,
    text: String,
    status: Option<u16>,
    problem: Option<ApiError>,
    retry_after: Option<Duration>,
    trace_id: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    /// Whether what stood in the way is gone already.
    is_mended: bool,
    /// Why the call was not repeated although it could have been, for people.
    gave_up: Option<&'static str>,
}

impl Error {
    /// What happened, in general.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The service's code for the problem. `None` if it was not the service that answered, or nobody did.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.0.problem.as_ref().map(|problem| &problem.code)
    }

    /// The service's words about the problem, for people who know the service.
    pub fn message(&self) -> Option<&str> {
        self.0.problem.as_ref().map(|problem| problem.message.as_str())
    }

    /// What the service says about single fields, by their names.
    ///
    /// Troubleshooting: after [`ErrorCode::ValidationFailed`] it has an entry for each parameter, header or field that is wrong.
    pub fn details(&self) -> Option<&JsonObject> {
        self.0.problem.as_ref()?.details.as_ref()
    }

    /// The HTTP status, whoever answered.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The request's id, as the service's log has it.
    pub fn trace_id(&self) -> Option<&str> {
        self.0.trace_id.as_deref()
    }

    /// How long the service asks to wait before the call is made again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same call may succeed later as it is.
    ///
    /// Troubleshooting: the client has already repeated what is safe to repeat, within the call's deadline. Says nothing about
    /// whether the call had an effect: after [`ErrorKind::Interrupted`] and [`ErrorKind::Deadline`] it may have had.
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            _ if self.0.is_mended => true,
            ErrorKind::NotSent | ErrorKind::Interrupted | ErrorKind::Deadline => true,
            ErrorKind::Service | ErrorKind::Unexpected => {
                matches!(self.0.status, Some(408 | 429 | 502..=504)) || self.0.retry_after.is_some()
            }
            _ => false,
        }
    }

    /// The operation's id, as `openapi.json` has it: `list_signals`.
    pub fn operation(&self) -> &str {
        self.0.operation
    }

    /// How many requests were sent, or tried to be sent; 0 if the call was refused before.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }
}

/// Construction: what is known is added as it becomes known.
impl Error {
    /// An error that no answer is the cause of.
    pub(crate) fn local(kind: ErrorKind, operation: &'static str, text: impl Into<String>) -> Self {
        Self(Arc::new(Repr {
            kind,
            operation,
            attempts: 0,
            text: text.into(),
            status: None,
            problem: None,
            retry_after: None,
            trace_id: None,
            source: None,
            is_mended: false,
            gave_up: None,
        }))
    }

    /// The service's own account of a problem.
    pub(crate) fn problem(operation: &'static str, status: u16, problem: ApiError) -> Self {
        Self::local(ErrorKind::Service, operation, problem.message.clone()).with(|repr| {
            repr.status = Some(status);
            repr.retry_after = problem.retry_after.map(Duration::from_secs);
            repr.trace_id = Some(problem.trace_id.clone());
            repr.problem = Some(problem);
        })
    }

    pub(crate) fn because(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.with(|repr| repr.source = Some(Arc::from(source.into())))
    }

    /// Says why the call was not repeated, whatever made it fail.
    pub(crate) fn given_up(self, why: &'static str) -> Self {
        self.with(|repr| repr.gave_up = Some(why))
    }

    /// Says that the same call would have had a chance now.
    pub(crate) fn mended(self) -> Self {
        self.with(|repr| repr.is_mended = true)
    }

    pub(crate) fn answered(self, status: u16, trace_id: Option<&str>) -> Self {
        self.with(|repr| {
            repr.status = Some(status);
            repr.trace_id = trace_id.map(str::to_owned);
        })
    }

    pub(crate) fn after(self, attempts: u32) -> Self {
        self.with(|repr| repr.attempts = attempts)
    }

    pub(crate) fn retrying_after(self, wait: Option<Duration>) -> Self {
        self.with(|repr| repr.retry_after = wait.or(repr.retry_after))
    }

    fn with(mut self, change: impl FnOnce(&mut Repr)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}
