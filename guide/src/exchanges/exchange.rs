//! A request and its response, as text.

use std::fmt::Write;

use serde_json::Deserializer;

use crate::BoxError;

/// A request as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// All but `Host` and `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// Empty if there is none.
    pub body: String,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// All but those that the connection needs.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: String,
}

/// A request, and the response if the guide shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The file's name.
    pub name: String,
    /// What is asked.
    pub request: Request,
    /// What is answered.
    pub response: Response,
    /// Whether the guide shows the response; not if it is long.
    pub shown: bool,
}

impl Exchange {
    /// The text of its file: the request byte for byte, since it may be signed, the response's JSON with line breaks.
    ///
    /// # Errors
    /// If a body that says it is JSON is none.
    pub fn text(&self) -> Result<String, BoxError> {
        let Request { method, target, headers, body } = &self.request;
        let mut text = String::from("# ANCHOR: request\n");
        writeln!(text, "{method} {target} HTTP/1.1\nHost: connectors.internal")?;
        push(&mut text, headers, body)?;
        text.push_str("# ANCHOR_END: request\n");
        if self.shown {
            let Response { status, headers, body } = &self.response;
            let reason = http::StatusCode::from_u16(*status)?.canonical_reason().unwrap_or_default();
            writeln!(text, "# ANCHOR: response\nHTTP/1.1 {status} {reason}")?;
            let body = if body.is_empty() { String::new() } else { pretty(body)? };
            push(&mut text, headers, &body)?;
            text.push_str("# ANCHOR_END: response\n");
        }
        Ok(text)
    }
}

fn push(text: &mut String, headers: &[(String, String)], body: &str) -> Result<(), BoxError> {
    for (name, value) in headers {
        writeln!(text, "{name}: {value}")?;
    }
    if !body.is_empty() {
        writeln!(text, "\n{body}")?;
    }
    Ok(())
}

/// JSON with line breaks, its fields in the order in which they came.
fn pretty(body: &str) -> Result<String, BoxError> {
    let mut pretty = Vec::new();
    serde_transcode::transcode(&mut Deserializer::from_str(body), &mut serde_json::Serializer::pretty(&mut pretty))?;
    Ok(String::from_utf8(pretty)?)
}
