//! What a call is made with: the inner value of the generated client.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use http::{HeaderMap, HeaderValue};
use progenitor_client::{Error as Generated, ResponseValue};
use serde::de::DeserializeOwned;
use tracing::Span;

use crate::{Error, error::ErrorKind, exec::Failure, generated::Client, service::Service, span};

/// Service, credentials and tenant of one call, and what has become of it.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) service: Arc<Service>,
    /// Whose call it is, as a header. With a tenant goes the operator token; public operations get neither.
    pub(crate) tenant: Option<HeaderValue>,
    pub(crate) extra: Extra,
    pub(crate) operation: &'static str,
    pub(crate) span: Span,
    pub(crate) answer: OnceLock<Answered>,
}

/// What a request carries that the document does not list: a provider's own headers and query parameters.
#[derive(Clone, Default)]
pub(crate) struct Extra {
    pub(crate) headers: HeaderMap,
    pub(crate) query: Vec<(String, String)>,
}

/// The answer that the call ended with, beside its body.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) attempts: u32,
    pub(crate) status: u16,
    pub(crate) request_id: Option<HeaderValue>,
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl Client {
    /// A client for one call.
    pub(crate) fn scoped(
        service: &Arc<Service>,
        tenant: Option<&HeaderValue>,
        operation: &'static str,
        extra: Extra,
    ) -> Self {
        let span = span::call(operation, tenant);
        Self {
            baseurl: service.base.clone(),
            client: service.http.clone(),
            inner: Scope {
                service: service.clone(),
                tenant: tenant.cloned(),
                extra,
                operation,
                span,
                answer: OnceLock::new(),
            },
        }
    }

    /// What the call came to.
    pub(crate) fn finish<T: DeserializeOwned, E>(
        &self,
        result: Result<ResponseValue<T>, Generated<E>>,
    ) -> Result<T, Error> {
        match result {
            Ok(value) => Ok(value.into_inner()),
            Err(error) => {
                let error = self.error::<T, E>(error);
                span::failed(&self.inner.span, &error);
                Err(error)
            }
        }
    }

    fn error<T: DeserializeOwned, E>(&self, error: Generated<E>) -> Error {
        let operation = self.inner.operation;
        let error = match error {
            Generated::UnexpectedResponse(mut response) => match response.extensions_mut().remove::<Failure>() {
                Some(Failure(error)) => return error,
                None => Error::local(
                    ErrorKind::Unexpected,
                    operation,
                    "a success of a status that the contract does not have",
                ),
            },
            Generated::InvalidResponsePayload(body, _) => decoding::<T>(operation, &body),
            Generated::CommunicationError(error) => {
                Error::local(ErrorKind::Request, operation, "the request can't be made").because(error.without_url())
            }
            Generated::InvalidRequest(why) | Generated::Custom(why) => Error::local(ErrorKind::Request, operation, why),
            Generated::ResponseBodyError(_) | Generated::InvalidUpgrade(_) | Generated::ErrorResponse(_) => {
                // `exec` hands on successes with their whole body, and everything else as a `Failure`.
                Error::local(ErrorKind::Unexpected, operation, "an answer that was not checked")
            }
        };
        match self.inner.answer.get() {
            Some(Answered { attempts, status, request_id }) => {
                error.answered(*status, request_id.as_ref().and_then(|id| id.to_str().ok())).after(*attempts)
            }
            None => error,
        }
    }
}

/// Reads the body once more, to say where it is not what was expected.
fn decoding<T: DeserializeOwned>(operation: &'static str, body: &[u8]) -> Error {
    let mut json = serde_json::Deserializer::from_slice(body);
    let (place, position) = match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Ok(_) => ("the end".to_owned(), String::new()),
        Err(error) => {
            let position = format!(" (line {}, column {})", error.inner().line(), error.inner().column());
            (format!("`{}`", error.path()), position)
        }
    };
    Error::local(ErrorKind::Decode, operation, format!("the answer can't be read at {place}{position}"))
}
