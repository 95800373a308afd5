//! Step 5: the activity timeline.

use chrono::{DateTime, Utc};
use connectors_client::{ConnectionId, Error, Signal, SignalId, Tenant};
use futures_util::{StreamExt, TryStreamExt};

use crate::{BoxError, Stage};

// ANCHOR: newest
/// The newest issues of one connection.
pub async fn newest_issues(
    tenant: &Tenant,
    connection: ConnectionId,
) -> Result<Vec<Signal>, Error> {
    let signals =
        tenant.signals().provider("github").connection(connection).kind("issue_created");
    Ok(signals.page_size(50).page().await?.items)
}
// ANCHOR_END: newest

// ANCHOR: since
/// Everything since `start`, newest first: pages are fetched as they are needed.
pub async fn since(
    tenant: &Tenant,
    start: DateTime<Utc>,
    at_most: usize,
) -> Result<Vec<Signal>, Error> {
    tenant.signals().occurred(start..).stream().take(at_most).try_collect().await
}
// ANCHOR_END: since

// ANCHOR: one
/// One signal, for a page of its own; it always has its payload.
pub async fn details(tenant: &Tenant, id: SignalId) -> Result<String, Error> {
    let signal = tenant.signal(id).await?;
    let payload = signal.payload.map(|payload| payload.as_str().len());
    Ok(format!("{}, with a payload: {}", signal.title, payload.is_some()))
}
// ANCHOR_END: one

/// Runs it.
///
/// # Errors
/// If a call fails.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let (tenant, connection) = stage.connected().await?;
    stage.github_delivers().await?;
    for signal in newest_issues(&tenant, connection.id).await? {
        stage.show(format_args!(
            "{} {}",
            signal.occurred_at.format("%Y-%m-%d %H:%M"),
            signal.title
        ));
        stage.show(details(&tenant, signal.id).await?);
    }
    for signal in since(&tenant, DateTime::UNIX_EPOCH, 5).await? {
        stage.show(format_args!("{:<22} {}", signal.kind.as_str(), signal.title));
    }
    Ok(())
}
