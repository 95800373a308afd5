//! Completing an authorization.

use std::time::Duration;

use uuid::Uuid;

use super::{Error, Service, authorize::state_context, upkeep};
use crate::{
    config::{OAuthApp, ProviderConfig},
    crypto::{same, sha256},
    error_chain::Chain,
    model::{Connection, ConnectionId, ConnectionStatus, Secret, TenantId, Timestamp, provider_text},
    provider::{Api, CodeExchange, DataCenter, Grant, Identity, Provider, ProviderFailure, UnknownDataCenter},
    store::{Claim, Completion, StateRow, StateStatus},
};

/// How long one attempt keeps others away. Longer than the provider may take for the two calls that an attempt makes.
const CLAIM: Duration = Duration::from_secs(60);

/// What a provider sent the user back with.
#[derive(Debug)]
pub struct Callback {
    /// The state of the authorization.
    pub state: Secret,
    /// A code, or an error.
    pub outcome: CallbackOutcome,
    /// Who says that it is the issuer (RFC 9207).
    pub iss: Option<String>,
    /// What it calls the data center of the user's data.
    pub location: Option<String>,
    /// The server that it says that data center has.
    pub accounts_server: Option<String>,
}

/// How an authorization ended at the provider.
#[derive(Debug)]
pub enum CallbackOutcome {
    /// The user approved.
    Code(Secret),
    /// The user declined, or something went wrong; the provider's error code.
    Error(String),
}

/// Who hands the callback on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caller {
    /// Whether it showed an operator token.
    pub is_operator: bool,
    /// The tenant that it names.
    pub tenant: Option<TenantId>,
}

impl Service {
    /// Completes an authorization: exchanges the code, asks whose it is, stores the connection.
    ///
    /// # Errors
    /// See the error type; unless the code was refused, the same code may be tried again.
    pub async fn complete_oauth(
        &self,
        provider: &str,
        callback: Callback,
        caller: Caller,
    ) -> Result<Connection, Error> {
        let (provider, config) = self.provider(provider)?;
        let name = provider.descriptor().name;
        let app = config.app.clone().ok_or(Error::ProviderNotConfigured { provider: name })?;
        if callback.iss.is_some_and(|iss| !provider.issuers(&config).contains(&iss)) {
            return Err(Error::OAuthStateInvalid);
        }
        let (location, server) = (callback.location.as_deref(), callback.accounts_server.as_deref());
        let data_center = provider.descriptor().data_center(&config, location, server);
        let data_center = data_center.map_err(|UnknownDataCenter| Error::OAuthStateInvalid)?;
        let state = sha256(&[callback.state.expose().as_bytes()]);
        let code = match callback.outcome {
            CallbackOutcome::Code(code) => code,
            CallbackOutcome::Error(error) => return Err(self.deny(name, &state, &error, caller).await?),
        };
        let code_hash = sha256(&[code.expose().as_bytes()]);
        let now = self.clock.now();
        let claim = Claim {
            state: &state,
            provider: name,
            tenant: caller.tenant,
            code: &code_hash,
            id: Uuid::new_v4(),
            now,
            until: now.after(CLAIM),
        };
        let row = match self.store.claim_state(claim).await? {
            Ok(row) => row,
            Err(standing) => return self.explain(standing, name, &code_hash, caller).await,
        };
        // The attempt goes on when the caller hangs up: the code can be exchanged only once.
        let attempt =
            Attempt { service: self.clone(), provider, config, app, data_center, state, claim: claim.id, row };
        self.spawn(attempt.run(code)).await?
    }

    /// Spends a state with which the provider came back with an error.
    async fn deny(&self, provider: &str, state: &[u8; 32], error: &str, caller: Caller) -> Result<Error, Error> {
        let now = self.clock.now();
        let Some(row) = self.standing(self.store.state(state).await?, provider, caller, now) else {
            return Ok(Error::OAuthStateInvalid);
        };
        match row.status {
            StateStatus::Open => {
                self.store.deny_state(state, &provider_text(error), now).await?;
                // Whoever came first has spent it, and all are told the same.
                Ok(match self.store.state(state).await? {
                    Some(row) if row.status == StateStatus::Denied => denied(row),
                    Some(row) if row.claimed_until.is_some_and(|until| until > now) => Error::OAuthInProgress,
                    _ => Error::OAuthStateInvalid,
                })
            }
            StateStatus::Denied => Ok(denied(row)),
            StateStatus::Refused | StateStatus::Completed => Ok(Error::OAuthStateInvalid),
        }
    }

    /// The state, if it is one that this caller may complete at this provider.
    fn standing(&self, row: Option<StateRow>, provider: &str, caller: Caller, now: Timestamp) -> Option<StateRow> {
        row.filter(|row| {
            row.provider == provider && row.expires_at > now && caller.tenant.is_none_or(|tenant| tenant == row.tenant)
        })
    }

    /// What to answer when a state could not be claimed.
    async fn explain(
        &self,
        row: Option<StateRow>,
        provider: &str,
        code_hash: &[u8; 32],
        caller: Caller,
    ) -> Result<Connection, Error> {
        let row = self.standing(row, provider, caller, self.clock.now()).ok_or(Error::OAuthStateInvalid)?;
        if !row.code_hash.as_deref().is_some_and(|seen| same(seen, code_hash)) {
            return Err(Error::OAuthStateInvalid);
        }
        match (row.status, row.connection_id) {
            (StateStatus::Open, _) => Err(Error::OAuthInProgress),
            // The user reloads the page, or a client retries. `state` and code stand in the browser's history, so here
            // they are not enough.
            (StateStatus::Completed, Some(id)) if caller.is_operator => {
                self.store.tenant(row.tenant).connection(id).await?.ok_or(Error::OAuthStateInvalid)
            }
            _ => Err(Error::OAuthStateInvalid),
        }
    }
}

