//! The generated client.

use crate::{BoxError, lower};

/// The client's text.
pub(crate) fn generate(document: &str) -> Result<String, BoxError> {
    let _ = lower::lower(document)?;
    Err("the client's generator is under construction".into())
}
