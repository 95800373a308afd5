//! Is it there, and is it ready?

use connectors_client::{Connectors, Error, ErrorCode};

use crate::{BoxError, Stage};

// ANCHOR: ready
/// What Core's own readiness says of the Connectors Service.
pub async fn is_ready(connectors: &Connectors) -> Result<bool, Error> {
    match connectors.readiness().await {
        Ok(_) => Ok(true),
        // `error.details()` says which check fails.
        Err(error) if error.code() == Some(&ErrorCode::ServiceUnavailable) => Ok(false),
        Err(error) => Err(error),
    }
}
// ANCHOR_END: ready

/// Runs it.
///
/// # Errors
/// If a call fails.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let connectors = &stage.connectors;
    let (service, alive, ready) = (
        connectors.service_info().await?.service,
        connectors.health().await?.status,
        is_ready(connectors).await?,
    );
    stage.show(format_args!("{service} is {alive}, ready: {ready}"));
    Ok(())
}
