//! The id under which a request is answered.

use hyper::HeaderMap;

/// The request's own id if it is a usable one, else the trace id of its `traceparent`.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let own = headers.get("x-request-id").and_then(|value| value.to_str().ok()).filter(|value| is_usable(value));
    own.or_else(|| trace_id(headers)).map(str::to_owned)
}

fn is_usable(value: &str) -> bool {
    (1..=128).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// W3C Trace Context: `version-trace_id-parent_id-flags`, in lower-case hex.
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let parts: Vec<&str> = headers.get("traceparent")?.to_str().ok()?.split('-').collect();
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    match parts[..] {
        [version, trace_id, parent_id, _, ..]
            if is_hex(version, 2) && version != "ff" && is_hex(trace_id, 32) && is_hex(parent_id, 16) =>
        {
            Some(trace_id).filter(|id| id.bytes().any(|byte| byte != b'0'))
        }
        _ => None,
    }
}
