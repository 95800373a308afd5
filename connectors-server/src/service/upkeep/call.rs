//! Calling a provider for a connection, with tokens that are fresh.

use std::{pin::Pin, time::Duration};

use crate::{
    model::{Connection, ConnectionId, TenantId},
    provider::{Api, Grant, Provider, ProviderFailure, Session},
    service::{
        Error, Service,
        refresh::{Fresh, Need},
    },
    store::StoreError,
};

/// How long an access token must last at least to begin a task.
const TASK: Duration = Duration::from_secs(30);

/// Why a task was not done.
#[derive(Debug)]
pub(in crate::service) enum Setback {
    /// The connection is gone or stopped, or another replica is at it: there is nothing to settle.
    Over,
    /// It may be tried again.
    Later {
        /// What happened.
        error: Option<Error>,
        /// How long the provider asks to wait.
        retry_after: Option<Duration>,
    },
}

impl From<Error> for Setback {
    fn from(error: Error) -> Self {
        Self::Later { error: Some(error), retry_after: None }
    }
}

impl From<StoreError> for Setback {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

/// For whom and with what a provider is called.
#[derive(Debug, Clone, Copy)]
pub(in crate::service) struct Call<'a> {
    pub(in crate::service) tenant: TenantId,
    pub(in crate::service) connection: ConnectionId,
    pub(in crate::service) account: &'a str,
    pub(in crate::service) provider: &'static dyn Provider,
    pub(in crate::service) api: Api<'a>,
}

impl Call<'_> {
    pub(in crate::service) fn name(&self) -> &'static str {
        self.provider.descriptor().name
    }

    pub(in crate::service) fn setback(&self, failure: ProviderFailure) -> Setback {
        let retry_after = match &failure {
            ProviderFailure::Busy { retry_after, .. } => *retry_after,
            _ => None,
        };
        Setback::Later { error: Some(Error::Provider { provider: self.name(), failure }), retry_after }
    }
}

type Answer<'s, T> = Pin<Box<dyn Future<Output = Result<T, ProviderFailure>> + Send + 's>>;

impl Service {
    /// Calls the provider with fresh tokens, and once more with others if it refuses them.
    pub(super) async fn called<T>(
        &self,
        call: &Call<'_>,
        connection: &Connection,
        work: impl for<'s> Fn(&'s Session<'s>) -> Answer<'s, T>,
    ) -> Result<T, Setback> {
        let mut fresh = self.fresh(call, Need::Lasting(TASK)).await?;
        let mut refused = None;
        loop {
            let answer = work(&self.session(call, connection, &fresh.grant)).await;
            match answer {
                Err(ProviderFailure::TokenRefused { .. }) if refused.is_none() => {
                    let Fresh { grant, .. } = fresh;
                    fresh = self.fresh(call, Need::OtherThan(&grant.access_token)).await?;
                    refused = Some(grant.access_token);
                }
                Err(ProviderFailure::TokenRefused { .. }) => {
                    let why = "the provider does not take the tokens any more; connect again";
                    return Err(self.stop(call, fresh.version, why).await?);
                }
                answer => return answer.map_err(|failure| call.setback(failure)),
            }
        }
    }

    fn session<'s>(&'s self, call: &Call<'s>, connection: &'s Connection, grant: &'s Grant) -> Session<'s> {
        Session {
            api: call.api,
            grant,
            connection: call.connection,
            account: &connection.external_account,
            metadata: &connection.metadata,
            now: self.clock.now(),
        }
    }
}
