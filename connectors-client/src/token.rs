//! The credential of Poblysh Core.

mod environment;
mod file;
mod source;

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

pub use self::{
    file::TokenFile,
    source::{TokenFuture, TokenSource},
};

const SCHEME: &str = "Bearer ";

/// The operator token: what makes the service trust Poblysh Core.
///
/// ```
/// use connectors_client::OperatorToken;
///
/// let token = OperatorToken::new("s3cret");
/// assert_eq!(format!("{token:?}"), "OperatorToken(***)");
/// ```
///
/// It is never printed, it is marked sensitive as a header, and its memory is overwritten when the last copy is dropped. (What
/// the HTTP library writes to the socket passes through buffers that are not.) A frontend never holds one.
#[derive(Clone)]
pub struct OperatorToken {
    /// `Bearer` and the token.
    bearer: Bytes,
    /// The same memory as a header; none if no header can hold the token.
    header: Option<HeaderValue>,
}

impl OperatorToken {
    /// A token. If no header can hold it, the call that would send it fails.
    pub fn new(token: impl Into<String>) -> Self {
        let token = Zeroizing::new(token.into());
        // The exact capacity: a vector that grows leaves a copy behind.
        let mut bearer = Zeroizing::new(Vec::with_capacity(SCHEME.len() + token.len()));
        bearer.extend_from_slice(SCHEME.as_bytes());
        bearer.extend_from_slice(token.as_bytes());
        let bearer = Bytes::from_owner(bearer);
        let is_visible = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        let mut header = HeaderValue::from_maybe_shared(bearer.clone()).ok().filter(|_| is_visible);
        if let Some(header) = &mut header {
            header.set_sensitive(true);
        }
        Self { bearer, header }
    }

    /// `Authorization`; `None` if the token is empty, or has what no header can hold.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        self.header.clone()
    }

    /// The token's text, to take it out of what a stranger has answered.
    pub(crate) fn secret(&self) -> &str {
        std::str::from_utf8(&self.bearer[SCHEME.len()..]).unwrap_or_default()
    }
}

/// Takes as long whatever they have in common.
impl PartialEq for OperatorToken {
    fn eq(&self, other: &Self) -> bool {
        same(&self.bearer, &other.bearer)
    }
}

impl Eq for OperatorToken {}

impl fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorToken(***)")
    }
}

/// Compares without telling by the time it takes how much was right.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |differing, (one, other)| differing | (one ^ other));
    one.len() == other.len() && differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_sensitive_header_and_prints_as_stars() {
        let token = OperatorToken::new("canary");
        let header = token.header().unwrap();
        assert_eq!(header.as_bytes(), b"Bearer canary");
        assert!(header.is_sensitive());
        assert!(!format!("{token:?} {header:?} {:#?}", Some(&token)).contains("canary"));
    }

    #[test]
    fn what_no_header_can_hold_is_no_token() {
        for token in ["", "line\nbreak", "\0", "a b", "ä"] {
            assert!(OperatorToken::new(token).header().is_none(), "{token:?}");
        }
    }
}
