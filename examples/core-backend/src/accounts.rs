//! Step 4: connected accounts.

use connectors_client::{Connection, ConnectionId, ConnectionStatus, Error, ErrorCode};
use serde::Serialize;

use crate::{Core, link, session::TenantMember};

// ANCHOR: list
/// An account as the page shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// The connection's id.
    pub id: ConnectionId,
    /// The provider's slug.
    pub provider: String,
    /// The account's name at the provider.
    pub name: String,
    /// Its page there.
    pub url: Option<String>,
    /// Whether the provider takes its tokens no longer.
    pub must_reconnect: bool,
    /// Who connected it, as far as Core knows.
    pub connected_by: Option<&'static str>,
}

/// All accounts of the tenant.
///
/// # Errors
/// If the service does not answer.
pub async fn list(core: &Core, member: &TenantMember) -> Result<Vec<Account>, Error> {
    let mut accounts = Vec::new();
    let mut connections = member.tenant.connections().stream();
    while let Some(connection) = connections.try_next().await? {
        accounts.push(shown(core, connection));
    }
    Ok(accounts)
}

fn shown(core: &Core, connection: Connection) -> Account {
    Account {
        id: connection.id,
        must_reconnect: connection.status != ConnectionStatus::Active,
        connected_by: core.who_connected(connection.id),
        provider: connection.provider,
        name: connection.external_account.name,
        url: connection.external_account.url.filter(|url| link::is_web(url)),
    }
}
// ANCHOR_END: list

// ANCHOR: disconnect
/// Disconnects an account; it is also fine if it is gone already.
///
/// # Errors
/// If the service does not answer.
pub async fn disconnect(core: &Core, member: &TenantMember, id: ConnectionId) -> Result<(), Error> {
    match member.tenant.delete_connection(id).await {
        Ok(()) => core.disconnected(id),
        // Or it is another tenant's, of which Core's records stay as they are.
        Err(error) if error.code() == Some(&ErrorCode::ConnectionNotFound) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
// ANCHOR_END: disconnect
