//! The mock's clock.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::shared::Shared;

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
