//! Step 4: connected accounts.

use connectors_client::{ConnectionId, ConnectionStatus, Error, ErrorCode, Tenant};

use crate::{BoxError, Stage};

// ANCHOR: connections
/// A line of the "Connected accounts" list.
#[derive(Debug)]
pub struct Account {
    pub id: ConnectionId,
    pub label: String,
    /// The provider takes our token no longer: show "Reconnect", which is step 2 again.
    pub must_reconnect: bool,
}

/// `GET /api/connectors/connections`
pub async fn connections(tenant: &Tenant) -> Result<Vec<Account>, Error> {
    let mut accounts = Vec::new();
    let mut connections = tenant.connections().stream();
    while let Some(connection) = connections.try_next().await? {
        accounts.push(Account {
            id: connection.id,
            label: format!("{} on {}", connection.external_account.name, connection.provider),
            must_reconnect: connection.status != ConnectionStatus::Active,
        });
    }
    Ok(accounts)
}
// ANCHOR_END: connections

// ANCHOR: disconnect
/// `DELETE /api/connectors/connections/{id}`: also fine if it is gone already.
pub async fn disconnect(tenant: &Tenant, id: ConnectionId) -> Result<(), Error> {
    match tenant.delete_connection(id).await {
        Err(error) if error.code() == Some(&ErrorCode::ConnectionNotFound) => Ok(()),
        result => result,
    }
}
// ANCHOR_END: disconnect

/// Runs it.
///
/// # Errors
/// If a call fails.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let (tenant, connection) = stage.connected().await?;
    for account in connections(&tenant).await? {
        stage.show(format_args!("{}, must reconnect: {}", account.label, account.must_reconnect));
    }
    stage.show(format_args!("one by its id: {}", tenant.connection(connection.id).await?.external_account.name));
    disconnect(&tenant, connection.id).await?;
    disconnect(&tenant, connection.id).await?;
    stage.show(format_args!("after disconnecting: {}", connections(&tenant).await?.len()));
    Ok(())
}
