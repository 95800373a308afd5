//! Webhooks that are subscribed through a provider's API: made, renewed, and ended with their last connection.

use std::sync::Arc;

use super::{Call, FIRST_WAIT, Setback};
use crate::{
    crypto::VaultError,
    error_chain::Chain,
    model::{Connection, ConnectionId, Secret, TenantId},
    provider::{Grant, Session, SubscribeRequest, Subscription},
    service::{Error, Service, complete::token_context},
    store::{DeletedConnection, Due, Outcome, StoreError, SubscriptionRow},
};

impl Service {
    pub(super) async fn subscribe(&self, due: &Due, call: &Call<'_>, connection: &Connection) -> Result<(), Setback> {
        let Some(subscriber) = call.provider.subscriber() else {
            return self.settle(due, Outcome::Done(None)).await;
        };
        let Some(public_url) = &self.config.public_url else {
            return self.not_yet(due, "its webhooks can't be subscribed without POBLYSH_PUBLIC_URL").await;
        };
        let path = format!("webhooks/{}", due.provider);
        let webhook_url = public_url.join(&path).unwrap_or_else(|_| unreachable!("it is a relative path"));
        let rows = self.store.tenant(due.tenant).subscriptions(due.connection).await?;
        let held = self.opened_subscriptions(due.tenant, due.connection, &rows).map_err(Error::from)?;
        let held = Arc::new(held);
        let made = self
            .called(call, connection, |session| {
                let (held, webhook_url) = (Arc::clone(&held), webhook_url.clone());
                Box::pin(async move {
                    let request = SubscribeRequest { webhook_url: &webhook_url, held: &held };
                    subscriber.subscribe(session, &request).await
                })
            })
            .await?;
        if made.is_empty() && held.is_empty() {
            return self
                .not_yet(due, "there is nothing at the provider that its webhooks could be subscribed for")
                .await;
        }
        let context = subscription_context(due.tenant, due.connection);
        let rows: Vec<SubscriptionRow> = made
            .iter()
            .map(|made| SubscriptionRow {
                id: made.id.clone(),
                resource: made.resource.clone(),
                sealed_secret: made
                    .secret
                    .as_ref()
                    .map(|secret| self.config.vault.seal(secret.expose().as_bytes(), &context)),
                expires_at: made.expires_at,
            })
            .collect();
        let names: Vec<String> = made.iter().map(|made| Subscription::name(&made.id)).collect();
        let first = made.iter().filter_map(|made| made.expires_at).min();
        let now = self.clock.now();
        // One that would be due at once is made again in a moment at the earliest, whatever the provider says.
        let next = first.map(|at| at.before(subscriber.margin()).max(now.after(FIRST_WAIT)));
        let saved =
            self.store.tenant(due.tenant).save_subscriptions(due, &rows, &names, Outcome::Done(next), now).await?;
        if !saved {
            return Err(Setback::Over);
        }
        tracing::info!(provider = due.provider, connection_id = %due.connection, count = made.len(), "webhooks subscribed");
        for outdated in held.iter().filter(|held| made.iter().all(|made| made.id != held.id)) {
            if self.is_held_by_another(&due.provider, due.connection, outdated).await? {
                continue;
            }
            let outdated = outdated.clone();
            let ended = self
                .called(call, connection, |session| {
                    let outdated = outdated.clone();
                    Box::pin(async move { subscriber.unsubscribe(session, &outdated).await })
                })
                .await;
            if let Err(Setback::Later { error: Some(error), .. }) = ended {
                tracing::warn!(provider = due.provider, error = %Chain(&error), "an outdated webhook is left to run out");
            }
        }
        Ok(())
    }

    /// Ends what was subscribed for a deleted connection. Sealed again: the tokens, if they had to be refreshed for that.
    pub(in crate::service) async fn unsubscribe_all(
        &self,
        tenant: TenantId,
        id: ConnectionId,
        deleted: &DeletedConnection,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, Error> {
        let (provider, config) = self.provider(&deleted.provider)?;
        let (Some(subscriber), Some(app)) = (provider.subscriber(), &config.app) else { return Ok(None) };
        if deleted.subscriptions.is_empty() {
            return Ok(None);
        }
        let api = self.api(&config, app);
        let failed = |failure| Error::Provider { provider: provider.descriptor().name, failure };
        let (mut grant, expires_at) = self.opened(tenant, id, sealed)?;
        let now = self.clock.now();
        let mut refreshed = None;
        if let Some(refresh_token) = grant.refresh_token.clone().filter(|_| expires_at.is_some_and(|at| at <= now)) {
            let new = provider.refresh(api, &grant, &refresh_token).await.map_err(failed)?;
            grant = Grant {
                refresh_token: new.refresh_token.or(grant.refresh_token),
                extra: grant.extra.into_iter().chain(new.extra).collect(),
                ..new
            };
            refreshed = Some(self.config.vault.seal(&grant.to_json(now), &token_context(tenant, id)));
        }
        let session =
            Session { api, grant: &grant, connection: id, account: &deleted.account, metadata: &deleted.metadata, now };
        for subscription in self.opened_subscriptions(tenant, id, &deleted.subscriptions)? {
            if self.is_held_by_another(&deleted.provider, id, &subscription).await? {
                continue;
            }
            if let Err(failure) = subscriber.unsubscribe(&session, &subscription).await {
                let error = failed(failure);
                tracing::warn!(
                    provider = deleted.provider,
                    tenant_id = %tenant,
                    connection_id = %id,
                    error = %Chain(&error),
                    "a webhook that is not used any more is left to run out"
                );
            }
        }
        Ok(refreshed)
    }

    /// Whether another connection, of any tenant, lives on the subscription too: providers that know an app and a user alone have one
    /// for all of them.
    async fn is_held_by_another(
        &self,
        provider: &str,
        connection: ConnectionId,
        subscription: &Subscription,
    ) -> Result<bool, StoreError> {
        let holders = self.store.connected(provider, &Subscription::name(&subscription.id)).await?;
        Ok(holders.iter().any(|(_, holder)| *holder != connection))
    }

    pub(in crate::service) fn opened_subscriptions(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        rows: &[SubscriptionRow],
    ) -> Result<Vec<Subscription>, VaultError> {
        let context = subscription_context(tenant, connection);
        rows.iter()
            .map(|row| {
                let secret =
                    row.sealed_secret.as_ref().map(|sealed| self.config.vault.open(sealed, &context)).transpose()?;
                Ok(Subscription {
                    id: row.id.clone(),
                    resource: row.resource.clone(),
                    secret: secret.map(|secret| Secret::new(String::from_utf8_lossy(&secret))),
                    expires_at: row.expires_at,
                })
            })
            .collect()
    }
}

/// Binds a subscription's sealed secret to its connection.
fn subscription_context(tenant: TenantId, connection: ConnectionId) -> Vec<u8> {
    [b"subscription\0", &tenant.0.as_bytes()[..], connection.0.as_bytes()].concat()
}
