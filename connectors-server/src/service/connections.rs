//! Listing, showing and deleting connections.

use tokio::task::JoinHandle;

use super::{Error, Page, Service, complete::token_context};
use crate::{
    crypto::same,
    error_chain::Chain,
    model::{Connection, ConnectionId, Secret, TenantId, Timestamp},
    provider::{self, Descriptor, Grant, Revocation, SHARED_GRANT},
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
        self.spawn(async move { service.end_at_provider(tenant, id, deleted).await }).await?;
        Ok(())
    }

    /// Ends at the provider what a deleted connection had there: what was subscribed for it, then its tokens. What fails is logged.
    async fn end_at_provider(&self, tenant: TenantId, id: ConnectionId, deleted: DeletedConnection) {
        let DeletedConnection { provider, account, sealed_tokens: Some(sealed), .. } = &deleted else { return };
        let ended = match self.unsubscribe_all(tenant, id, &deleted, sealed).await {
            Ok(refreshed) => {
                self.revoke(tenant, id, provider, &account.id, refreshed.as_deref().unwrap_or(sealed)).await
            }
            Err(error) => {
                tracing::warn!(
                    provider,
                    tenant_id = %tenant,
                    connection_id = %id,
                    error = %Chain(&error),
                    "webhooks that are not used any more could not be ended at the provider; they run out by themselves"
                );
                self.revoke(tenant, id, provider, &account.id, sealed).await
            }
        };
        if let Err(error) = ended {
            not_revoked(tenant, id, provider, &error);
        }
    }

    /// Makes a token useless at the provider, unless another connection uses it. What fails is logged. The caller may hang up
    /// or not wait: the token is gone from the database, so this is the only chance.
    pub(super) fn revoke_in_background(
        &self,
        tenant: TenantId,
        id: ConnectionId,
        provider: &str,
        account: &str,
        sealed: Vec<u8>,
    ) -> JoinHandle<()> {
        let (service, provider, account) = (self.clone(), provider.to_owned(), account.to_owned());
        self.spawn(async move {
            if let Err(error) = service.revoke(tenant, id, &provider, &account, &sealed).await {
                not_revoked(tenant, id, &provider, &error);
            }
        })
    }

    async fn revoke(
        &self,
        tenant: TenantId,
        id: ConnectionId,
        provider: &str,
        account: &str,
        sealed: &[u8],
    ) -> Result<(), Error> {
        let (provider, config) = self.provider(provider)?;
        let name = provider.descriptor().name;
        let Some(app) = &config.app else { return Ok(()) };
        let grant = self.opened(tenant, id, sealed)?.0;
        for (tenant, id) in self.sharing(provider.descriptor(), id, account).await? {
            if provider.descriptor().revocation == Revocation::WithLastConnection {
                return Ok(());
            }
            let Some(sealed) = self.store.tenant(tenant).sealed_tokens(id).await? else { continue };
            if same_token(&self.opened(tenant, id, &sealed)?.0.access_token, &grant.access_token) {
                return Ok(());
            }
        }
        let revoked = provider.revoke_token(self.api(&config, app), &grant).await;
        revoked.map_err(|failure| Error::Provider { provider: name, failure })
    }

    /// The connections of any tenant to an account, and those to providers of the same family that share the grant of this
    /// connection, which may be deleted by now.
    async fn sharing(
        &self,
        of: &Descriptor,
        id: ConnectionId,
        account: &str,
    ) -> Result<Vec<(TenantId, ConnectionId)>, Error> {
        let mut sharing = self.store.connected(of.name, account).await?;
        if of.family.is_some() {
            let names = self.store.names_of(of.name, id).await?;
            for other in provider::descriptors().filter(|other| other.family == of.family) {
                for grant in names.iter().filter(|name| name.starts_with(SHARED_GRANT)) {
                    sharing.extend(self.store.connected(other.name, grant).await?);
                }
            }
        }
        Ok(sharing)
    }

    /// The grant of a connection.
    pub(super) async fn grant_of(&self, tenant: TenantId, id: ConnectionId) -> Result<Option<Grant>, Error> {
        let Some(sealed) = self.store.tenant(tenant).sealed_tokens(id).await? else { return Ok(None) };
        Ok(Some(self.opened(tenant, id, &sealed)?.0))
    }

    /// Sealed tokens in the clear, and when the access token expires.
    pub(super) fn opened(
        &self,
        tenant: TenantId,
        id: ConnectionId,
        sealed: &[u8],
    ) -> Result<(Grant, Option<Timestamp>), Error> {
        Ok(Grant::from_json(&self.config.vault.open(sealed, &token_context(tenant, id))?)?)
    }
}

/// Whether two tokens are the same, compared in constant time.
pub(super) fn same_token(one: &Secret, other: &Secret) -> bool {
    same(one.expose().as_bytes(), other.expose().as_bytes())
}

fn not_revoked(tenant: TenantId, id: ConnectionId, provider: &str, error: &Error) {
    tracing::warn!(
        provider,
        tenant_id = %tenant,
        connection_id = %id,
        error = %Chain(error),
        "a token that is not used any more could not be revoked at the provider"
    );
}
