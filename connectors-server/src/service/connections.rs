//! Listing, showing and deleting connections.

use tokio::task::JoinHandle;

use super::{Error, Page, Service, complete::token_context};
use crate::{
    crypto::same,
    error_chain::Chain,
    model::{Connection, ConnectionId, TenantId},
    provider::{self, Descriptor, Grant, Revocation, SHARED_GRANT},
    store::{ConnectionFilter, ConnectionPosition},
};

/// An account whose token is not needed any more.
pub(super) struct Called {
    pub(super) provider: String,
    pub(super) account: String,
    /// All that it is called.
    pub(super) names: Vec<String>,
}

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
        let connection = self.connection(tenant, id).await?;
        let owner = self.store.connection_owner(&connection.provider, id).await?;
        let deleted = self.store.tenant(tenant).delete_connection(id, self.clock.now()).await?;
        let deleted = deleted.ok_or(Error::ConnectionNotFound)?;
        tracing::info!(provider = deleted.provider, tenant_id = %tenant, connection_id = %id, "disconnected");
        if let Some(sealed) = deleted.sealed_tokens {
            let names = owner.map(|(_, names)| names).unwrap_or_default();
            let account = Called { provider: deleted.provider, account: deleted.account, names };
            let revoked = self.revoke_in_background(tenant, id, account, sealed);
            revoked.await?;
        }
        Ok(())
    }

    /// Makes a token useless at the provider, unless another connection uses it. What fails is logged. The caller may hang up
    /// or not wait: the token is gone from the database, so this is the only chance.
    pub(super) fn revoke_in_background(
        &self,
        tenant: TenantId,
        id: ConnectionId,
        of: Called,
        sealed: Vec<u8>,
    ) -> JoinHandle<()> {
        let service = self.clone();
        self.spawn(async move {
            if let Err(error) = service.revoke(tenant, id, &of, &sealed).await {
                tracing::warn!(
                    provider = of.provider,
                    tenant_id = %tenant,
                    connection_id = %id,
                    error = %Chain(&error),
                    "a token that is not used any more could not be revoked at the provider"
                );
            }
        })
    }

    async fn revoke(&self, tenant: TenantId, id: ConnectionId, of: &Called, sealed: &[u8]) -> Result<(), Error> {
        let (provider, config) = self.provider(&of.provider)?;
        let name = provider.descriptor().name;
        let Some(app) = &config.app else { return Ok(()) };
        let grant = self.opened(tenant, id, sealed)?;
        let token = grant.access_token.expose().as_bytes();
        for (tenant, id) in self.sharing(provider.descriptor(), of).await? {
            if provider.descriptor().revocation == Revocation::WithLastConnection {
                return Ok(());
            }
            let Some(sealed) = self.store.tenant(tenant).sealed_tokens(id).await? else { continue };
            if same(self.opened(tenant, id, &sealed)?.access_token.expose().as_bytes(), token) {
                return Ok(());
            }
        }
        let revoked = provider.revoke(&self.http, &config, app, &grant).await;
        revoked.map_err(|failure| Error::Provider { provider: name, failure })
    }

    /// The connections of any tenant to the account, and those to providers of the same family that share its grant.
    async fn sharing(&self, of: &Descriptor, called: &Called) -> Result<Vec<(TenantId, ConnectionId)>, Error> {
        let mut sharing = self.store.connected(of.name, &called.account).await?;
        for other in provider::descriptors().filter(|other| other.family.is_some() && other.family == of.family) {
            for grant in called.names.iter().filter(|name| name.starts_with(SHARED_GRANT)) {
                sharing.extend(self.store.connected(other.name, grant).await?);
            }
        }
        Ok(sharing)
    }

    /// The grant of a connection.
    pub(super) async fn grant_of(&self, tenant: TenantId, id: ConnectionId) -> Result<Option<Grant>, Error> {
        let Some(sealed) = self.store.tenant(tenant).sealed_tokens(id).await? else { return Ok(None) };
        self.opened(tenant, id, &sealed).map(Some)
    }

    fn opened(&self, tenant: TenantId, id: ConnectionId, sealed: &[u8]) -> Result<Grant, Error> {
        let json = self.config.vault.open(sealed, &token_context(tenant, id))?;
        Ok(Grant::from_json(&json)?.0)
    }
}
