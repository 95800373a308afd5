//! The mock's clock.

use std::{
    cell::Cell,
    pin::Pin,
    sync::{Arc, Weak, atomic::Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tokio::select;

use crate::{shared::Shared, timestamp::Timestamp};

thread_local! {
    /// When a client last asked for the time on this thread, which it does right before it begins an attempt.
    static ASKED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// The clock of handed-out clients: it tells the mock's time, and whoever waits on it moves the mock's clock
/// instead, so that a test of `Retry-After: 30` takes no time. A time-out passes when the call hangs, or else in as much time of
/// the machine's.
pub(crate) struct ClientClock {
    shared: Weak<Shared>,
    /// What stands for the mock's beginning, since an `Instant` can't be made up.
    begun: Instant,
    beginning: Timestamp,
}

impl ClientClock {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::downgrade(shared), begun: Instant::now(), beginning: shared.world().now }
    }
}

impl connectors_client::Clock for ClientClock {
    fn now(&self) -> Instant {
        ASKED.set(Some(Instant::now()));
        let now = self.shared.upgrade().map_or(self.beginning, |shared| shared.world().now);
        self.begun + now.since(self.beginning)
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let shared = self.shared.clone();
        Box::pin(async move {
            if let Some(shared) = shared.upgrade() {
                shared.has_waited.store(true, Ordering::Relaxed);
                let mut world = shared.world();
                world.now = world.now.after(time);
            }
        })
    }

    fn timeout(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let passes = tokio::time::sleep(time);
        let Some(shared) = self.shared.upgrade() else { return Box::pin(passes) };
        let deadline = shared.world().now.after(time);
        let since = ASKED.get().unwrap_or_else(Instant::now);
        let (kept, over) = shared.hanging.time_out(since, deadline);
        let shared = self.shared.clone();
        Box::pin(async move {
            let _kept = kept;
            select! {
                () = passes => {}
                _ = over => {}
            }
            if let Some(shared) = shared.upgrade() {
                let mut world = shared.world();
                world.now = world.now.max(deadline);
            }
        })
    }
}

/// The clock by which the mock stamps rows and lets authorizations expire. It stands still, from 2026-01-02T03:04:05Z on,
/// until it is told to move.
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
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    shared: &'a Shared,
}

impl<'a> Clock<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self { shared }
    }

    /// The present.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.world().now.into()
    }

    /// Moves the clock.
    pub fn advance(&self, duration: Duration) {
        let mut world = self.shared.world();
        world.now = world.now.after(duration);
    }
}
