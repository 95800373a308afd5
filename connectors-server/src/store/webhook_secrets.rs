//! Secrets of tenants' webhooks that their providers have handed over.

use super::{StoreError, TenantStore, database::Statement};
use crate::model::Timestamp;

/// The most secrets of a tenant's webhooks at one provider: a delivery is held against each of them.
const MOST: i64 = 50;

impl TenantStore<'_> {
    /// Keeps a secret under its key, as the newest. Returns how many older ones were dropped for it.
    ///
    /// # Errors
    /// If the database does; then nothing changed.
    pub async fn keep_webhook_secret(
        &self,
        provider: &str,
        key: &[u8; 32],
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.database.begin().await?;
        let keep = Statement::new(
            "INSERT INTO webhook_secrets (tenant_id, provider_slug, key, sealed, created_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (tenant_id, provider_slug, key) DO UPDATE SET sealed = excluded.sealed, created_at = excluded.created_at",
        );
        transaction.write(keep.bind(self.tenant.0).bind(provider).bind(&key[..]).bind(sealed).bind(now)).await?;
        let drop = Statement::new(
            "DELETE FROM webhook_secrets WHERE tenant_id = $1 AND provider_slug = $2 AND key NOT IN (SELECT key \
             FROM webhook_secrets WHERE tenant_id = $1 AND provider_slug = $2 ORDER BY created_at DESC, key LIMIT $3)",
        );
        let dropped = transaction.write(drop.bind(self.tenant.0).bind(provider).bind(MOST)).await?;
        transaction.commit().await?;
        Ok(dropped)
    }

    /// The secrets, sealed, the newest first.
    ///
    /// # Errors
    /// If the database does.
    pub async fn webhook_secrets(&self, provider: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        let statement = Statement::new(
            "SELECT sealed FROM webhook_secrets WHERE tenant_id = $1 AND provider_slug = $2 ORDER BY created_at DESC, key",
        );
        let rows = self.database.read(statement.bind(self.tenant.0).bind(provider)).await?;
        rows.iter().map(|row| row.get(0)).collect()
    }
}