fn denied(row: StateRow) -> Error {
    Error::OAuthDenied { provider_error: row.provider_error.unwrap_or_default() }
}

/// One attempt to complete a claimed state.
struct Attempt {
    service: Service,
    provider: &'static dyn Provider,
    config: ProviderConfig,
    app: OAuthApp,
    data_center: Option<&'static DataCenter>,
    state: [u8; 32],
    claim: Uuid,
    row: StateRow,
}

impl Attempt {
    async fn run(self, code: Secret) -> Result<Connection, Error> {
        let result = self.complete(&code).await;
        let provider = self.provider.descriptor().name;
        let store = &self.service.store;
        let settled = match &result {
            Ok(_) | Err(Error::OAuthStateInvalid) => Ok(()),
            Err(Error::Provider { failure: ProviderFailure::Refused { .. }, .. }) => {
                store.refuse_state(&self.state, self.claim).await
            }
            Err(_) => store.release_state(&self.state, self.claim).await,
        };
        if let Err(error) = settled {
            tracing::warn!(provider, error = %Chain(&error), "a claim is left to run out");
        }
        result.map_err(|error| match error {
            Error::Provider { failure: ProviderFailure::Refused { error }, .. } => {
                Error::OAuthCodeRejected { provider_error: error.to_string() }
            }
            error => error,
        })
    }

    fn api(&self) -> Api<'_> {
        self.service.api(&self.config, &self.app)
    }

    async fn complete(&self, code: &Secret) -> Result<Connection, Error> {
        let (grant, expires_at) = self.grant(code).await?;
        let identity = self.asked(self.provider.identify(self.api(), &grant).await)?;
        let now = self.service.clock.now();
        let names = identity.names.clone();
        let connection = self.connection(&grant, identity, expires_at, now);
        let completion = Completion {
            state: &self.state,
            claim: self.claim,
            tenant: self.row.tenant,
            connection: &connection,
            names: &names,
            tasks: &upkeep::tasks(self.provider, &grant, expires_at, now),
        };
        let seal =
            |id: ConnectionId| self.service.config.vault.seal(&grant.to_json(now), &token_context(self.row.tenant, id));
        let completed = self.service.store.complete_state(completion, seal).await?;
        let (id, replaced) = completed.ok_or(Error::OAuthStateInvalid)?;
        tracing::info!(provider = connection.provider, tenant_id = %self.row.tenant, connection_id = %id, "connected");
        self.service.bell.notify_one();
        if let Some(sealed) = replaced {
            // Nothing refers to the replaced token any more, so nobody could revoke it later.
            let account = &connection.external_account.id;
            self.service.revoke_in_background(self.row.tenant, id, &connection.provider, account, sealed);
        }
        let stored = self.service.store.tenant(self.row.tenant).connection(id).await?;
        stored.ok_or(Error::OAuthStateInvalid)
    }

    /// The grant: from the provider, or kept from an attempt that failed after the exchange.
    async fn grant(&self, code: &Secret) -> Result<(Grant, Option<Timestamp>), Error> {
        let vault = &self.service.config.vault;
        let context = |what| state_context(what, self.row.tenant, &self.state);
        if let Some(sealed) = &self.row.sealed_grant {
            return Ok(Grant::from_json(&vault.open(sealed, &context("grant"))?)?);
        }
        let verifier = vault.open(&self.row.sealed_verifier, &context("verifier"))?;
        let exchange = CodeExchange {
            code,
            redirect_uri: &self.row.redirect_uri,
            code_verifier: &Secret::new(String::from_utf8_lossy(&verifier)),
            data_center: self.data_center,
        };
        let exchanged = self.provider.exchange_code(self.api(), &exchange).await;
        let grant = self.asked(exchanged)?;
        let now = self.service.clock.now();
        let sealed = vault.seal(&grant.to_json(now), &context("grant"));
        self.service.store.keep_grant(&self.state, self.claim, &sealed).await?;
        let expires_at = grant.expires_in.map(|lifetime| now.after(lifetime));
        Ok((grant, expires_at))
    }

    fn connection(
        &self,
        grant: &Grant,
        identity: Identity,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Connection {
        Connection {
            id: ConnectionId(self.service.ids.next(now)),
            provider: self.provider.descriptor().name.to_owned(),
            status: ConnectionStatus::Active,
            external_account: identity.account,
            // RFC 6749, section 5.1: without `scope`, what was asked for was granted.
            scopes: grant.scopes.clone().unwrap_or_else(|| self.row.scopes.clone()),
            created_at: now,
            updated_at: now,
            expires_at,
            last_error: None,
            metadata: identity.metadata,
        }
    }

    fn asked<T>(&self, answer: Result<T, ProviderFailure>) -> Result<T, Error> {
        answer.map_err(|failure| Error::Provider { provider: self.provider.descriptor().name, failure })
    }
}

/// Binds sealed tokens to their connection.
pub(super) fn token_context(tenant: TenantId, connection: ConnectionId) -> Vec<u8> {
    [b"tokens\0", &tenant.0.as_bytes()[..], connection.0.as_bytes()].concat()
}
