//! Listing, showing and deleting connections.

use super::{Error, Page, Service, complete::token_context};
use crate::{
    crypto::same,
    model::{Connection, ConnectionId, Secret, TenantId},
    provider::Grant,
    store::{ConnectionFilter, ConnectionPosition, DeletedConnection},
};

impl Service {
    /// A page of the tenant's connections, oldest first.
    ///
    /// # Errors
    /// If the store does.
    pub async fn connections(
        &self,
        tenant: TenantId,
        filter: &ConnectionFilter,
        after: Option<ConnectionPosition>,
        limit: u32,
    ) -> Result<Page<Connection, ConnectionPosition>, Error> {
        let (items, more) = self.store.tenant(tenant).connections(filter, after, limit).await?;
        let last = items.last().filter(|_| more);
        let next = last.map(|row| ConnectionPosition { created_at: row.created_at, id: row.id.0 });
        Ok(Page { items, next })
    }

    /// One of the tenant's connections.
    ///
    /// # Errors
    /// `ConnectionNotFound`, for another tenant's too.
    pub async fn connection(&self, tenant: TenantId, id: ConnectionId) -> Result<Connection, Error> {
        self.store.tenant(tenant).connection(id).await?.ok_or(Error::ConnectionNotFound)
    }

    /// Deletes a connection and its tokens, and makes the tokens useless at the provider if nothing else uses them.
    ///
    /// # Errors
    /// `ConnectionNotFound`, for another tenant's too. That the provider fails is no error: it is logged.
    pub async fn delete_connection(&self, tenant: TenantId, id: ConnectionId) -> Result<(), Error> {
        let deleted = self.store.tenant(tenant).delete_connection(id, self.clock.now()).await?;
        let deleted = deleted.ok_or(Error::ConnectionNotFound)?;
        tracing::info!(provider = deleted.provider, tenant_id = %tenant, connection_id = %id, "disconnected");
        let service = self.clone();
        // The caller may hang up; the tokens are gone from the database, so this is the only chance to revoke them.
        tokio::spawn(async move {
            if let Err(error) = service.revoke(tenant, id, &deleted).await {
                tracing::warn!(
                    provider = deleted.provider,
                    tenant_id = %tenant,
                    connection_id = %id,
                    error = &error as &dyn std::error::Error,
                    "the token of a deleted connection could not be revoked at the provider"
                );
            }
        })
        .await?;
        Ok(())
    }

    async fn revoke(&self, tenant: TenantId, id: ConnectionId, deleted: &DeletedConnection) -> Result<(), Error> {
        let (provider, config) = self.provider(&deleted.provider)?;
        let (Some(app), Some(sealed)) = (&config.app, &deleted.sealed_tokens) else { return Ok(()) };
        let token = self.access_token(tenant, id, sealed)?;
        for (tenant, id) in self.store.connected(&deleted.provider, &deleted.account).await? {
            let Some(sealed) = self.store.sealed_tokens(tenant, id).await? else { continue };
            if same(self.access_token(tenant, id, &sealed)?.expose().as_bytes(), token.expose().as_bytes()) {
                return Ok(());
            }
        }
        let provider_name = provider.descriptor().name;
        let revoked = provider.revoke_token(&self.http, &config, app, &token).await;
        revoked.map_err(|failure| Error::Provider { provider: provider_name, failure })
    }

    fn access_token(&self, tenant: TenantId, id: ConnectionId, sealed: &[u8]) -> Result<Secret, Error> {
        let json = self.config.vault.open(sealed, &token_context(tenant, id))?;
        Ok(Grant::from_json(&json)?.0.access_token)
    }
}
