//! What stands where the service has its documentation, to which its answers lead.

use std::fmt::Write;

use crate::{
    contract::CONTRACT,
    http::Answer,
    provider::{HTML, page_of},
};

/// Whether the service has a page of its documentation at this path.
pub(crate) fn has(path: &str) -> bool {
    path == "/docs/errors" || path.strip_prefix("/docs").is_some_and(|rest| rest.bytes().all(|byte| byte == b'/'))
}

/// The error codes, by which problems lead here.
pub(crate) fn page() -> Answer {
    let mut codes = String::new();
    for kind in CONTRACT.problem_kinds() {
        // Writing to a string can't fail.
        let _ = write!(codes, "<li id=\"{0}\"><code>{0}</code> {1}: {2}</li>", kind.code, kind.status, kind.title);
    }
    let content = format!(
        "<p>The service has its documentation here. In its place, what it may answer with; \
         <a href=\"/openapi.json\">openapi.json</a> says when.</p><ul>{codes}</ul>"
    );
    let page = page_of("The Connectors Service", &content);
    Answer::new(200, Some(HTML), page)
}
