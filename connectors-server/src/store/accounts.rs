//! The account index: which tenants have connected an account. It is global, since an app's deliveries name no tenant.

use super::{Store, StoreError, database::Statement};
use crate::model::{ConnectionId, TenantId};

impl Store {
    /// The tenants that have connected an account, with their connections.
    ///
    /// # Errors
    /// If the database does.
    pub async fn connected(&self, provider: &str, account: &str) -> Result<Vec<(TenantId, ConnectionId)>, StoreError> {
        let statement = Statement::new(
            "SELECT tenant_id, connection_id FROM account_index WHERE provider_slug = $1 AND account_id = $2 \
             ORDER BY tenant_id, connection_id",
        );
        let rows = self.database.read(statement.bind(provider).bind(account)).await?;
        rows.iter().map(|row| Ok((TenantId(row.get(0)?), ConnectionId(row.get(1)?)))).collect()
    }

    /// The tenant and the account of a connection.
    ///
    /// # Errors
    /// If the database does.
    pub async fn connection_owner(
        &self,
        provider: &str,
        connection: ConnectionId,
    ) -> Result<Option<(TenantId, String)>, StoreError> {
        let statement = Statement::new(
            "SELECT tenant_id, account_id FROM account_index WHERE connection_id = $1 AND provider_slug = $2",
        );
        let row = self.database.read_one(statement.bind(connection.0).bind(provider)).await?;
        row.map(|row| Ok((TenantId(row.get(0)?), row.get(1)?))).transpose()
    }
}
