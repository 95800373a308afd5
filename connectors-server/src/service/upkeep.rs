//! What the service does for connections while nobody waits: it keeps tokens fresh, subscribes webhooks, and fetches what has
//! changed. The work is in the database; each replica takes what is due, and a replica that dies leaves it to the others.

use std::{pin::Pin, sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Error, Service,
    refresh::{self, Fresh, Need},
};
use crate::{
    config::{OAuthApp, ProviderConfig},
    crypto::{VaultError, sha256},
    error_chain::Chain,
    model::{Connection, ConnectionId, ConnectionStatus, Secret, TenantId, Timestamp},
    provider::{Fetched, Grant, Provider, ProviderFailure, Session, SubscribeRequest, Subscription},
    store::{DeletedConnection, Due, NewChange, NewSignal, Outcome, StoreError, SubscriptionRow, Task},
};

/// How long a replica may be silent about a task before it counts as dead.
const LEASE: Duration = Duration::from_secs(2 * 60);

/// How many tasks one replica does at once, and takes at once: what it does not take is left to the others.
const AT_ONCE: usize = 16;
const TAKEN_AT_ONCE: u32 = 8;

/// How often a replica looks for what has become due, if nothing tells it.
const POLL: Duration = Duration::from_secs(1);

/// How long an access token must last at least to begin a task.
const TASK: Duration = Duration::from_secs(30);

/// After a failure a task waits for 5 seconds, then twice as long each time, up to an hour.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// The longest that a provider is heard if it asks to wait longer.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a task waits for what this deployment lacks: credentials, or a public URL.
const UNCONFIGURED: Duration = Duration::from_secs(60 * 60);

/// Why a task was not done.
#[derive(Debug)]
pub(super) enum Setback {
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
pub(super) struct Call<'a> {
    pub(super) tenant: TenantId,
    pub(super) connection: ConnectionId,
    pub(super) account: &'a str,
    pub(super) provider: &'static dyn Provider,
    pub(super) config: &'a ProviderConfig,
    pub(super) app: &'a OAuthApp,
}

impl Call<'_> {
    pub(super) fn name(&self) -> &'static str {
        self.provider.descriptor().name
    }

    pub(super) fn setback(&self, failure: ProviderFailure) -> Setback {
        let retry_after = match &failure {
            ProviderFailure::Busy { retry_after, .. } => *retry_after,
            _ => None,
        };
        Setback::Later { error: Some(Error::Provider { provider: self.name(), failure }), retry_after }
    }
}

type Answer<'s, T> = Pin<Box<dyn Future<Output = Result<T, ProviderFailure>> + Send + 's>>;

