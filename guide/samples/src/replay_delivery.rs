//! A delivery that Core hands on in the provider's place.

use connectors_client::{Error, ReceiptStatus, Tenant};
use connectors_examples::recorded;

use crate::{BoxError, Stage};

// ANCHOR: replay
/// Hands on a delivery that was kept while the service was away. Core vouches for it, so it needs no signature.
pub async fn replay(
    tenant: &Tenant,
    event: &str,
    delivery: &str,
    body: &[u8],
) -> Result<ReceiptStatus, Error> {
    let receipt = tenant
        .ingest_webhook("github", body)
        .header("X-GitHub-Event", event)
        .header("X-GitHub-Delivery", delivery)
        .send()
        .await?;
    Ok(receipt.status)
}
// ANCHOR_END: replay

/// Runs it.
///
/// # Errors
/// If a call fails.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let (tenant, _) = stage.connected().await?;
    let delivery =
        recorded::github().into_iter().find(|delivery| delivery.name == "issues.opened");
    let delivery = delivery.ok_or("no recorded issue")?;
    for _ in 0..2 {
        let id = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
        let receipt = replay(&tenant, delivery.event, id, delivery.body).await?;
        let signals = tenant.signals().page().await?.items.len();
        stage.show(format_args!("{}; signals stored: {signals}", receipt.as_str()));
    }
    Ok(())
}
