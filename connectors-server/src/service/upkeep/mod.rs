//! What the service does for connections while nobody waits: it keeps tokens fresh, subscribes webhooks, and fetches what has
//! changed. The work is in the database; each replica takes what is due, and a replica that dies leaves it to the others.

mod call;
mod changes;
mod subscriptions;

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(super) use call::{Call, Setback};
pub(super) use changes::change_key;

use super::{
    Error, Service,
    refresh::{self, Need},
};
use crate::{
    error_chain::Chain,
    model::{ConnectionStatus, Timestamp},
    provider::{Grant, Provider},
    store::{Due, Outcome, Task},
};

/// How long a replica may be silent about a task before it counts as dead.
const LEASE: Duration = Duration::from_secs(2 * 60);

/// How many tasks one replica does at once, and takes at once: what it does not take is left to the others.
const AT_ONCE: usize = 16;
const TAKEN_AT_ONCE: u32 = 8;

/// How often a replica looks for what has become due, if nothing tells it.
const POLL: Duration = Duration::from_secs(1);

/// After a failure a task waits for 5 seconds, then twice as long each time, up to an hour.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// The longest that a provider is heard if it asks to wait longer.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a task waits for what is lacking: credentials, a public URL, a topic, or a site of the user's.
const UNCONFIGURED: Duration = Duration::from_secs(60 * 60);

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
                // Who rang while this went on has made it due again.
                service.bell.notify_one();
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
        let api = self.api(&config, app);
        let call = Call { tenant: due.tenant, connection: due.connection, account, provider, api };
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
