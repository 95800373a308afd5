//! The error codes.

use connectors_server::http::ErrorCode;

use super::markdown;

pub(super) fn table() -> String {
    let rows = ErrorCode::ALL.iter().map(|code| {
        [
            format!("`{}`", code.as_str()),
            code.status().as_u16().to_string(),
            format!("{}. {}", code.title(), code.explanation()),
        ]
    });
    markdown(["code", "status", "what it means, and what to do"], rows)
}
