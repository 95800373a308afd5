//! A connection by its id.

use connectors_client::{ConnectionId, Error, ErrorCode, Tenant};

use crate::{BoxError, Stage};

// ANCHOR: one
/// The account's name at the provider; nothing if it was disconnected.
pub async fn account(tenant: &Tenant, id: ConnectionId) -> Result<Option<String>, Error> {
    match tenant.connection(id).await {
        Ok(connection) => Ok(Some(connection.external_account.name)),
        Err(error) if error.code() == Some(&ErrorCode::ConnectionNotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
// ANCHOR_END: one

/// Runs it.
///
/// # Errors
/// If a call fails.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let (tenant, connection) = stage.connected().await?;
    stage.show(format_args!("connected: {:?}", account(&tenant, connection.id).await?));
    tenant.delete_connection(connection.id).await?;
    stage.show(format_args!("disconnected: {:?}", account(&tenant, connection.id).await?));
    Ok(())
}
