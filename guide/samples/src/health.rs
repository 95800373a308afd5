//! Is it there, and is it ready?

use connectors_client::{Connectors, Error};

use crate::{BoxError, Stage};

// ANCHOR: ready
/// What Core's own readiness says of the Connectors Service.
pub async fn is_ready(connectors: &Connectors) -> Result<bool, Error> {
    Ok(connectors.readiness().await?.checks.database == "ok")
}
// ANCHOR_END: ready

/// Runs it.
///
/// # Errors
/// If a call fails.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let connectors = &stage.connectors;
    let (service, alive, ready) =
        (connectors.service_info().await?.service, connectors.health().await?.status, is_ready(connectors).await?);
    stage.show(format_args!("{service} is {alive}, ready: {ready}"));
    Ok(())
}
