//! Step 1: what can be connected.

use connectors_client::{Connectors, Error};
use serde::Serialize;

// ANCHOR: list
/// An integration as the page shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Integration {
    /// The slug.
    pub provider: String,
    /// The name.
    pub name: String,
}

/// What this deployment can connect.
///
/// # Errors
/// If the service does not answer.
pub async fn list(connectors: &Connectors) -> Result<Vec<Integration>, Error> {
    let providers = connectors.providers().await?.into_iter().filter(|provider| provider.available);
    Ok(providers.map(|provider| Integration { provider: provider.name, name: provider.display_name }).collect())
}
// ANCHOR_END: list
