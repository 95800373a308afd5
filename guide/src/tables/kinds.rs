//! The signal kinds.

use connectors_server::provider::descriptors;

use super::{document::openapi, markdown};
use crate::BoxError;

pub(super) fn table() -> Result<String, BoxError> {
    let document = openapi()?;
    let kinds = document["components"]["schemas"]["SignalKind"]["x-extensible-enum"].as_array().cloned();
    let rows = kinds.unwrap_or_default().into_iter().map(|kind| {
        let kind = kind.as_str().unwrap_or_default().to_owned();
        let by = descriptors().filter(|provider| provider.signal_kinds.iter().any(|made| made.as_str() == kind));
        let by: Vec<_> = by.map(|provider| format!("`{}`", provider.name)).collect();
        let by = if by.is_empty() { "no provider yet".to_owned() } else { by.join(", ") };
        [format!("`{kind}`"), by]
    });
    Ok(markdown(["kind", "made of events of"], rows))
}
