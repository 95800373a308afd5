//! The account index: which tenants have connected an account. It is global, since an app's deliveries name no tenant.

use sqlx::Row;

use super::{Store, StoreError};
use crate::model::{ConnectionId, TenantId};

impl Store {
    /// The tenants that have connected an account, with their connections.
    ///
    /// # Errors
    /// If the database does.
    pub async fn connected(&self, provider: &str, account: &str) -> Result<Vec<(TenantId, ConnectionId)>, StoreError> {
        let rows = sqlx::query(
            "SELECT tenant_id, connection_id FROM account_index WHERE provider_slug = $1 AND account_id = $2 \
             ORDER BY tenant_id, connection_id",
        )
        .bind(provider)
        .bind(account)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(|row| Ok((TenantId(row.try_get(0)?), ConnectionId(row.try_get(1)?)))).collect()
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
        let row = sqlx::query(
            "SELECT tenant_id, account_id FROM account_index WHERE connection_id = $1 AND provider_slug = $2",
        )
        .bind(connection.0)
        .bind(provider)
        .fetch_optional(&self.reader)
        .await?;
        row.map(|row| Ok((TenantId(row.try_get(0)?), row.try_get(1)?))).transpose()
    }

    /// The sealed tokens of a connection.
    ///
    /// # Errors
    /// If the database does.
    pub async fn sealed_tokens(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let statement = "SELECT sealed FROM connection_tokens WHERE tenant_id = $1 AND connection_id = $2";
        Ok(sqlx::query_scalar(statement).bind(tenant.0).bind(connection.0).fetch_optional(&self.reader).await?)
    }
}
