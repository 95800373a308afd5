//! Keeping tokens fresh.
//!
//! Providers whose refresh tokens rotate take the second use of one for theft and end all that came of it. So tokens are refreshed
//! by one replica at a time, under a lease in the database; no lock is held while the provider answers.

use std::time::Duration;

use uuid::Uuid;

use super::{
    Error, Service,
    complete::token_context,
    connections::same_token,
    upkeep::{Call, Setback},
};
use crate::{
    error_chain::Chain,
    model::{ConnectionId, Secret, TenantId, Timestamp},
    provider::{Grant, ProviderFailure},
    store::{StoreError, TokenLease},
};

/// How long one replica keeps the others away. Longer than a provider may take to answer.
const LEASE: Duration = Duration::from_secs(60);

/// How often another replica's outcome is looked for, and for how long.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: u32 = 100;

/// How often saving is tried again. What is not saved is lost: the provider does not take the old refresh token any more.
const SAVES: u32 = 8;

/// How long before they expire tokens are refreshed unasked.
pub(super) const AHEAD: Duration = Duration::from_secs(5 * 60);

/// What is asked of an access token.
#[derive(Debug, Clone, Copy)]
pub(super) enum Need<'a> {
    /// It must last that long.
    Lasting(Duration),
    /// It must be another one: the provider refuses this one.
    OtherThan(&'a Secret),
}

/// Tokens that meet a need.
#[derive(Debug)]
pub(super) struct Fresh {
    pub(super) grant: Grant,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) version: i64,
}

impl Fresh {
    /// When the tokens are to be refreshed, if they can be.
    pub(super) fn due_at(&self, now: Timestamp) -> Option<Timestamp> {
        due_at(&self.grant, self.expires_at, now)
    }
}

/// When tokens are to be refreshed, if they can be: well before they expire, or after half of a short life.
pub(super) fn due_at(grant: &Grant, expires_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let expires_at = expires_at.filter(|_| grant.refresh_token.is_some())?;
    let left = Duration::from_micros(u64::try_from(expires_at.as_micros() - now.as_micros()).unwrap_or(0));
    Some(expires_at.before(AHEAD.min(left / 2)))
}

impl Service {
    /// Refreshes a connection's tokens if they expire soon; until when they are good, or `None` if that is without end. Replicas that
    /// do so at once refresh them once.
    ///
    /// # Errors
    /// `ConnectionNotFound`, also if the connection is stopped; if the provider or the store fails.
    pub async fn keep_fresh(&self, tenant: TenantId, id: ConnectionId) -> Result<Option<Timestamp>, Error> {
        let connection = self.store.tenant(tenant).connection(id).await?.ok_or(Error::ConnectionNotFound)?;
        let (provider, config) = self.provider(&connection.provider)?;
        let name = provider.descriptor().name;
        let app = config.app.as_ref().ok_or(Error::ProviderNotConfigured { provider: name })?;
        let account = &connection.external_account.id;
        let call = Call { tenant, connection: id, account, provider, api: self.api(&config, app) };
        match self.fresh(&call, Need::Lasting(AHEAD)).await {
            Ok(fresh) => Ok(fresh.expires_at),
            Err(Setback::Later { error: Some(error), .. }) => Err(error),
            Err(Setback::Later { error: None, .. }) => {
                Err(Error::Provider { provider: name, failure: ProviderFailure::Timeout })
            }
            Err(Setback::Over) => Err(Error::ConnectionNotFound),
        }
    }

