//! The parameters of a request.

use std::collections::HashMap;

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// Parameters by name, from a query or from a body.
pub(super) struct Params(HashMap<String, String>);

impl Params {
    pub(super) fn of_query(query: Option<&str>) -> Self {
        Self::of_form(query.unwrap_or_default().as_bytes())
    }

    /// The parameters of a JSON object, or of a form when the body is not declared as JSON.
    pub(super) fn of_body(headers: &HeaderMap, body: &[u8]) -> Self {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if content_type.is_some_and(|value| value.starts_with("application/json")) {
            Self(serde_json::from_slice(body).unwrap_or_default())
        } else {
            Self::of_form(body)
        }
    }

    pub(super) fn of_form(form: &[u8]) -> Self {
        Self(form_urlencoded::parse(form).into_owned().collect())
    }

    /// The value of a parameter that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
