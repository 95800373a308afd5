//! Calling Google's APIs: "Resolve errors" of Drive, "Handle API errors" of Calendar, "Resolve errors" of Gmail.

use http::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use crate::provider::{Answer, ProviderErrorCode, ProviderFailure, Session};

/// Why Google refuses a call that it would do later.
const LATER: &[&str] = &["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"];

/// Reads something.
pub(super) async fn get<T: DeserializeOwned>(session: &Session<'_>, url: Url) -> Result<T, ProviderFailure> {
    read(&call(session, Method::GET, url, None).await?)
}

/// Asks for something to be done.
pub(super) async fn post(session: &Session<'_>, url: Url, body: &Value) -> Result<Answer, ProviderFailure> {
    call(session, Method::POST, url, Some(body)).await
}

async fn call(
    session: &Session<'_>,
    method: Method,
    url: Url,
    body: Option<&Value>,
) -> Result<Answer, ProviderFailure> {
    let mut request = session.api.http.client().request(method, url).bearer_auth(session.grant.access_token.expose());
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = session.api.http.send(request.build().map_err(ProviderFailure::Unreachable)?).await?;
    if answer.status.is_success() { Ok(answer) } else { Err(failure(&answer)) }
}

/// What is in an answer.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ProviderFailure> {
    let read = serde_json::from_slice(&answer.body).ok().filter(|_| answer.status.is_success());
    read.ok_or_else(|| failure(answer))
}

/// Google's errors, as far as they are read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Failed {
    error: Error,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Error {
    errors: Vec<Reason>,
    status: Option<String>,
}

#[derive(Deserialize)]
struct Reason {
    reason: String,
}

fn failure(answer: &Answer) -> ProviderFailure {
    let status = answer.status.as_u16();
    let Failed { error } = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reason = error.errors.into_iter().next().map(|error| error.reason).or(error.status);
    let error = reason
        .and_then(|reason| ProviderErrorCode::parse(&reason))
        .or_else(|| ProviderErrorCode::of_body(&answer.body));
    match (status, &error) {
        (401, _) => ProviderFailure::TokenRefused { status, error },
        (403, Some(reason)) if LATER.contains(&reason.as_str()) => {
            ProviderFailure::Busy { status, error, retry_after: None }
        }
        _ => ProviderFailure::Answered { status, error },
    }
}
