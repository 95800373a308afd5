//! Problems (RFC 9457), worded as the service words them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Answer;
use crate::{contract::CONTRACT, suggest::hint};

/// A problem that waits for the request's id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem(Box<Content>);

#[derive(Debug, Clone, PartialEq)]
struct Content {
    code: &'static str,
    message: Option<String>,
    details: Option<Map<String, Value>>,
    retry_after: Option<u64>,
    header: Option<(&'static str, String)>,
}

impl Problem {
    /// A problem whose message is the code's title.
    pub(crate) fn new(code: &'static str) -> Self {
        Self(Box::new(Content { code, message: None, details: None, retry_after: None, header: None }))
    }

    /// What went wrong this time.
    pub(crate) fn message(mut self, message: impl Into<String>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    /// More about the problem.
    pub(crate) fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.details.get_or_insert_default().insert(name.to_owned(), value.into());
        self
    }

    /// After how many seconds to try again.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// A header that comes with it.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.header = Some((name, value.into()));
        self
    }

    /// Malformed fields, each with what is wrong.
    pub(crate) fn invalid(fields: BTreeMap<String, String>) -> Self {
        let message: Vec<_> = fields.iter().map(|(field, problem)| format!("`{field}` {problem}")).collect();
        let problem = Self::new("VALIDATION_FAILED").message(message.join("; "));
        fields.into_iter().fold(problem, |problem, (field, text)| problem.detail(&field, text))
    }

    /// One malformed field.
    pub(crate) fn invalid_field(field: &str, problem: &str) -> Self {
        Self::invalid([(field.to_owned(), problem.to_owned())].into())
    }

    /// No provider has this slug.
    pub(crate) fn no_such_provider<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        Self::new("PROVIDER_NOT_SUPPORTED").message(format!("No such provider{}", hint(name, known)))
    }

    /// Which problem it is.
    pub(crate) fn code(&self) -> &'static str {
        self.0.code
    }

    /// The provider that it is about.
    pub(crate) fn provider(&self) -> Option<&str> {
        self.0.details.as_ref()?.get("provider")?.as_str()
    }

    /// The answer to the request with this id.
    pub(crate) fn render(self, trace_id: &str) -> Answer {
        /// The order of fields is the order on the wire.
        #[derive(Serialize)]
        struct ApiError<'a> {
            r#type: String,
            title: &'a str,
            status: u16,
            code: &'a str,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            details: Option<Map<String, Value>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            retry_after: Option<u64>,
            trace_id: &'a str,
        }

        let content = *self.0;
        let kind = CONTRACT.problem(content.code);
        let body = ApiError {
            r#type: format!("/docs/errors#{}", content.code),
            title: &kind.title,
            status: kind.status,
            code: content.code,
            message: content.message.as_deref().unwrap_or(&kind.title),
            details: content.details,
            retry_after: content.retry_after,
            trace_id,
        };
        let body = serde_json::to_vec(&body).expect("a problem is JSON");
        let mut answer = Answer::new(kind.status, Some("application/problem+json"), body);
        answer.headers.extend(content.retry_after.map(|seconds| ("retry-after", seconds.to_string())));
        answer.headers.extend(content.header);
        answer
    }
}
