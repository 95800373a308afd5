//! The mock's clock.

use std::{
    cell::Cell,
    fmt,
    pin::Pin,
    sync::{Arc, Weak, atomic::Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tokio::select;

use crate::{
    hanging::{GRACE, Kept},
    runtime::passes,
    shared::Shared,
    timestamp::Timestamp,
};

thread_local! {
    /// When a client last asked for the time on this thread, which it does right before it begins an attempt.
    static ASKED: Cell<Option<Instant>> = const { Cell::new(None) };
    /// The mock's time when an attempt last ended on this thread, right after which its client may wait.
    static ENDED: Cell<Option<Timestamp>> = const { Cell::new(None) };
}

/// How often a call that waits looks whether anything happens, before it goes on although others are under way.
const LOOKS: usize = 5;

/// The clock of handed-out clients: it tells the mock's time, and whoever waits on it moves the mock's clock instead, so that a
/// test of `Retry-After: 30` takes no time; who waits at the same time waits together. A time-out passes when the call hangs, or
/// else in as much time of the machine's.
#[derive(Clone)]
pub(crate) struct ClientClock {
    shared: Weak<Shared>,
    /// What stands for the mock's beginning, since an `Instant` can't be made up.
    begun: Instant,
}

impl ClientClock {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::downgrade(shared), begun: shared.begun }
    }
}

impl connectors_client::Clock for ClientClock {
    fn now(&self) -> Instant {
        ASKED.set(Some(Instant::now()));
        self.begun + self.shared.upgrade().map_or(Duration::ZERO, |shared| shared.passed())
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let Some(shared) = self.shared.upgrade() else { return Box::pin(std::future::ready(())) };
        let deadline = ENDED.take().unwrap_or_else(|| shared.world().now).after(time);
        Box::pin(wait(&shared, deadline))
    }

    fn timeout(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let passes = passes(time);
        let Some(shared) = self.shared.upgrade() else { return Box::pin(passes) };
        let deadline = shared.world().now.after(time);
        let since = ASKED.get().unwrap_or_else(Instant::now);
        let (kept, over) = shared.hanging.time_out(since, deadline);
        let attempt = Attempt { shared: self.shared.clone(), _kept: kept };
        Box::pin(async move {
            select! {
                () = passes => {}
                _ = over => {}
            }
            if let Some(shared) = attempt.shared.upgrade() {
                shared.pass_until(deadline);
            }
        })
    }
}

/// Ends when the clock has come to the deadline, to which it moves by itself.
fn wait(shared: &Arc<Shared>, deadline: Timestamp) -> impl Future<Output = ()> + Send + use<> {
    shared.has_waited.store(true, Ordering::Relaxed);
    let (kept, mut over) = shared.hanging.sleep(deadline);
    let (hanging, shared) = (Arc::clone(&shared.hanging), Arc::downgrade(shared));
    async move {
        let _kept = kept;
        let mut seen = hanging.changes();
        // Nothing happens where nobody drives what is under way, and all the time where others call and call.
        for _ in 0..LOOKS {
            select! {
                _ = &mut over => break,
                () = passes(GRACE) => {}
            }
            let before = std::mem::replace(&mut seen, hanging.changes());
            if seen == before {
                break;
            }
        }
        if let Some(shared) = shared.upgrade() {
            shared.pass_until(deadline);
        }
    }
}

/// An attempt that is under way.
struct Attempt {
    shared: Weak<Shared>,
    _kept: Kept,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        ENDED.set(self.shared.upgrade().map(|shared| shared.world().now));
    }
}

/// The clock by which the mock stamps rows and lets authorizations expire. It stands still, from 2026-01-02T03:04:05Z on, until
/// [`advance`](Self::advance) moves it, somebody who has it waits or a client of theirs times out, a user
/// [comes too late](crate::User::comes_too_late), or a [`restore`](crate::ConnectorsMock::restore) sets it.
///
/// ```
/// # use std::time::Duration;
/// # use connectors_mock::ConnectorsMock;
/// # #[tokio::main]
/// # async fn main() {
/// let mock = ConnectorsMock::start().await;
/// assert_eq!(mock.clock().now().to_rfc3339(), "2026-01-02T03:04:05+00:00");
///
/// mock.clock().advance(Duration::from_secs(60));
/// assert_eq!(mock.clock().now().to_rfc3339(), "2026-01-02T03:05:05+00:00");
/// # }
/// ```
///
/// Where Core takes a [`connectors_client::Clock`], in its own client or in a worker that waits by itself, it takes this one, and waits
/// no longer than a client of the mock's does. Time of the machine's, or of a runtime of tokio's that is paused, is none of this
/// clock's. Its [`timeout`](connectors_client::Clock::timeout) is that of a single request: one around several of them, or around
/// a call that has its own, passes by the machine's clock. Let a worker that would go on for ever end: it moves the clock as fast
/// as it is told to wait, days in a moment, and authorizations expire.
///
/// ```
/// # use std::time::Duration;
/// # use connectors_mock::{ConnectorsMock, Fault, Operation};
/// use connectors_client::{Clock, Connectors, Error, Retry};
///
/// /// Asks until there is an answer.
/// async fn ask(connectors: Connectors, clock: impl Clock) -> Result<usize, Error> {
///     loop {
///         match connectors.providers().await {
///             Err(error) if error.is_retryable() => clock.sleep(error.retry_after().unwrap_or_default()).await,
///             answer => return Ok(answer?.len()),
///         }
///     }
/// }
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = ConnectorsMock::start().await;
/// mock.on(Operation::ListProviders).fail_next(2, Fault::unavailable(Duration::from_secs(3600)));
/// let worker = tokio::spawn(ask(mock.client_builder().retry(Retry::none()).build()?, mock.clock()));
/// assert!(worker.await?? > 0);
/// mock.assert_backoff_honoured();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Clock {
    shared: Arc<Shared>,
    client: ClientClock,
}

impl Clock {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), client: ClientClock::new(shared) }
    }

    /// The present.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.world().now.into()
    }

    /// Moves the clock. An attempt that is under way does not end by that, however short its time-out.
    pub fn advance(&self, duration: Duration) {
        self.shared.pass(duration);
    }
}

impl connectors_client::Clock for Clock {
    fn now(&self) -> Instant {
        self.client.now()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // A worker may begin to wait at any time, not only where an attempt has ended.
        let deadline = self.shared.world().now.after(time);
        Box::pin(wait(&self.shared, deadline))
    }

    fn timeout(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.client.timeout(time)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