impl Service {
    /// Does what is due until `stop` is cancelled; what was begun then goes on, and [`finish`](Self::finish) waits for it.
    pub async fn upkeep(self, stop: CancellationToken) {
        let slots = Arc::new(Semaphore::new(AT_ONCE));
        let mut was_away = false;
        loop {
            let slot = tokio::select! {
                () = stop.cancelled() => return,
                slot = Arc::clone(&slots).acquire_owned() => slot.unwrap_or_else(|_| unreachable!("it is never closed")),
            };
            let pause = match self.attend_due(slot, &slots).await {
                Ok(0) => self.until_next().await,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    if !was_away {
                        tracing::warn!(error = %Chain(&error), "what is due can't be looked up; trying again");
                    }
                    was_away = true;
                    tokio::time::sleep(POLL).await;
                    continue;
                }
            };
            was_away = false;
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.bell.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Takes what is due, as many tasks as there are free slots, and starts it; how many there were.
    async fn attend_due(&self, slot: OwnedSemaphorePermit, slots: &Arc<Semaphore>) -> Result<usize, Error> {
        let now = self.clock.now();
        if self.store.next_due().await?.is_none_or(|at| at > now) {
            return Ok(0);
        }
        let more = u32::try_from(slots.available_permits()).unwrap_or(0);
        let taken = self.store.take_due(TAKEN_AT_ONCE.min(1 + more), now, now.after(LEASE)).await?;
        let (count, mut slot) = (taken.len(), Some(slot));
        for due in taken {
            // Only this loop takes slots, so those that were free are so still.
            let slot = slot.take().or_else(|| Arc::clone(slots).try_acquire_owned().ok());
            let service = self.clone();
            self.spawn(async move {
                service.attend(&due).await;
                drop(slot);
            });
        }
        Ok(count)
    }

    async fn until_next(&self) -> Duration {
        let Ok(Some(next)) = self.store.next_due().await else { return POLL };
        let left = next.as_micros() - self.clock.now().as_micros();
        Duration::from_micros(u64::try_from(left).unwrap_or(0)).clamp(Duration::from_millis(20), POLL)
    }

    /// Does all that is due now, one after the other; how many tasks there were.
    ///
    /// # Errors
    /// If the store does.
    pub async fn attend_all(&self) -> Result<usize, Error> {
        let mut count = 0;
        loop {
            let now = self.clock.now();
            let taken = self.store.take_due(TAKEN_AT_ONCE, now, now.after(LEASE)).await?;
            if taken.is_empty() {
                return Ok(count);
            }
            for due in &taken {
                self.attend(due).await;
                count += 1;
            }
        }
    }

    /// Does a task. What fails is logged, and the task is due again later.
    async fn attend(&self, due: &Due) {
        let Err(Setback::Later { error, retry_after }) = self.work(due).await else { return };
        let wait = wait(due.failures, retry_after);
        let error =
            error.as_ref().map_or_else(|| "another replica is at it".to_owned(), |error| Chain(error).to_string());
        tracing::warn!(
            provider = due.provider,
            tenant_id = %due.tenant,
            connection_id = %due.connection,
            task = due.task.as_str(),
            failures = due.failures + 1,
            again_after = ?wait,
            error,
            "a task failed"
        );
        if let Err(error) = self.store.settle(due, Outcome::Failed(self.clock.now().after(wait))).await {
            tracing::warn!(error = %Chain(&error), "a task is left until its lease has run out");
        }
    }

    async fn work(&self, due: &Due) -> Result<(), Setback> {
        let (provider, config) = self.provider(&due.provider)?;
        let connection = self.store.tenant(due.tenant).connection(due.connection).await?;
        let Some(connection) = connection.filter(|row| row.status == ConnectionStatus::Active) else {
            return self.settle(due, Outcome::Done(None)).await;
        };
        let Some(app) = &config.app else { return self.not_yet(due, "the provider has no credentials").await };
        let account = &connection.external_account.id;
        let call = Call { tenant: due.tenant, connection: due.connection, account, provider, config: &config, app };
        match due.task {
            Task::Refresh => {
                let fresh = self.fresh(&call, Need::Lasting(refresh::AHEAD)).await?;
                self.settle(due, Outcome::Done(fresh.due_at(self.clock.now()))).await
            }
            Task::Subscribe => self.subscribe(due, &call, &connection).await,
            Task::Fetch => self.fetch(due, &call, &connection).await,
        }
    }

    async fn not_yet(&self, due: &Due, why: &str) -> Result<(), Setback> {
        tracing::warn!(provider = due.provider, connection_id = %due.connection, task = due.task.as_str(), "{why}");
        self.settle(due, Outcome::Done(Some(self.clock.now().after(UNCONFIGURED)))).await
    }

    async fn settle(&self, due: &Due, outcome: Outcome) -> Result<(), Setback> {
        if self.store.settle(due, outcome).await? { Ok(()) } else { Err(Setback::Over) }
    }

    /// Calls the provider with fresh tokens, and once more with others if it refuses them.
    async fn called<T>(
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
            http: &self.http,
            config: call.config,
            app: call.app,
            grant,
            connection: call.connection,
            account: &connection.external_account,
            metadata: &connection.metadata,
            now: self.clock.now(),
        }
    }

