//! Answers on their way out.

use http_body_util::Full;
use hyper::{
    Response,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde::Serialize;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    /// A JSON answer.
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        Self::new(status, Some("application/json"), serde_json::to_vec(body).expect("the answer is JSON"))
    }

    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self::new(status, None, Bytes::new())
    }

    /// An answer with this body.
    pub(crate) fn new(status: u16, content_type: Option<&'static str>, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: body.into() }
    }

    /// With one more header.
    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl From<Answer> for Response<Full<Bytes>> {
    fn from(answer: Answer) -> Self {
        let mut response = Self::new(Full::new(answer.body));
        *response.status_mut() = answer.status.try_into().expect("the answer has a status of HTTP's");
        let content_type =
            answer.content_type.map(|content_type| (CONTENT_TYPE, HeaderValue::from_static(content_type)));
        let headers = answer.headers.into_iter().map(|(name, value)| {
            let value = value.try_into().expect("the answer's headers are ones of HTTP's");
            (HeaderName::from_static(name), value)
        });
        response.headers_mut().extend(content_type.into_iter().chain(headers));
        response
    }
}