    /// The connection's tokens, refreshed if need be.
    pub(super) async fn fresh(&self, call: &Call<'_>, need: Need<'_>) -> Result<Fresh, Setback> {
        let rows = self.store.tenant(call.tenant);
        for _ in 0..LOOKS {
            let row = rows.tokens(call.connection).await?.ok_or(Setback::Over)?;
            let (grant, expires_at) = self.opened(call.tenant, call.connection, &row.sealed)?;
            let now = self.clock.now();
            let has_expired = expires_at.is_some_and(|at| at <= now);
            let is_met = match need {
                Need::Lasting(duration) => expires_at.is_none_or(|at| at > now.after(duration)),
                Need::OtherThan(refused) => !has_expired && !same_token(&grant.access_token, refused),
            };
            let Some(refresh_token) = grant.refresh_token.clone() else {
                if is_met || (matches!(need, Need::Lasting(_)) && !has_expired) {
                    return Ok(Fresh { grant, expires_at, version: row.version });
                }
                let why = "the access token is not good any more, and there is no refresh token; connect again";
                return Err(self.stop(call, row.version, why).await?);
            };
            if is_met {
                return Ok(Fresh { grant, expires_at, version: row.version });
            }
            let lease = TokenLease { connection: call.connection, version: row.version, id: Uuid::new_v4() };
            if !rows.lease_tokens(lease, now, now.after(LEASE)).await? {
                tokio::time::sleep(LOOK).await;
                continue;
            }
            if let Some(fresh) = self.refresh(call, lease, grant, &refresh_token).await? {
                return Ok(fresh);
            }
        }
        Err(Setback::Later { error: None, retry_after: Some(LEASE) })
    }

    /// Refreshes tokens under a lease. `None`: what the connection has now must be read again.
    async fn refresh(
        &self,
        call: &Call<'_>,
        lease: TokenLease,
        old: Grant,
        refresh_token: &Secret,
    ) -> Result<Option<Fresh>, Setback> {
        let rows = self.store.tenant(call.tenant);
        let refreshed = call.provider.refresh(call.api, &old, refresh_token).await;
        let new = match refreshed {
            Ok(new) => new,
            Err(ProviderFailure::Refused { error }) => {
                let why = format!("the provider refuses to refresh the tokens ({error}); connect again");
                return match self.stop(call, lease.version, &why).await? {
                    Setback::Over => Err(Setback::Over),
                    _ => Ok(None),
                };
            }
            Err(failure) => {
                if let Err(error) = rows.release_tokens(lease).await {
                    tracing::warn!(error = %Chain(&error), "a lease is left to run out");
                }
                return Err(call.setback(failure));
            }
        };
        let mut extra = old.extra;
        extra.extend(new.extra);
        let grant = Grant {
            refresh_token: new.refresh_token.or(old.refresh_token),
            scopes: new.scopes.or(old.scopes),
            extra,
            ..new
        };
        let now = self.clock.now();
        let expires_at = grant.expires_in.map(|lifetime| now.after(lifetime));
        let context = token_context(call.tenant, call.connection);
        let sealed = self.config.vault.seal(&grant.to_json(now), &context);
        if self.save(call, lease, &sealed, expires_at, now).await? {
            let (provider, tenant, connection) = (call.name(), call.tenant, call.connection);
            tracing::info!(provider, tenant_id = %tenant, connection_id = %connection, "tokens refreshed");
            return Ok(Some(Fresh { grant, expires_at, version: lease.version + 1 }));
        }
        // The user has connected again meanwhile, or disconnected: these tokens belong to nothing.
        self.revoke_in_background(call.tenant, call.connection, call.name(), call.account, sealed);
        Ok(None)
    }

    async fn save(
        &self,
        call: &Call<'_>,
        lease: TokenLease,
        sealed: &[u8],
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut pause = LOOK;
        let mut attempt = 1;
        loop {
            match self.store.tenant(call.tenant).save_tokens(lease, sealed, expires_at, now).await {
                Err(error) if attempt < SAVES => {
                    tracing::warn!(
                        provider = call.name(),
                        connection_id = %call.connection,
                        error = %Chain(&error),
                        "refreshed tokens could not be saved; trying again"
                    );
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                    attempt += 1;
                }
                saved => return saved,
            }
        }
    }

    /// Stops a connection whose tokens of this version are good for nothing. What to do then: end, or look again if they have
    /// changed.
    pub(super) async fn stop(&self, call: &Call<'_>, version: i64, why: &str) -> Result<Setback, Error> {
        let rows = self.store.tenant(call.tenant);
        if rows.stop_connection(call.connection, version, why, self.clock.now()).await? {
            tracing::warn!(
                provider = call.name(),
                tenant_id = %call.tenant,
                connection_id = %call.connection,
                "stopped: {why}"
            );
            return Ok(Setback::Over);
        }
        let unchanged = rows.tokens(call.connection).await?.is_none_or(|row| row.version == version);
        // It is deleted, or was stopped by somebody else.
        Ok(if unchanged { Setback::Over } else { Setback::Later { error: None, retry_after: None } })
    }
}