    async fn subscribe(&self, due: &Due, call: &Call<'_>, connection: &Connection) -> Result<(), Setback> {
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
    pub(super) async fn unsubscribe_all(
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
        let failed = |failure| Error::Provider { provider: provider.descriptor().name, failure };
        let (mut grant, expires_at) = self.opened(tenant, id, sealed)?;
        let now = self.clock.now();
        let mut refreshed = None;
        if let Some(refresh_token) = grant.refresh_token.clone().filter(|_| expires_at.is_some_and(|at| at <= now)) {
            let new = provider.refresh(&self.http, &config, app, &grant, &refresh_token).await.map_err(failed)?;
            grant = Grant {
                refresh_token: new.refresh_token.or(grant.refresh_token),
                extra: grant.extra.into_iter().chain(new.extra).collect(),
                ..new
            };
            refreshed = Some(self.config.vault.seal(&grant.to_json(now), &super::complete::token_context(tenant, id)));
        }
        let session = Session {
            http: &self.http,
            config: &config,
            app,
            grant: &grant,
            connection: id,
            account: &deleted.account,
            metadata: &deleted.metadata,
            now,
        };
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

    pub(super) fn opened_subscriptions(
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

    async fn fetch(&self, due: &Due, call: &Call<'_>, connection: &Connection) -> Result<(), Setback> {
        let Some(fetcher) = call.provider.fetcher() else { return self.settle(due, Outcome::Done(None)).await };
        let mut position = due.position.clone();
        loop {
            let fetched: Fetched = self
                .called(call, connection, |session| {
                    let position = position.clone();
                    Box::pin(async move { fetcher.fetch(session, position.as_deref()).await })
                })
                .await?;
            let now = self.clock.now();
            let outcome = if fetched.more {
                Outcome::GoesOn(now.after(LEASE))
            } else {
                Outcome::Done(Some(now.after(fetcher.interval())))
            };
            let changes: Vec<NewChange<'_>> = fetched
                .changes
                .iter()
                .map(|change| NewChange {
                    key: change_key("change", due.connection, &change.key),
                    told: change_key("told", due.connection, &change.key),
                    signal: NewSignal { id: self.ids.next(now), draft: &change.draft },
                    payload: change.payload.get(),
                })
                .collect();
            let rows = self.store.tenant(due.tenant);
            let stored = rows.store_changes(due, &changes, &fetched.cursor, outcome, now).await?;
            let stored = stored.ok_or(Setback::Over)?;
            if stored > 0 {
                tracing::info!(provider = due.provider, connection_id = %due.connection, signals = stored, "fetched");
            }
            if !fetched.more {
                return Ok(());
            }
            position = Some(fetched.cursor);
        }
    }
}

/// What is to be done for a connection that was just made or made anew.
pub(super) fn tasks(
    provider: &dyn Provider,
    grant: &Grant,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Vec<(Task, Timestamp)> {
    [
        (Task::Refresh, refresh::due_at(grant, expires_at, now)),
        (Task::Subscribe, provider.subscriber().map(|_| now)),
        (Task::Fetch, provider.fetcher().map(|_| now)),
    ]
    .into_iter()
    .filter_map(|(task, due_at)| Some((task, due_at?)))
    .collect()
}

/// By which a change is known: as one that was fetched, or as one that a delivery has told of.
pub(super) fn change_key(how: &str, connection: ConnectionId, version: &str) -> [u8; 32] {
    sha256(&[how.as_bytes(), b"\0", connection.0.as_bytes(), version.as_bytes()])
}

/// Binds a subscription's sealed secret to its connection.
pub(super) fn subscription_context(tenant: TenantId, connection: ConnectionId) -> Vec<u8> {
    [b"subscription\0", &tenant.0.as_bytes()[..], connection.0.as_bytes()].concat()
}

/// How long a task waits that has failed `failures` times before, and once more now. Not all wait for the same time, or they
/// would come back together.
fn wait(failures: u32, retry_after: Option<Duration>) -> Duration {
    let wait = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(failures.min(16))).min(LONGEST_WAIT);
    let wait = wait.max(retry_after.unwrap_or_default().min(LONGEST_ASKED));
    wait + wait.mul_f64(f64::from(Uuid::new_v4().as_bytes()[0]) / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_to_what_the_provider_asks_for() {
        let about = |wait: Duration, seconds: u64| {
            let seconds = Duration::from_secs(seconds);
            assert!(wait >= seconds && wait <= seconds + seconds / 4, "{wait:?} is about {seconds:?}");
        };
        about(wait(0, None), 5);
        about(wait(3, None), 40);
        about(wait(9, None), 2_560);
        about(wait(10, None), 3_600);
        about(wait(u32::MAX, None), 3_600);
        about(wait(0, Some(Duration::from_secs(90))), 90);
        about(wait(5, Some(Duration::from_secs(90))), 160);
        about(wait(0, Some(Duration::MAX)), 86_400);
    }
}
