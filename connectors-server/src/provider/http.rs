//! How the service calls providers.

use std::{fmt, sync::Arc, time::Duration};

use http::StatusCode;
use reqwest::{Client, redirect};

use super::keys::KeySets;

use crate::failpoint::mortal;

/// The longest answer that is read from a provider, in bytes.
const MAX_ANSWER: usize = 1 << 20;

/// The longest one where a page of what people wrote is read.
const MAX_LONG_ANSWER: usize = 16 << 20;

/// Why a provider did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderFailure {
    /// It refuses the code or token that it was given; asking again is of no use.
    #[error("the provider refuses the code: {error}")]
    Refused {
        /// The provider's error code.
        error: ProviderErrorCode,
    },
    /// It answered with an error, or with something that is no answer.
    #[error("the provider answered {status} with {}", error.as_ref().map_or("no answer to what was asked", ProviderErrorCode::as_str))]
    Answered {
        /// The HTTP status.
        status: u16,
        /// The provider's error code, if it gave one.
        error: Option<ProviderErrorCode>,
    },
    /// It does not take the token any more: the grant was withdrawn.
    #[error("the provider answered {status} and does not take the token any more")]
    TokenRefused {
        /// The HTTP status.
        status: u16,
        /// The provider's error code, if it gave one.
        error: Option<ProviderErrorCode>,
    },
    /// It can't answer now (5xx, 429); it may say how long to wait.
    #[error("the provider answered {status}: it can't do it now")]
    Busy {
        /// The HTTP status.
        status: u16,
        /// The provider's error code, if it gave one.
        error: Option<ProviderErrorCode>,
        /// How long to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// It could not be reached.
    #[error("the provider could not be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It did not answer in time.
    #[error("the provider did not answer in time")]
    Timeout,
}

/// A provider's error code that may stand in an answer and in the log: it looks like a code, not like whatever else a
/// provider may put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderErrorCode(String);

impl ProviderErrorCode {
    /// The text, if it is 1 to 100 of `[A-Za-z0-9_.-]`.
    pub fn parse(text: &str) -> Option<Self> {
        let is_code = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        ((1..=100).contains(&text.len()) && text.bytes().all(is_code)).then(|| Self(text.to_owned()))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The `error` of an OAuth error body.
    pub(super) fn of_body(body: &[u8]) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct Body {
            error: String,
        }
        serde_json::from_slice::<Body>(body).ok().and_then(|body| Self::parse(&body.error))
    }
}

impl fmt::Display for ProviderErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An answer of a provider that is no server error.
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    /// Not the body: it may hold tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

impl Answer {
    /// The failure that this answer is, if it isn't what was expected.
    pub fn failure(&self) -> ProviderFailure {
        ProviderFailure::Answered { status: self.status.as_u16(), error: ProviderErrorCode::of_body(&self.body) }
    }
}

/// The HTTP client for providers: bounded in time and size, never redirected.
#[derive(Debug, Clone)]
pub struct ProviderHttp {
    client: Client,
    keys: Arc<KeySets>,
}

impl ProviderHttp {
    /// A client that waits `timeout` for an answer.
    ///
    /// # Errors
    /// If the machine's TLS can't be set up.
    pub fn new(timeout: Duration) -> reqwest::Result<Self> {
        let client = Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("poblysh-connectors/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, keys: Arc::default() })
    }

    /// The public keys of providers.
    pub fn keys(&self) -> &KeySets {
        &self.keys
    }

    /// The client, to build requests with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a request.
    ///
    /// # Errors
    /// If there is no answer, or one that says that the provider can't answer now (5xx, 429).
    pub async fn send(&self, request: reqwest::Request) -> Result<Answer, ProviderFailure> {
        self.send_within(request, MAX_ANSWER).await
    }

    /// As [`send`](Self::send), for an answer that may be longer.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_long(&self, request: reqwest::Request) -> Result<Answer, ProviderFailure> {
        self.send_within(request, MAX_LONG_ANSWER).await
    }

    async fn send_within(&self, request: reqwest::Request, limit: usize) -> Result<Answer, ProviderFailure> {
        let mut response = mortal(self.client.execute(request)).await.map_err(failure)?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > limit {
                return Err(ProviderFailure::Answered { status: status.as_u16(), error: None });
            }
            body.extend_from_slice(&chunk);
        }
        let answer = Answer { status, headers, body };
        // GitHub answers 403 too when an app has asked for more than it may.
        let is_limited = status == StatusCode::FORBIDDEN && retry_after(&answer.headers).is_some();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || is_limited {
            return Err(ProviderFailure::Busy {
                status: status.as_u16(),
                error: ProviderErrorCode::of_body(&answer.body),
                retry_after: retry_after(&answer.headers),
            });
        }
        Ok(answer)
    }
}

/// How long to wait: the seconds of `Retry-After` (RFC 9110, section 10.2.3), or until `X-RateLimit-Reset`, in seconds since 1970 by
/// the provider's own clock, if nothing of the quota is left.
fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(seconds) = text("retry-after").and_then(|seconds| seconds.parse().ok()) {
        return Some(Duration::from_secs(seconds));
    }
    if text("x-ratelimit-remaining")? != "0" {
        return None;
    }
    let reset: i64 = text("x-ratelimit-reset")?.parse().ok()?;
    let date = chrono::DateTime::parse_from_rfc2822(text("date")?).ok()?.timestamp();
    Some(Duration::from_secs(u64::try_from(reset.saturating_sub(date)).unwrap_or(0)))
}

fn failure(error: reqwest::Error) -> ProviderFailure {
    // The URL of a request may carry secrets, and errors are logged.
    let error = error.without_url();
    if error.is_timeout() { ProviderFailure::Timeout } else { ProviderFailure::Unreachable(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_is_read_as_providers_say_it() {
        let wait = |pairs: &[(&'static str, &str)]| {
            let headers = pairs.iter().map(|(name, value)| {
                (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
            });
            retry_after(&headers.collect()).map(|wait| wait.as_secs())
        };
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait(&[("retry-after", "120")]), Some(120));
        let exhausted = ("x-ratelimit-remaining", "0");
        assert_eq!(wait(&[date, exhausted, ("x-ratelimit-reset", "784111837")]), Some(60));
        assert_eq!(wait(&[date, exhausted, ("x-ratelimit-reset", "784111000")]), Some(0));
        assert_eq!(wait(&[date, ("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "784111837")]), None);
        assert_eq!(wait(&[exhausted, ("x-ratelimit-reset", "784111837")]), None, "by whose clock?");
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]), None);
        assert_eq!(wait(&[]), None);
    }
}
