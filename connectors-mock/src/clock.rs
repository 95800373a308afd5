//! The mock's clock.

use std::{
    pin::Pin,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

use crate::{shared::Shared, timestamp::Timestamp};

/// The clock of handed-out clients: it tells the mock's time, and whoever waits on it moves the mock's clock
/// instead, so that a test of `Retry-After: 30` takes no time.
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
        let now = self.shared.upgrade().map_or(self.beginning, |shared| shared.world().now);
        self.begun + now.since(self.beginning)
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let shared = self.shared.clone();
        Box::pin(async move {
            if let Some(shared) = shared.upgrade() {
                let mut world = shared.world();
                world.now = world.now.after(time);
            }
        })
    }

    fn timeout(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(time))
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
